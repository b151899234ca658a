use postern_types::{Factor, Outcome};

use super::give_recovery_codes::give_recovery_codes;
use super::stop_reset::cancel_about;
use crate::addresses::ClientAddress;
use crate::auth::cipher::Sealed;
use crate::auth::password::PasswordHash;
use crate::auth::totp::TimeStep;
use crate::mail::Queued;
use crate::store::attempts::{self, Forgotten};
use crate::store::events::Act;
use crate::store::factors::{self, Accepted, Activation};
use crate::store::login_history::{self, Entry};
use crate::store::recovery_codes::NewSet;
use crate::store::sessions::{self, Renewal};
use crate::store::{Db, Result, known_browsers, outbox, set_up_codes, unfinished_log_ins, users};

/// An app that a full session sets up, or puts in place of the current one.
#[derive(Clone, Copy, Debug)]
pub struct Replacement<'a> {
    /// The session, with its new token.
    pub renewal: &'a Renewal<'a>,
    /// The secret, which must still be the pending one.
    pub sealed: &'a Sealed,
    /// The time step of its first code.
    pub step: TimeStep,
    /// The client's address.
    pub address: ClientAddress,
    /// Hash of the set-up code that was shown.
    pub set_up_code: Option<&'a PasswordHash>,
    /// New recovery codes for the user, which the session shows.
    pub recovery_codes: Option<&'a NewSet>,
}

/// Makes the pending secret of a session the active factor, in place of the current one, if any, with this time step used.
/// Ends the user's other sessions, removes known browsers, closes a request to reset the second factor, and records it. The session shows
/// the new recovery codes, if there are any.
pub async fn replace_factor(db: &Db, new: &Replacement<'_>, notice: &Queued) -> Result<Accepted> {
    let Replacement { renewal, sealed, step, address, set_up_code, recovery_codes: new_codes } = *new;
    let Renewal { session_id, user_id, now, .. } = *renewal;
    let mut tx = db.begin().await?;
    if !users::claim_active(&mut tx, user_id).await? {
        return Ok(Accepted::TooLate);
    }
    if users::two_factor_since(&mut tx, user_id).await?.is_none()
        && !set_up_codes::use_up(&mut tx, user_id, set_up_code, now).await?
    {
        return Ok(Accepted::NoSetUpCode);
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
    give_recovery_codes(&mut tx, user_id, session_id, new_codes, address, now).await?;
    unfinished_log_ins::complete(&mut tx, user_id, session_id, address).await?;
    attempts::forget_codes(&mut tx, user_id, Forgotten { from: address, budget: true }).await?;
    let entry = Entry { user_id: Some(user_id), at: now, address, factor: Factor::Totp, outcome: Outcome::Replaced };
    login_history::record(&mut tx, &entry).await?;
    let email = users::email_in(&mut tx, user_id).await?;
    cancel_about(&mut tx, &Act::of_person(&email, now, address), user_id).await?;
    outbox::queue(&mut tx, notice).await?;
    tx.commit().await?;
    Ok(Accepted::Yes)
}
