//! Set-up codes: what a set-up needs besides the password, in accounts whose settings say so. There is at most one for each user or
//! invitation. It is used up by deleting it.

use super::{Db, Result, Tx};
use crate::auth::password::PasswordHash;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::{AccountId, MemberId, UserId};

/// Seconds for which a code works.
pub const LIFETIME_S: i64 = 86_400;

/// Names of the accounts that demand a code for the user's next set-up. A lock changes nothing: what is set up during it also counts
/// after it. None if the user has a second factor.
pub async fn demanded_by(db: &Db, user_id: &UserId) -> Result<Vec<String>> {
    let sql = "select a.name from memberships m join accounts a on a.id = m.account_id join users u on u.id = m.user_id
        where m.user_id = $1 and a.reset_set_up_code_since is not null and u.two_factor_since is null
        order by a.name";
    sqlx::query_scalar(sql).bind(user_id).fetch_all(&db.write).await
}

/// Whether any account of the user, including those in which the user is locked, demands a code for a set-up without a second factor.
pub(super) async fn are_demanded(tx: &mut Tx, user_id: &UserId) -> Result<bool> {
    let sql = "select count(*) from memberships m join accounts a on a.id = m.account_id
        where m.user_id = $1 and a.reset_set_up_code_since is not null";
    let accounts: i64 = sqlx::query_scalar(sql).bind(user_id).fetch_one(&mut **tx).await?;
    Ok(accounts > 0)
}

/// The hash of the user's code, if it still works.
pub async fn hash(db: &Db, user_id: &UserId, now: UnixTime) -> Result<Option<PasswordHash>> {
    let sql = "select code_hash from set_up_codes where user_id = $1 and expires_at > $2";
    sqlx::query_scalar(sql).bind(user_id).bind(now).fetch_optional(&db.write).await
}

/// The key under which this browser's attempts at the user's code are counted, if the user had logged in from it before the code was made.
/// After that, whoever has only the password can make as many known browsers as they like.
pub async fn known_browser(db: &Db, user_id: &UserId, token: &TokenHash) -> Result<Option<TokenHash>> {
    let sql = "select b.first_token_hash from known_browsers b join set_up_codes c on c.user_id = b.user_id
        where b.user_id = $1 and b.token_hash = $2 and b.created_at <= c.expires_at - $3";
    sqlx::query_scalar(sql).bind(user_id).bind(token).bind(LIFETIME_S).fetch_optional(&db.read).await
}

/// Uses up the user's code before a set-up. `false` if an account demands a code and there is none, or this one no longer works. The
/// caller has locked the user's row, and the user has no second factor.
pub(super) async fn use_up(tx: &mut Tx, user_id: &UserId, code: Option<&PasswordHash>, now: UnixTime) -> Result<bool> {
    let sql = "delete from set_up_codes where user_id = $1 and code_hash = $2 and expires_at > $3";
    if let Some(code) = code {
        let used = sqlx::query(sql).bind(user_id).bind(code).bind(now).execute(&mut **tx).await?;
        return Ok(used.rows_affected() == 1);
    }
    Ok(!are_demanded(tx, user_id).await?)
}

/// Gives a user a code, which works from now on, in place of an earlier one.
pub(super) async fn keep(tx: &mut Tx, user_id: &UserId, code: &PasswordHash, now: UnixTime) -> Result<()> {
    forget(tx, user_id).await?;
    let sql = "insert into set_up_codes (user_id, code_hash, expires_at) values ($1, $2, $3)";
    sqlx::query(sql).bind(user_id).bind(code).bind(now + LIFETIME_S).execute(&mut **tx).await.map(drop)
}

/// Gives somebody who has not joined yet a code, in place of an earlier one.
pub(super) async fn keep_for_invited(tx: &mut Tx, id: &MemberId, code: &PasswordHash, now: UnixTime) -> Result<()> {
    sqlx::query("delete from set_up_codes where invitation_id = $1").bind(id).execute(&mut **tx).await?;
    let sql = "insert into set_up_codes (invitation_id, code_hash, expires_at) values ($1, $2, $3)";
    sqlx::query(sql).bind(id).bind(code).bind(now + LIFETIME_S).execute(&mut **tx).await.map(drop)
}

/// Turns the code of an invitation into the code of the user who accepts it. Where another account relies on the second factor, neither
/// this code nor the user's own still works: one account alone must not enable anybody to set it up.
pub(super) async fn hand_over(tx: &mut Tx, id: &MemberId, user_id: &UserId, is_relied_on: bool) -> Result<()> {
    if is_relied_on {
        return forget(tx, user_id).await;
    }
    let sql = "delete from set_up_codes where user_id = $2
        and exists (select 1 from set_up_codes c where c.invitation_id = $1)";
    sqlx::query(sql).bind(id).bind(user_id).execute(&mut **tx).await?;
    let sql = "update set_up_codes set user_id = $2, invitation_id = null where invitation_id = $1";
    sqlx::query(sql).bind(id).bind(user_id).execute(&mut **tx).await.map(drop)
}

/// Removes the codes of users who are also members of another account, when this one begins to rely on their second factor: each was
/// made by one account alone.
pub(super) async fn forget_shared(tx: &mut Tx, account_id: &AccountId) -> Result<()> {
    let sql = "delete from set_up_codes where user_id in (select m.user_id from memberships m where m.account_id = $1
            and exists (select 1 from memberships o where o.user_id = m.user_id and o.account_id <> $1))";
    sqlx::query(sql).bind(account_id).execute(&mut **tx).await.map(drop)
}

/// The same for one user, who becomes an administrator of an account.
pub(super) async fn forget_if_shared(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    let sql =
        "delete from set_up_codes where user_id = $1 and 1 < (select count(*) from memberships where user_id = $1)";
    sqlx::query(sql).bind(user_id).execute(&mut **tx).await.map(drop)
}

/// Removes the user's code.
pub(super) async fn forget(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    sqlx::query("delete from set_up_codes where user_id = $1").bind(user_id).execute(&mut **tx).await.map(drop)
}

/// Removes at most `limit` expired codes. Returns whether there may be more.
pub async fn remove_stale(db: &Db, now: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from set_up_codes where code_hash in
        (select code_hash from set_up_codes where expires_at <= $1 limit $2)";
    let removed = sqlx::query(sql).bind(now).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
