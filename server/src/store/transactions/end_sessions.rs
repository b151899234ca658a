use postern_types::{Email, What};

use crate::ids::{SessionId, UserId};
use crate::store::events::{self, Act};
use crate::store::{Db, Result, sessions};

/// Ends all of a user's sessions except one, and records it.
pub async fn end_other_sessions(
    db: &Db,
    act: &Act<'_>,
    user_id: &UserId,
    email: &Email,
    spared: &SessionId,
) -> Result<()> {
    let mut tx = db.begin().await?;
    sessions::end_others(&mut tx, user_id, spared).await?;
    events::record_in_all_accounts(&mut tx, act, user_id, email, What::OwnSessionsEnded).await?;
    tx.commit().await
}

/// Ends one of a user's sessions, and records it; `false` if there is no such session.
pub async fn end_session(
    db: &Db,
    act: &Act<'_>,
    user_id: &UserId,
    email: &Email,
    session_id: &SessionId,
) -> Result<bool> {
    let mut tx = db.begin().await?;
    if !sessions::end_one(&mut tx, user_id, session_id).await? {
        return Ok(false);
    }
    events::record_in_all_accounts(&mut tx, act, user_id, email, What::OwnSessionsEnded).await?;
    tx.commit().await?;
    Ok(true)
}
