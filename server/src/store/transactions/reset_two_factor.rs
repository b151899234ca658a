use postern_types::{Detail, Email, What};

use super::change_refused::ChangeRefused;
use super::claim::claim_member;
use crate::clock::UnixTime;
use crate::ids::{MemberId, UserId};
use crate::mail::Queued;
use crate::store::authority::AdminAuthority;
use crate::store::events::{self, Act, Subject};
use crate::store::members::Whom;
use crate::store::{Db, Result as StoreResult, Tx, factors, known_browsers, memberships, outbox, sessions, users};

/// Removes the second factor of a member: the next log-in asks for set-up again, all sessions end, and the person is notified
/// (R21, R22).
///
/// # Errors
/// If there is no such user in the account, the user has no second factor, or another account that requires one shares them.
pub async fn reset_member_two_factor(
    db: &Db,
    by: &AdminAuthority<'_>,
    id: &MemberId,
    notice: &Queued,
) -> Result<(), ChangeRefused> {
    let (act, account_id) = (by.act(), by.account_id);
    let mut tx = db.begin().await?;
    let (whom, email) = claim_member(&mut tx, by, id).await?;
    let Whom::Member(user_id) = whom else { return Err(ChangeRefused::NoSecondFactor) };
    if !reset(&mut tx, &user_id, act.now, notice).await? {
        return Err(ChangeRefused::NoSecondFactor);
    }
    if memberships::need_factor_elsewhere(&mut tx, &user_id, account_id).await? {
        return Err(ChangeRefused::Shared);
    }
    events::record_elsewhere(&mut tx, act.now, account_id, &user_id, &email, What::TwoFactorReset).await?;
    events::record(&mut tx, &act, account_id, Subject::Person(&email), What::TwoFactorReset, &Detail::None).await?;
    Ok(tx.commit().await?)
}

/// The result of [`reset_user_two_factor`].
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reset {
    /// The second factor is gone.
    Done,
    /// There was none, so nothing happened.
    NoSecondFactor,
    /// There is no such user.
    NoSuchUser,
}

/// The same for the user with this name, recorded in every account.
pub async fn reset_user_two_factor(db: &Db, act: &Act<'_>, email: &Email, notice: &Queued) -> StoreResult<Reset> {
    let mut tx = db.begin().await?;
    let Some(user_id) = users::claim_named(&mut tx, email).await? else { return Ok(Reset::NoSuchUser) };
    if !reset(&mut tx, &user_id, act.now, notice).await? {
        return Ok(Reset::NoSecondFactor);
    }
    events::record_in_all_accounts(&mut tx, act, &user_id, email, What::TwoFactorReset).await?;
    tx.commit().await?;
    Ok(Reset::Done)
}

/// `false`, and nothing happens, if the user has no second factor.
async fn reset(tx: &mut Tx, user_id: &UserId, now: UnixTime, notice: &Queued) -> StoreResult<bool> {
    if !factors::remove(tx, user_id, now).await? {
        return Ok(false);
    }
    sessions::end_all(tx, user_id).await?;
    known_browsers::forget(tx, user_id).await?;
    outbox::queue(tx, notice).await?;
    Ok(true)
}
