use postern_types::What;

use super::queue_mails::{Seal, queue_all};
use crate::clock::UnixTime;
use crate::ids::UserId;
use crate::mail::{Mail, Stopped};
use crate::store::events::{self, Act};
use crate::store::reset_requests::{self, Request};
use crate::store::{Result as StoreResult, Tx};

/// Closes a request that has ended without a reset, records that it has expired, and tells those who knew of it.
pub(super) async fn expire(tx: &mut Tx, request: &Request, now: UnixTime, seal: Seal<'_>) -> StoreResult<()> {
    reset_requests::close(tx, &request.id).await?;
    let nobody = Act::of_operator(now);
    events::record_in_all_accounts(tx, &nobody, &request.user_id, &request.email, What::ResetExpired).await?;
    mail_stop(tx, request, Stopped::Expired, now, seal).await
}

/// Closes the request about a user who replaces or protects the second factor alone: what it was made for is over.
pub(super) async fn cancel_about(tx: &mut Tx, act: &Act<'_>, user_id: &UserId) -> StoreResult<()> {
    let Some(request) = reset_requests::find_about(tx, user_id).await? else { return Ok(()) };
    reset_requests::close(tx, &request.id).await?;
    events::record_in_all_accounts(tx, act, user_id, &request.email, What::ResetCancelled).await
}

/// Tells the user, and the administrator who asked, that the reset will not be done.
pub(super) async fn mail_stop(
    tx: &mut Tx,
    request: &Request,
    why: Stopped,
    at: UnixTime,
    seal: Seal<'_>,
) -> StoreResult<()> {
    let mail = |is_own| Mail::TwoFactorResetStopped { user: request.email.to_string(), at, is_own, why };
    let recipients = [Some((&request.email, true)), request.asker.as_ref().map(|asker| (asker, false))];
    let mails =
        recipients.into_iter().flatten().map(|(to, is_own)| seal(to, &mail(is_own)).from_account(&request.account_id));
    queue_all(tx, mails.collect()).await
}
