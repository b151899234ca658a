use postern_types::{Factor, Outcome, PasskeyPolicy, What};

use super::arrive::{Arrival, arrive};
use super::begin_session::end_replaced;
use super::complete_sign_in::{Promotion, promote};
use super::give_recovery_codes::give_recovery_codes;
use crate::addresses::ClientAddress;
use crate::auth::passkey::Shown;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::{PasskeyId, UserId};
use crate::mail::Queued;
use crate::store::attempts::{self, Forgotten};
use crate::store::events::{self, Act, Actor};
use crate::store::login_history::{self, Entry};
use crate::store::passkeys::{self, Use};
use crate::store::recovery_codes::NewSet;
use crate::store::sessions::{self, NewSession};
use crate::store::{Db, Result, Session, Tx, factors, outbox, passkey_policy, unfinished_log_ins, users};

/// A correct assertion that is to be recorded.
#[derive(Clone, Copy, Debug)]
pub struct ShownPasskey<'a> {
    /// The passkey.
    pub id: &'a PasskeyId,
    /// Its owner.
    pub user_id: &'a UserId,
    /// What the assertion says about it.
    pub shown: Shown,
}

/// What became of a correct assertion.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyAccepted {
    /// It was accepted, and the action was done.
    Yes,
    /// Another assertion with this counter, or a later one, came first.
    Stalled,
    /// The passkey was removed.
    Gone,
    /// An account of the user does not allow it, or it is not enough without the password.
    NotAllowed,
    /// Too late: the session has ended, or the user is locked.
    TooLate,
}

/// Completes a log-in with a passkey as the second factor.
pub async fn complete_sign_in_by_passkey(
    db: &Db,
    promotion: &Promotion<'_>,
    passkey: &ShownPasskey<'_>,
) -> Result<PasskeyAccepted> {
    let mut tx = db.begin().await?;
    let accepted = accept(&mut tx, passkey, PasskeyPolicy::SecondFactor, promotion.renewal.now).await?;
    if accepted != PasskeyAccepted::Yes {
        return Ok(accepted);
    }
    passkeys::note_password(&mut tx, passkey.id).await?;
    if !promote(&mut tx, promotion, Outcome::SignedIn).await? {
        return Ok(PasskeyAccepted::TooLate);
    }
    tx.commit().await?;
    Ok(PasskeyAccepted::Yes)
}

/// Begins a full session with a passkey alone, in place of the one that this browser had.
pub async fn begin_session_by_passkey(
    db: &Db,
    new: &NewSession<'_>,
    arrival: &Arrival<'_>,
    passkey: &ShownPasskey<'_>,
    recovery_codes: Option<&NewSet>,
) -> Result<PasskeyAccepted> {
    let NewSession { id, user_id, now, address, .. } = *new;
    let mut tx = db.begin().await?;
    let accepted = accept(&mut tx, passkey, PasskeyPolicy::WithoutPassword, now).await?;
    if accepted != PasskeyAccepted::Yes {
        return Ok(accepted);
    }
    if !passkeys::is_enough_alone(&mut tx, passkey.id, now).await? {
        return Ok(PasskeyAccepted::NotAllowed);
    }
    if !sessions::begin_by_passkey(&mut tx, new).await? {
        return Ok(PasskeyAccepted::TooLate);
    }
    end_replaced(&mut tx, new).await?;
    sessions::end_oldest(&mut tx, user_id, id).await?;
    sessions::note_factor(&mut tx, id, Factor::Passkey, now).await?;
    give_recovery_codes(&mut tx, user_id, id, recovery_codes, address, now).await?;
    unfinished_log_ins::complete(&mut tx, user_id, id, address).await?;
    attempts::forget_codes(&mut tx, user_id, Forgotten { from: address, budget: false }).await?;
    arrive(&mut tx, arrival, user_id, now).await?;
    record(&mut tx, user_id, address, now, Outcome::SignedIn).await?;
    tx.commit().await?;
    Ok(PasskeyAccepted::Yes)
}

/// Accepts a passkey during a session, and records the time in the session. The session must still have the token in the request.
pub async fn show_passkey_again(
    db: &Db,
    session: &Session,
    token: &TokenHash,
    passkey: &ShownPasskey<'_>,
    address: ClientAddress,
    now: UnixTime,
) -> Result<PasskeyAccepted> {
    let mut tx = db.begin().await?;
    let accepted = accept(&mut tx, passkey, PasskeyPolicy::SecondFactor, now).await?;
    if accepted != PasskeyAccepted::Yes {
        return Ok(accepted);
    }
    if sessions::claim(&mut tx, session.id(), token, now).await?.is_none() {
        return Ok(PasskeyAccepted::TooLate);
    }
    sessions::note_factor(&mut tx, session.id(), Factor::Passkey, now).await?;
    attempts::forget_codes(&mut tx, session.user_id(), Forgotten { from: address, budget: false }).await?;
    record(&mut tx, session.user_id(), address, now, Outcome::SteppedUp).await?;
    tx.commit().await?;
    Ok(PasskeyAccepted::Yes)
}

/// Locks the user's row, and records the use of the passkey. If too many wrong codes have disabled the user's codes, they are accepted
/// again, because the passkey proves that this is the user (R11).
async fn accept(
    tx: &mut Tx,
    passkey: &ShownPasskey<'_>,
    least: PasskeyPolicy,
    now: UnixTime,
) -> Result<PasskeyAccepted> {
    let ShownPasskey { id, user_id, shown } = *passkey;
    if !users::claim_active(tx, user_id).await? {
        return Ok(PasskeyAccepted::TooLate);
    }
    if passkey_policy::of_user_in(tx, user_id).await? < least {
        return Ok(PasskeyAccepted::NotAllowed);
    }
    match passkeys::note_use(tx, id, user_id, shown, now).await? {
        Use::Noted => {}
        Use::Stalled => return Ok(PasskeyAccepted::Stalled),
        Use::Gone => return Ok(PasskeyAccepted::Gone),
    }
    factors::enable(tx, user_id).await?;
    Ok(PasskeyAccepted::Yes)
}

async fn record(tx: &mut Tx, user_id: &UserId, address: ClientAddress, at: UnixTime, outcome: Outcome) -> Result<()> {
    let entry = Entry { user_id: Some(user_id), at, address, factor: Factor::Passkey, outcome };
    login_history::record(tx, &entry).await
}

/// Warns a user that an assertion was refused because the counter of the passkey had not grown: there may be a copy of it.
pub async fn report_stalled_passkey(
    db: &Db,
    user_id: &UserId,
    address: ClientAddress,
    now: UnixTime,
    notice: &Queued,
) -> Result<()> {
    let mut tx = db.begin().await?;
    if !users::claim_active(&mut tx, user_id).await? {
        return Ok(());
    }
    let email = users::email_in(&mut tx, user_id).await?;
    let act = Act { actor: Actor::Operator, now, address: Some(address) };
    events::record_of_person(&mut tx, &act, &email, What::PasskeyCounterStalled).await?;
    outbox::queue(&mut tx, notice).await?;
    tx.commit().await
}
