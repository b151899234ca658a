use postern_types::{Factor, Outcome};

use crate::addresses::ClientAddress;
use crate::auth::cipher::Sealed;
use crate::auth::totp::TimeStep;
use crate::mail::Queued;
use crate::store::factors::{self, Accepted, Activation};
use crate::store::login_history::{self, Entry};
use crate::store::sessions::{self, Renewal};
use crate::store::{Db, Result, attempts, known_browsers, outbox, users};

/// Makes the pending secret of a session the active factor, in place of the current one, if any, with this time step used.
/// Ends the user's other sessions, removes known browsers, and records it.
pub async fn replace_factor(
    db: &Db,
    renewal: &Renewal<'_>,
    sealed: &Sealed,
    step: TimeStep,
    address: ClientAddress,
    notice: &Queued,
) -> Result<Accepted> {
    let Renewal { session_id, user_id, now, .. } = *renewal;
    let mut tx = db.begin().await?;
    if !users::claim_active(&mut tx, user_id).await? {
        return Ok(Accepted::TooLate);
    }
    if !factors::replace(&mut tx, &Activation { session_id, user_id, sealed, step, now }).await? {
        return Ok(Accepted::TooLate);
    }
    if !sessions::renew(&mut tx, renewal).await? {
        return Ok(Accepted::TooLate);
    }
    sessions::note_factor(&mut tx, session_id, Factor::Totp, now).await?;
    sessions::end_others(&mut tx, user_id, session_id).await?;
    known_browsers::forget(&mut tx, user_id).await?;
    attempts::forget_codes(&mut tx, user_id).await?;
    let entry = Entry { user_id: Some(user_id), at: now, address, factor: Factor::Totp, outcome: Outcome::Replaced };
    login_history::record(&mut tx, &entry).await?;
    outbox::queue(&mut tx, notice).await?;
    tx.commit().await?;
    Ok(Accepted::Yes)
}
