//! Customer accounts and who is a member of them.

use postern_types::AccountMembership;

use super::{Db, Result, on};
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

/// Switches the requirement of a second factor, keeping the time since when it holds; `false` where there is no such account.
///
/// # Errors
/// Where the database fails.
pub async fn require_two_factor(db: &Db, name: &str, since: Option<UnixTime>) -> Result<bool> {
    let sql = "update accounts set two_factor_required_at =
                   case when cast($2 as bigint) is null then null else coalesce(two_factor_required_at, $2) end
               where name = $1";
    let changed = on!(db.write, pool => {
        sqlx::query(sql).bind(name).bind(since).execute(pool).await?.rows_affected()
    });
    Ok(changed == 1)
}

/// The accounts of a user, by name.
///
/// # Errors
/// Where the database fails.
pub async fn of_user(db: &Db, user_id: &str) -> Result<Vec<AccountMembership>> {
    let sql = "select a.id, a.name, m.admin_since from memberships m join accounts a on a.id = m.account_id
               where m.user_id = $1 order by a.name";
    let rows: Vec<(String, String, Option<UnixTime>)> =
        on!(db.read, pool => sqlx::query_as(sql).bind(user_id).fetch_all(pool).await)?;
    Ok(rows.into_iter().map(|(id, name, since)| AccountMembership { id, name, admin: since.is_some() }).collect())
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
