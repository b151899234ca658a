use postern_types::{Email, What};

use crate::clock::UnixTime;
use crate::ids::UserId;
use crate::store::events::{self, Act};
use crate::store::{Db, Result, Tx, known_browsers, links, sessions, users};

/// Locks the user with this name, in every account (R27); `false` if there is no such user.
pub async fn lock_user(db: &Db, act: &Act<'_>, email: &Email) -> Result<bool> {
    let mut tx = db.begin().await?;
    let Some(user_id) = users::claim_named(&mut tx, email).await? else { return Ok(false) };
    lock_and_end_sessions(&mut tx, &user_id, act.now).await?;
    events::record_in_all_accounts(&mut tx, act, &user_id, email, What::UserLocked).await?;
    tx.commit().await?;
    Ok(true)
}

/// Unlocks the user with this name; `false` if there is no such user.
pub async fn unlock_user(db: &Db, act: &Act<'_>, email: &Email) -> Result<bool> {
    let mut tx = db.begin().await?;
    let Some(user_id) = users::claim_named(&mut tx, email).await? else { return Ok(false) };
    users::unlock(&mut tx, &user_id).await?;
    events::record_in_all_accounts(&mut tx, act, &user_id, email, What::UserUnlocked).await?;
    tx.commit().await?;
    Ok(true)
}

/// Locks a user, ends all sessions, and removes links and known browsers.
pub(super) async fn lock_and_end_sessions(tx: &mut Tx, user_id: &UserId, now: UnixTime) -> Result<()> {
    users::lock(tx, user_id, now).await?;
    sessions::end_all(tx, user_id).await?;
    known_browsers::forget(tx, user_id).await?;
    links::forget(tx, user_id).await
}
