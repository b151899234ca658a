use postern_types::{Factor, Outcome};

use super::arrive::{Arrival, arrive};
use super::give_recovery_codes::give_recovery_codes;
use crate::auth::totp::TimeStep;
use crate::clock::UnixTime;
use crate::store::attempts::{self, Forgotten};
use crate::store::factors::{self, Accepted};
use crate::store::login_history::{self, Entry};
use crate::store::recovery_codes::NewSet;
use crate::store::sessions::{self, Renewal};
use crate::store::{Db, Result, Tx, unfinished_log_ins, users};

/// A pending session that becomes full.
#[derive(Clone, Copy, Debug)]
pub struct Promotion<'a> {
    /// The session, with its new token.
    pub renewal: Renewal<'a>,
    /// The second factor that was shown.
    pub factor: Factor,
    /// When the full session expires at the latest.
    pub expires_at: UnixTime,
    /// Where the log-in comes from.
    pub arrival: Arrival<'a>,
    /// New recovery codes for the user, which the session shows.
    pub recovery_codes: Option<&'a NewSet>,
}

/// Accepts a code of this time step: marks the step as used, makes the session full, and records it.
pub async fn complete_sign_in(db: &Db, promotion: &Promotion<'_>, step: TimeStep) -> Result<Accepted> {
    let user_id = promotion.renewal.user_id;
    let mut tx = db.begin().await?;
    if !users::claim_active(&mut tx, user_id).await? {
        return Ok(Accepted::TooLate);
    }
    if !factors::use_step(&mut tx, user_id, step).await? {
        return Ok(Accepted::Replayed);
    }
    if !promote(&mut tx, promotion, Outcome::SignedIn).await? {
        return Ok(Accepted::TooLate);
    }
    tx.commit().await?;
    Ok(Accepted::Yes)
}

/// Completes a log-in with a second factor: session full with a new token, failures forgotten, browser known, result recorded.
/// `false` if the session has ended in the meantime.
pub(super) async fn promote(tx: &mut Tx, promotion: &Promotion<'_>, outcome: Outcome) -> Result<bool> {
    let Promotion { renewal, factor, expires_at, arrival, recovery_codes: new } = promotion;
    let address = arrival.address;
    let Renewal { session_id, user_id, now, .. } = *renewal;
    if !sessions::promote(tx, renewal, *expires_at, address).await? {
        return Ok(false);
    }
    sessions::end_oldest(tx, user_id, session_id).await?;
    sessions::note_factor(tx, session_id, *factor, now).await?;
    sessions::require_new_password_where_due(tx, session_id, now).await?;
    give_recovery_codes(tx, user_id, session_id, *new, address, now).await?;
    unfinished_log_ins::complete(tx, user_id, session_id, address).await?;
    attempts::forget_codes(tx, user_id, Forgotten { from: address, budget: false }).await?;
    arrive(tx, arrival, user_id, now).await?;
    let entry = Entry { user_id: Some(user_id), at: now, address, factor: *factor, outcome };
    login_history::record(tx, &entry).await?;
    Ok(true)
}
