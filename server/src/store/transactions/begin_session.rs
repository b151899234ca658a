use postern_types::{Factor, Outcome};

use super::arrive::{Arrival, arrive};
use crate::store::login_history::{self, Entry};
use crate::store::sessions::{self, NewSession};
use crate::store::{Db, Result, Tx, factors, unfinished_log_ins, users};

/// Begins a session that has shown only the password, and records that. It takes over a set-up that the same browser had
/// begun for the same user (R6). `false` if the password was replaced, or the user locked or deleted, in the meantime.
pub async fn begin_pending_session(db: &Db, new: &NewSession<'_>) -> Result<bool> {
    let mut tx = db.begin().await?;
    if !users::claim_active(&mut tx, new.user_id).await? || !sessions::begin_pending(&mut tx, new).await? {
        return Ok(false);
    }
    end_replaced(&mut tx, new).await?;
    unfinished_log_ins::begin(&mut tx, new).await?;
    record(&mut tx, new, Outcome::NextFactor).await?;
    tx.commit().await?;
    Ok(true)
}

/// Begins a full session of a user who needs no second factor, and records that. `false` if the user has one, an account
/// requires one, the password was replaced, or the user was locked or deleted.
pub async fn begin_full_session(db: &Db, new: &NewSession<'_>, arrival: &Arrival<'_>) -> Result<bool> {
    let mut tx = db.begin().await?;
    if !users::claim_active(&mut tx, new.user_id).await? || !sessions::begin_full(&mut tx, new).await? {
        return Ok(false);
    }
    end_replaced(&mut tx, new).await?;
    sessions::end_oldest(&mut tx, new.user_id, new.id).await?;
    sessions::require_new_password_where_due(&mut tx, new.id, new.now).await?;
    arrive(&mut tx, arrival, new.user_id, new.now).await?;
    record(&mut tx, new, Outcome::SignedIn).await?;
    tx.commit().await?;
    Ok(true)
}

/// Ends the session that the browser had before, and takes over its set-up.
pub(super) async fn end_replaced(tx: &mut Tx, new: &NewSession<'_>) -> Result<()> {
    let Some(old_token) = new.replaces else { return Ok(()) };
    unfinished_log_ins::hand_over(tx, new.user_id, old_token, new.id).await?;
    factors::hand_over_pending(tx, new.user_id, old_token, new.id).await?;
    sessions::end_in(tx, old_token).await
}

async fn record(tx: &mut Tx, new: &NewSession<'_>, outcome: Outcome) -> Result<()> {
    let entry =
        Entry { user_id: Some(new.user_id), at: new.now, address: new.address, factor: Factor::Password, outcome };
    login_history::record(tx, &entry).await
}
