use postern_types::Outcome;

use super::complete_sign_in::{Promotion, promote};
use crate::auth::cipher::Sealed;
use crate::auth::password::PasswordHash;
use crate::auth::totp::TimeStep;
use crate::mail::Queued;
use crate::store::factors::{self, Accepted, Activation};
use crate::store::sessions::Renewal;
use crate::store::{Db, Result, known_browsers, outbox, sessions, set_up_codes, users};

/// Completes a set-up: the pending secret becomes the active factor with this time step used, the user's other sessions end
/// (R27), the session becomes full, and the result is recorded. Only if no factor is active, and with the set-up code if an account
/// demands one, which is used up.
pub async fn set_up_factor(
    db: &Db,
    promotion: &Promotion<'_>,
    sealed: &Sealed,
    step: TimeStep,
    set_up_code: Option<&PasswordHash>,
    notice: &Queued,
) -> Result<Accepted> {
    let Renewal { session_id, user_id, now, .. } = promotion.renewal;
    let mut tx = db.begin().await?;
    if !users::claim_active(&mut tx, user_id).await? {
        return Ok(Accepted::TooLate);
    }
    if users::two_factor_since(&mut tx, user_id).await?.is_some() {
        return Ok(Accepted::TooLate);
    }
    if !set_up_codes::use_up(&mut tx, user_id, set_up_code, now).await? {
        return Ok(Accepted::NoSetUpCode);
    }
    if !factors::activate(&mut tx, &Activation { session_id, user_id, sealed, step, now }).await? {
        return Ok(Accepted::TooLate);
    }
    sessions::end_others(&mut tx, user_id, session_id).await?;
    // A browser that was known without a second factor may be somebody else's.
    known_browsers::forget(&mut tx, user_id).await?;
    outbox::queue(&mut tx, notice).await?;
    if !promote(&mut tx, promotion, Outcome::SetUp).await? {
        return Ok(Accepted::TooLate);
    }
    tx.commit().await?;
    Ok(Accepted::Yes)
}
