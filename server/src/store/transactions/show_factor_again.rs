use postern_types::{Factor, Outcome};

use crate::addresses::ClientAddress;
use crate::auth::totp::TimeStep;
use crate::store::attempts::{self, Forgotten};
use crate::store::factors::{self, Accepted};
use crate::store::login_history::{self, Entry};
use crate::store::sessions::{self, Renewal};
use crate::store::{Db, Result, users};

/// Accepts a code of this time step during a session: marks the step as used, records in the session when, and gives the session a new
/// token. It must still have the one that the request showed.
pub async fn show_factor_again(
    db: &Db,
    renewal: &Renewal<'_>,
    step: TimeStep,
    address: ClientAddress,
) -> Result<Accepted> {
    let Renewal { session_id, user_id, old_token, now, .. } = *renewal;
    let mut tx = db.begin().await?;
    if !users::claim_active(&mut tx, user_id).await? {
        return Ok(Accepted::TooLate);
    }
    if sessions::claim(&mut tx, session_id, old_token, now).await?.is_none() {
        return Ok(Accepted::TooLate);
    }
    if !factors::use_step(&mut tx, user_id, step).await? {
        return Ok(Accepted::Replayed);
    }
    sessions::note_factor(&mut tx, session_id, Factor::Totp, now).await?;
    if !sessions::renew(&mut tx, renewal).await? {
        return Ok(Accepted::TooLate);
    }
    attempts::forget_codes(&mut tx, user_id, Forgotten { from: address, budget: false }).await?;
    let entry = Entry { user_id: Some(user_id), at: now, address, factor: Factor::Totp, outcome: Outcome::SteppedUp };
    login_history::record(&mut tx, &entry).await?;
    tx.commit().await?;
    Ok(Accepted::Yes)
}
