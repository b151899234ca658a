//! Which users are members of which accounts, and with which role.

use postern_types::Email;

use super::{Db, Result, Tx};
use crate::addresses::AddressList;
use crate::clock::UnixTime;
use crate::ids::{AccountId, UserId};

/// Makes a user a member.
pub(super) async fn add(
    tx: &mut Tx,
    account_id: &AccountId,
    user_id: &UserId,
    admin: bool,
    now: UnixTime,
) -> Result<()> {
    let sql = "insert into memberships (account_id, user_id, created_at, admin_since) values ($1, $2, $3, $4)";
    sqlx::query(sql)
        .bind(account_id)
        .bind(user_id)
        .bind(now)
        .bind(admin.then_some(now))
        .execute(&mut **tx)
        .await
        .map(drop)
}

/// Ends a membership.
pub(super) async fn remove(tx: &mut Tx, account_id: &AccountId, user_id: &UserId) -> Result<()> {
    let sql = "delete from memberships where account_id = $1 and user_id = $2";
    sqlx::query(sql).bind(account_id).bind(user_id).execute(&mut **tx).await.map(drop)
}

/// Grants or revokes the administrator role.
pub(super) async fn set_admin(
    tx: &mut Tx,
    account_id: &AccountId,
    user_id: &UserId,
    since: Option<UnixTime>,
) -> Result<()> {
    let sql = "update memberships set admin_since = $3 where account_id = $1 and user_id = $2";
    sqlx::query(sql).bind(account_id).bind(user_id).bind(since).execute(&mut **tx).await.map(drop)
}

/// Sets the member's own list of addresses.
pub(super) async fn set_addresses(
    tx: &mut Tx,
    account_id: &AccountId,
    user_id: &UserId,
    addresses: &AddressList,
) -> Result<()> {
    let sql = "update memberships set allowed_addresses = $3 where account_id = $1 and user_id = $2";
    sqlx::query(sql).bind(account_id).bind(user_id).bind(addresses.to_stored()).execute(&mut **tx).await.map(drop)
}

/// The accounts of a user.
pub(super) async fn account_ids(tx: &mut Tx, user_id: &UserId) -> Result<Vec<AccountId>> {
    let sql = "select account_id from memberships where user_id = $1 order by account_id";
    sqlx::query_scalar(sql).bind(user_id).fetch_all(&mut **tx).await
}

/// Whether the user is also a member of another account.
pub(super) async fn is_shared(tx: &mut Tx, user_id: &UserId, account_id: &AccountId) -> Result<bool> {
    let sql = "select count(*) from memberships where user_id = $1 and account_id <> $2";
    let others: i64 = sqlx::query_scalar(sql).bind(user_id).bind(account_id).fetch_one(&mut **tx).await?;
    Ok(others > 0)
}

/// Accounts in which user `$1` is the only active administrator.
const ACCOUNTS_WITH_ONLY_ADMIN: &str = "select m.account_id from memberships m join users u on u.id = m.user_id
    where m.user_id = $1 and m.admin_since is not null and u.locked_at is null
        and not exists (select 1 from memberships o join users ou on ou.id = o.user_id
            where o.account_id = m.account_id and o.user_id <> m.user_id
                and o.admin_since is not null and ou.locked_at is null)";

/// The accounts that would be left without an active administrator if this user were none.
pub(super) async fn accounts_with_only_admin(tx: &mut Tx, user_id: &UserId) -> Result<Vec<AccountId>> {
    sqlx::query_scalar(ACCOUNTS_WITH_ONLY_ADMIN).bind(user_id).fetch_all(&mut **tx).await
}

/// Whether the user with this name is an administrator of any account.
pub async fn is_admin(db: &Db, email: &Email) -> Result<bool> {
    let sql = "select count(*) from memberships m join users u on u.id = m.user_id
        where u.email = $1 and m.admin_since is not null";
    let roles: i64 = sqlx::query_scalar(sql).bind(email).fetch_one(&db.read).await?;
    Ok(roles > 0)
}
