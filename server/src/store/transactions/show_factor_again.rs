use postern_types::{Factor, Outcome};

use crate::addresses::ClientAddress;
use crate::auth::token::TokenHash;
use crate::auth::totp::TimeStep;
use crate::clock::UnixTime;
use crate::store::Session;
use crate::store::attempts::{self, Forgotten};
use crate::store::factors::{self, Accepted};
use crate::store::login_history::{self, Entry};
use crate::store::sessions;
use crate::store::{Db, Result, users};

/// Accepts a code of this time step during a session: marks the step as used, and records in the session when. The
/// session must still have the token that the request showed.
pub async fn show_factor_again(
    db: &Db,
    session: &Session,
    token: &TokenHash,
    step: TimeStep,
    address: ClientAddress,
    now: UnixTime,
) -> Result<Accepted> {
    let user_id = session.user_id();
    let mut tx = db.begin().await?;
    if !users::claim_active(&mut tx, user_id).await? {
        return Ok(Accepted::TooLate);
    }
    if sessions::claim(&mut tx, session.id(), token, now).await?.is_none() {
        return Ok(Accepted::TooLate);
    }
    if !factors::use_step(&mut tx, user_id, step).await? {
        return Ok(Accepted::Replayed);
    }
    sessions::note_factor(&mut tx, session.id(), Factor::Totp, now).await?;
    attempts::forget_codes(&mut tx, user_id, Forgotten { from: address, budget: false }).await?;
    let entry = Entry { user_id: Some(user_id), at: now, address, factor: Factor::Totp, outcome: Outcome::SteppedUp };
    login_history::record(&mut tx, &entry).await?;
    tx.commit().await?;
    Ok(Accepted::Yes)
}
