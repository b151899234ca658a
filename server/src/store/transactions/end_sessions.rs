use postern_types::What;

use super::change_refused::ChangeRefused;
use super::claim::claim_own;
use crate::ids::{SessionId, UserId};
use crate::store::authority::Authority;
use crate::store::{Db, Result as StoreResult, Tx, events, replays, sessions};

/// Ends all of a user's sessions except the one of the request, which no longer shows an alarm, and records it if there were any.
///
/// # Errors
/// If that session has ended.
pub async fn end_other_sessions(db: &Db, by: &Authority<'_>) -> Result<(), ChangeRefused> {
    let mut tx = db.begin().await?;
    claim_own(&mut tx, by).await?;
    replays::dismiss(&mut tx, by.session.id()).await?;
    if !sessions::end_others(&mut tx, by.session.user_id(), by.session.id()).await? {
        return Ok(tx.commit().await?);
    }
    record(tx, by).await
}

/// Ends one of a user's sessions, and records it.
///
/// # Errors
/// If the session of the request has ended, or there is no such session.
pub async fn end_session(db: &Db, by: &Authority<'_>, session_id: &SessionId) -> Result<(), ChangeRefused> {
    let mut tx = db.begin().await?;
    claim_own(&mut tx, by).await?;
    if !sessions::end_one(&mut tx, by.session.user_id(), session_id).await? {
        return Err(ChangeRefused::NoSuchSession);
    }
    record(tx, by).await
}

/// Ends one of a user's sessions, because one of its applications logs out.
pub async fn sign_out_session(db: &Db, user_id: &UserId, session_id: &SessionId) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    sessions::end_one(&mut tx, user_id, session_id).await?;
    tx.commit().await
}

async fn record(mut tx: Tx, by: &Authority<'_>) -> Result<(), ChangeRefused> {
    let (act, session) = (by.act(), by.session);
    events::record_of_person(&mut tx, &act, session.email(), What::OwnSessionsEnded).await?;
    Ok(tx.commit().await?)
}
