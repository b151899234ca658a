use crate::ids::{SessionId, UserId};
use crate::store::{Db, Result, sessions};

/// Ends all of a user's sessions except one.
pub async fn end_other_sessions(db: &Db, user_id: &UserId, spared: &SessionId) -> Result<()> {
    let mut tx = db.begin().await?;
    sessions::end_others(&mut tx, user_id, spared).await?;
    tx.commit().await
}
