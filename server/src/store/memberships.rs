//! Which users are members of which accounts, and with which role.

use postern_types::Email;

use super::{Result, Tx, links, roster};
use crate::addresses::AddressList;
use crate::clock::UnixTime;
use crate::ids::{AccountId, UserId};

/// Makes a user a member, active or locked, in place of an invitation.
pub(super) async fn add(
    tx: &mut Tx,
    account_id: &AccountId,
    user_id: &UserId,
    admin: bool,
    active: bool,
    now: UnixTime,
) -> Result<()> {
    let sql =
        "insert into memberships (account_id, user_id, created_at, admin_since, locked_at) values ($1, $2, $3, $4, $5)";
    sqlx::query(sql)
        .bind(account_id)
        .bind(user_id)
        .bind(now)
        .bind(admin.then_some(now))
        .bind((!active).then_some(now))
        .execute(&mut **tx)
        .await?;
    let sql = "delete from invitations where account_id = $1 and email = (select email from users where id = $2)";
    sqlx::query(sql).bind(account_id).bind(user_id).execute(&mut **tx).await?;
    roster::refresh(tx, user_id).await
}

/// Ends a membership; `false` if there is none. If it had the person's last administrator role, a break-glass link is removed
/// too, as whenever that role is lost: the link would give back what was taken after it was made.
pub(super) async fn remove(tx: &mut Tx, account_id: &AccountId, user_id: &UserId) -> Result<bool> {
    links::forget_break_glass(tx, user_id, account_id).await?;
    let sql = "delete from memberships where account_id = $1 and user_id = $2";
    let changed = sqlx::query(sql).bind(account_id).bind(user_id).execute(&mut **tx).await?.rows_affected() == 1;
    roster::refresh(tx, user_id).await?;
    Ok(changed)
}

/// Notes a log-in where the user is active: where they are locked, nobody learns what they do elsewhere.
pub(super) async fn note_sign_in(tx: &mut Tx, user_id: &UserId, now: UnixTime) -> Result<()> {
    let sql = "update memberships set last_sign_in_at = $2 where user_id = $1 and locked_at is null";
    sqlx::query(sql).bind(user_id).bind(now).execute(&mut **tx).await?;
    roster::note_sign_in(tx, user_id, now).await
}

/// Locks a member; `false` if they are locked already.
pub(super) async fn lock(tx: &mut Tx, account_id: &AccountId, user_id: &UserId, now: UnixTime) -> Result<bool> {
    links::forget_break_glass(tx, user_id, account_id).await?;
    let sql = "update memberships set locked_at = $3 where account_id = $1 and user_id = $2 and locked_at is null";
    let changed =
        sqlx::query(sql).bind(account_id).bind(user_id).bind(now).execute(&mut **tx).await?.rows_affected() == 1;
    roster::refresh(tx, user_id).await?;
    Ok(changed)
}

/// Unlocks a member; `false` if they are not locked.
pub(super) async fn unlock(tx: &mut Tx, account_id: &AccountId, user_id: &UserId) -> Result<bool> {
    let sql =
        "update memberships set locked_at = null where account_id = $1 and user_id = $2 and locked_at is not null";
    let changed = sqlx::query(sql).bind(account_id).bind(user_id).execute(&mut **tx).await?.rows_affected() == 1;
    roster::refresh(tx, user_id).await?;
    Ok(changed)
}

/// Unlocks an administrator in the accounts that they administer, where they were locked by this time.
pub(super) async fn unlock_admin(tx: &mut Tx, user_id: &UserId, locked_by: UnixTime) -> Result<()> {
    let sql = "update memberships set locked_at = null
        where user_id = $1 and admin_since is not null and locked_at <= $2";
    sqlx::query(sql).bind(user_id).bind(locked_by).execute(&mut **tx).await?;
    roster::refresh(tx, user_id).await
}

/// Unlocks a user in the accounts where they are locked since this time.
pub(super) async fn unlock_since(tx: &mut Tx, user_id: &UserId, since: UnixTime) -> Result<()> {
    let sql = "update memberships set locked_at = null where user_id = $1 and locked_at = $2";
    sqlx::query(sql).bind(user_id).bind(since).execute(&mut **tx).await?;
    roster::refresh(tx, user_id).await
}

