use postern_types::{Detail, Email, What};

use super::change_member::ChangeRefused;
use crate::ids::{AccountId, MemberId, UserId};
use crate::mail::Queued;
use crate::store::events::{self, Act, Subject};
use crate::store::members::{self, Whom};
use crate::store::{Db, Result as StoreResult, Tx, accounts, factors, known_browsers, outbox, sessions, users};

/// Removes the second factor of a member: the next log-in asks for set-up again, all sessions end, and the person is notified
/// (R21, R22). For somebody invited only the event is recorded.
///
/// # Errors
/// If there is no such user in the account.
pub async fn reset_member_two_factor(
    db: &Db,
    act: &Act<'_>,
    account_id: &AccountId,
    id: &MemberId,
    notice: &Queued,
) -> Result<(), ChangeRefused> {
    let mut tx = db.begin().await?;
    accounts::claim_with_those_of(&mut tx, account_id, id).await?;
    let (whom, email) = members::find(&mut tx, account_id, id).await?.ok_or(ChangeRefused::NoSuchUser)?;
    if let Whom::Member(user_id) = &whom {
        reset(&mut tx, user_id, notice).await?;
    }
    events::record(&mut tx, act, account_id, Subject::Person(&email), What::TwoFactorReset, &Detail::None).await?;
    Ok(tx.commit().await?)
}

/// The same for the user with this name, recorded in every account; `false` if there is no such user.
pub async fn reset_user_two_factor(db: &Db, act: &Act<'_>, email: &Email, notice: &Queued) -> StoreResult<bool> {
    let mut tx = db.begin().await?;
    let Some(user_id) = users::claim_named(&mut tx, email).await? else { return Ok(false) };
    reset(&mut tx, &user_id, notice).await?;
    events::record_in_all_accounts(&mut tx, act, &user_id, email, What::TwoFactorReset).await?;
    tx.commit().await?;
    Ok(true)
}

async fn reset(tx: &mut Tx, user_id: &UserId, notice: &Queued) -> StoreResult<()> {
    factors::remove(tx, user_id).await?;
    sessions::end_all(tx, user_id).await?;
    known_browsers::forget(tx, user_id).await?;
    outbox::queue(tx, notice).await
}
