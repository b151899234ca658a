//! Customer accounts and who is a member of them.

use std::net::IpAddr;

use postern_types::{AccountMembership, Email};

use super::account_security::Access;
use super::{Db, Error, Result, on};
use crate::auth::password::PasswordHash;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;

/// Adds an account; `false` where the name is taken.
///
/// # Errors
/// Where the database fails.
pub async fn add(db: &Db, id: &str, name: &str, now: UnixTime) -> Result<bool> {
    let sql = "insert into accounts (id, name, created_at) values ($1, $2, $3) on conflict (name) do nothing";
    let added = on!(db.write, pool => {
        sqlx::query(sql).bind(id).bind(name).bind(now).execute(pool).await?.rows_affected()
    });
    Ok(added == 1)
}

/// The first account and its administrator.
#[derive(Debug)]
pub struct First<'a> {
    /// Hash of the first-run link's token, which this uses up.
    pub link: &'a TokenHash,
    /// A fresh id.
    pub account_id: &'a str,
    /// The account's name.
    pub account: &'a str,
    /// A fresh id.
    pub user_id: &'a str,
    /// The administrator's user name.
    pub email: &'a Email,
    /// The administrator's display name; may be empty.
    pub name: &'a str,
    /// Hash of the administrator's password.
    pub password_hash: &'a PasswordHash,
}

/// Creates the first account, which requires a second factor, and its administrator. Of any number of tries with the link one
/// succeeds, and none where there is an account already (R34); then `false`.
///
/// # Errors
/// Where the database fails.
pub async fn create_first(db: &Db, first: &First<'_>, now: UnixTime) -> Result<bool> {
    let account = "insert into accounts (id, name, created_at, two_factor_required_at)
        select $1, $2, $3, $3 where not exists (select 1 from accounts)";
    let user = "insert into users (id, email, name, password_hash, created_at, password_changed_at)
        values ($1, $2, $3, $4, $5, $5)";
    let join = "insert into memberships (account_id, user_id, created_at, admin_since) values ($1, $2, $3, $3)";
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        let used = sqlx::query("delete from links where token_hash = $1 and kind = 'first_run' and expires_at > $2")
            .bind(first.link.as_str()).bind(now).execute(&mut *tx).await?.rows_affected();
        let created = sqlx::query(account).bind(first.account_id).bind(first.account).bind(now).execute(&mut *tx).await?;
        if used == 0 || created.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(user).bind(first.user_id).bind(first.email.as_str()).bind(first.name)
            .bind(first.password_hash.as_str()).bind(now).execute(&mut *tx).await?;
        sqlx::query(join).bind(first.account_id).bind(first.user_id).bind(now).execute(&mut *tx).await?;
        sqlx::query("delete from links where kind = 'first_run'").execute(&mut *tx).await?;
        tx.commit().await?;
        Ok::<_, Error>(true)
    })
}

/// An account's name; empty where there is no such account.
///
/// # Errors
/// Where the database fails.
pub async fn name(db: &Db, id: &str) -> Result<String> {
    let sql = "select name from accounts where id = $1";
    let name: Option<String> = on!(db.read, pool => sqlx::query_scalar(sql).bind(id).fetch_optional(pool).await)?;
    Ok(name.unwrap_or_default())
}

/// Switches the requirement of a second factor, keeping the time since when it holds; `false` where there is no such account.
///
/// # Errors
/// Where the database fails.
pub async fn require_two_factor(db: &Db, name: &str, since: Option<UnixTime>) -> Result<bool> {
    let sql = "update accounts set two_factor_required_at =
                   case when cast($2 as bigint) is null then null else coalesce(two_factor_required_at, $2) end,
                   security_version = security_version + 1
               where name = $1";
    let changed = on!(db.write, pool => {
        sqlx::query(sql).bind(name).bind(since).execute(pool).await?.rows_affected()
    });
    Ok(changed == 1)
}

#[derive(sqlx::FromRow)]
struct Membership {
    id: String,
    name: String,
    #[sqlx(flatten)]
    access: Access,
}

/// The accounts that a user can use from this address, by name.
///
/// # Errors
/// Where the database fails.
pub async fn of_user(db: &Db, user_id: &str, address: IpAddr, now: UnixTime) -> Result<Vec<AccountMembership>> {
    let sql = "select a.id, a.name, m.admin_since, m.allowed_addresses as user_addresses, a.two_factor_required_at,
            a.password_max_age_days, a.allowed_addresses, a.previous_addresses, a.addresses_confirm_by, a.security_version
        from memberships m join accounts a on a.id = m.account_id where m.user_id = $1 order by a.name";
    let rows: Vec<Membership> = on!(db.read, pool => sqlx::query_as(sql).bind(user_id).fetch_all(pool).await)?;
    let open = rows.into_iter().filter(|row| row.access.allows(address, now));
    Ok(open
        .map(|row| AccountMembership { id: row.id, name: row.name, admin: row.access.admin_since.is_some() })
        .collect())
}

/// Names of the user's accounts that require a second factor. One is enough to require it: the strictest wins.
///
/// # Errors
/// Where the database fails.
pub async fn requiring_two_factor(db: &Db, user_id: &str) -> Result<Vec<String>> {
    let sql = "select a.name from memberships m join accounts a on a.id = m.account_id
               where m.user_id = $1 and a.two_factor_required_at is not null order by a.name";
    on!(db.read, pool => sqlx::query_scalar(sql).bind(user_id).fetch_all(pool).await)
}

/// Whether there is no account at all: the database is new.
///
/// # Errors
/// Where the database fails.
pub async fn none_exist(db: &Db) -> Result<bool> {
    let first: Option<String> =
        on!(db.read, pool => sqlx::query_scalar("select id from accounts limit 1").fetch_optional(pool).await)?;
    Ok(first.is_none())
}