/// Whether the user is active in an account.
pub(super) async fn any_active(tx: &mut Tx, user_id: &UserId) -> Result<bool> {
    let sql = "select count(*) from memberships where user_id = $1 and locked_at is null";
    let active: i64 = sqlx::query_scalar(sql).bind(user_id).fetch_one(&mut **tx).await?;
    Ok(active > 0)
}

/// Grants or revokes the administrator role.
pub(super) async fn set_admin(
    tx: &mut Tx,
    account_id: &AccountId,
    user_id: &UserId,
    since: Option<UnixTime>,
) -> Result<()> {
    if since.is_none() {
        links::forget_break_glass(tx, user_id, account_id).await?;
    }
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

/// The accounts that see what the user with this name does: those in which the user is active, or all of a user who is active
/// nowhere.
pub(super) async fn witnesses(tx: &mut Tx, email: &Email) -> Result<Vec<AccountId>> {
    let sql = "select m.account_id from memberships m join users u on u.id = m.user_id where u.email = $1
            and (m.locked_at is null
                or not exists (select 1 from memberships o where o.user_id = u.id and o.locked_at is null))
        order by m.account_id";
    sqlx::query_scalar(sql).bind(email).fetch_all(&mut **tx).await
}

/// The accounts that a user administers.
pub(super) async fn administered(tx: &mut Tx, user_id: &UserId) -> Result<Vec<AccountId>> {
    let sql = "select account_id from memberships where user_id = $1 and admin_since is not null order by account_id";
    sqlx::query_scalar(sql).bind(user_id).fetch_all(&mut **tx).await
}

/// Whether the user is also a member of another account.
pub(super) async fn is_shared(tx: &mut Tx, user_id: &UserId, account_id: &AccountId) -> Result<bool> {
    let sql = "select count(*) from memberships where user_id = $1 and account_id <> $2";
    let others: i64 = sqlx::query_scalar(sql).bind(user_id).bind(account_id).fetch_one(&mut **tx).await?;
    Ok(others > 0)
}

/// User names of the active administrators of the accounts in which a user is active.
pub(super) async fn admins_of(tx: &mut Tx, user_id: &UserId) -> Result<Vec<Email>> {
    let sql = "select distinct u.email from memberships own
            join memberships m on m.account_id = own.account_id and m.admin_since is not null and m.locked_at is null
            join users u on u.id = m.user_id and u.locked_at is null
        where own.user_id = $1 and own.locked_at is null";
    sqlx::query_scalar(sql).bind(user_id).fetch_all(&mut **tx).await
}

/// User names of the account's active administrators, in order.
pub(super) async fn admins_in(tx: &mut Tx, account_id: &AccountId) -> Result<Vec<Email>> {
    let sql = "select u.email from memberships m join users u on u.id = m.user_id and u.locked_at is null
        where m.account_id = $1 and m.admin_since is not null and m.locked_at is null order by u.email";
    sqlx::query_scalar(sql).bind(account_id).fetch_all(&mut **tx).await
}

/// Whether the account would be left without an active administrator if this user were not one.
pub(super) async fn is_only_admin(tx: &mut Tx, account_id: &AccountId, user_id: &UserId) -> Result<bool> {
    let sql = "select m.user_id from memberships m join users u on u.id = m.user_id
        where m.account_id = $1 and m.admin_since is not null and m.locked_at is null and u.locked_at is null
        order by case when m.user_id = $2 then 0 else 1 end limit 2";
    let admins: Vec<UserId> = sqlx::query_scalar(sql).bind(account_id).bind(user_id).fetch_all(&mut **tx).await?;
    Ok(admins == [user_id.clone()])
}

/// Whether the user is an administrator of any account, locked or not.
pub(super) async fn is_admin(tx: &mut Tx, user_id: &UserId) -> Result<bool> {
    let sql = "select count(*) from memberships where user_id = $1 and admin_since is not null";
    let roles: i64 = sqlx::query_scalar(sql).bind(user_id).fetch_one(&mut **tx).await?;
    Ok(roles > 0)
}
