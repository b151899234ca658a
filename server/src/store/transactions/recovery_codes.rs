use postern_types::{Outcome, What};

use super::change_refused::ChangeRefused;
use super::claim::claim_own;
use super::complete_sign_in::{Promotion, promote};
use crate::auth::password::PasswordHash;
use crate::mail::Queued;
use crate::store::authority::Authority;
use crate::store::events::{self, Act};
use crate::store::factors::{self, Accepted};
use crate::store::{Db, Result as StoreResult, outbox, recovery_codes, users};

/// Completes a log-in with a recovery code: uses it up, makes the session full, and enables codes of the authenticator app again
/// if too many wrong ones had disabled them (R11, R20).
pub async fn complete_sign_in_by_recovery_code(
    db: &Db,
    promotion: &Promotion<'_>,
    hash: &PasswordHash,
    notice: &Queued,
) -> StoreResult<Accepted> {
    let (user_id, now) = (promotion.renewal.user_id, promotion.renewal.now);
    let mut tx = db.begin().await?;
    if !users::claim_active(&mut tx, user_id).await? {
        return Ok(Accepted::TooLate);
    }
    if !recovery_codes::use_up(&mut tx, user_id, hash).await? {
        return Ok(Accepted::Replayed);
    }
    factors::enable(&mut tx, user_id).await?;
    if !promote(&mut tx, promotion, Outcome::SignedIn).await? {
        return Ok(Accepted::TooLate);
    }
    let email = users::email_in(&mut tx, user_id).await?;
    let act = Act::of_person(&email, now, promotion.arrival.address);
    events::record_of_person(&mut tx, &act, &email, What::RecoveryCodeUsed).await?;
    outbox::queue(&mut tx, notice).await?;
    tx.commit().await?;
    Ok(Accepted::Yes)
}

/// Creates a new set at the user's own request. All earlier codes stop working.
///
/// # Errors
/// If the session has ended, or has not shown a second factor recently enough.
pub async fn make_recovery_codes(
    db: &Db,
    by: &Authority<'_>,
    hashes: &[PasswordHash],
    notice: &Queued,
) -> Result<(), ChangeRefused> {
    let user_id = by.session.user_id();
    let mut tx = db.begin().await?;
    claim_own(&mut tx, by).await?;
    recovery_codes::replace(&mut tx, user_id, hashes, by.at).await?;
    recovery_codes::settle(&mut tx, user_id, Some(by.at)).await?;
    outbox::queue(&mut tx, notice).await?;
    events::record_of_person(&mut tx, &by.act(), by.session.email(), What::RecoveryCodesMade).await?;
    Ok(tx.commit().await?)
}

/// What a user does with a set that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// They have saved it.
    Saved,
    /// They do not want it. Its codes stop working.
    Declined,
}

/// Stops showing a set. `false`, and nothing happens, if the session shows none.
///
/// # Errors
/// If the session has ended.
pub async fn settle_recovery_codes(db: &Db, by: &Authority<'_>, shown: Shown) -> Result<bool, ChangeRefused> {
    let user_id = by.session.user_id();
    let mut tx = db.begin().await?;
    claim_own(&mut tx, by).await?;
    if !recovery_codes::hide(&mut tx, by.session.id()).await? {
        return Ok(false);
    }
    if shown == Shown::Declined {
        recovery_codes::remove(&mut tx, user_id).await?;
        events::record_of_person(&mut tx, &by.act(), by.session.email(), What::RecoveryCodesDeclined).await?;
    }
    recovery_codes::settle(&mut tx, user_id, Some(by.at)).await?;
    tx.commit().await?;
    Ok(true)
}
