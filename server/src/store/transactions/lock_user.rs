use postern_types::{Email, What};

use crate::ids::UserId;
use crate::store::events::{self, Act};
use crate::store::{Db, Result, Tx, known_browsers, links, memberships, reset_requests, sessions, users};

/// Locks the person with this name, whatever the accounts say (R27); `false` if there is no such user.
pub async fn lock_user(db: &Db, act: &Act<'_>, email: &Email) -> Result<bool> {
    let mut tx = db.begin().await?;
    let Some(user_id) = users::claim_named(&mut tx, email).await? else { return Ok(false) };
    users::lock(&mut tx, &user_id, act.now).await?;
    for account_id in memberships::account_ids(&mut tx, &user_id).await? {
        reset_requests::forget_admin(&mut tx, &account_id, &user_id).await?;
    }
    end_access(&mut tx, &user_id).await?;
    events::record_in_all_accounts(&mut tx, act, &user_id, email, What::UserLocked).await?;
    tx.commit().await?;
    Ok(true)
}

/// Lifts the lock of the person with this name, but no lock that an account has set; `false` if there is no such user.
pub async fn unlock_user(db: &Db, act: &Act<'_>, email: &Email) -> Result<bool> {
    let mut tx = db.begin().await?;
    let Some(user_id) = users::claim_named(&mut tx, email).await? else { return Ok(false) };
    users::unlock(&mut tx, &user_id).await?;
    events::record_in_all_accounts(&mut tx, act, &user_id, email, What::UserUnlocked).await?;
    tx.commit().await?;
    Ok(true)
}

/// Ends all sessions of a user, and removes links and known browsers.
pub(super) async fn end_access(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    sessions::end_all(tx, user_id).await?;
    known_browsers::forget(tx, user_id).await?;
    links::forget(tx, user_id).await
}

/// The same for a user who is kept out from now on, only if no account is left in which the user is active.
pub(super) async fn end_access_where_none_is_left(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    if memberships::any_active(tx, user_id).await? { Ok(()) } else { end_access(tx, user_id).await }
}
