//! Customer accounts.

use sqlx::AssertSqlSafe;

use super::{Db, Result, Tx};
use crate::clock::UnixTime;
use crate::display_name::DisplayName;
use crate::ids::{AccountId, UserId};

/// An account, for the operator.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Listed {
    /// Id.
    pub id: AccountId,
    /// Name.
    pub name: String,
    /// Since when it requires a second factor.
    pub two_factor_required_at: Option<UnixTime>,
    /// How its users can use passkeys: a word of [`PasskeyPolicy`](postern_types::PasskeyPolicy).
    pub passkeys: String,
    /// Number of its users.
    pub users: i64,
}

/// All accounts, by name.
pub async fn list(db: &Db) -> Result<Vec<Listed>> {
    let sql = "select a.id, a.name, a.two_factor_required_at, a.passkeys,
            (select count(*) from memberships m where m.account_id = a.id) as users
        from accounts a order by a.name";
    sqlx::query_as(sql).fetch_all(&db.read).await
}

/// Adds an account; `false` if the name is taken.
pub(super) async fn add(tx: &mut Tx, id: &AccountId, name: &DisplayName, now: UnixTime) -> Result<bool> {
    let sql = "insert into accounts (id, name, created_at) values ($1, $2, $3) on conflict (name) do nothing";
    let added = sqlx::query(sql).bind(id).bind(name).bind(now).execute(&mut **tx).await?;
    Ok(added.rows_affected() == 1)
}

/// Adds the very first account, which requires a second factor; `false` if there is already an account.
pub(super) async fn add_first(tx: &mut Tx, id: &AccountId, name: &DisplayName, now: UnixTime) -> Result<bool> {
    let sql = "insert into accounts (id, name, created_at, two_factor_required_at)
        select $1, $2, $3, $3 where not exists (select 1 from accounts)";
    let added = sqlx::query(sql).bind(id).bind(name).bind(now).execute(&mut **tx).await?;
    Ok(added.rows_affected() == 1)
}

/// An account's name; empty if there is no such account.
pub async fn name(db: &Db, id: &AccountId) -> Result<String> {
    let name = sqlx::query_scalar("select name from accounts where id = $1").bind(id).fetch_optional(&db.read).await?;
    Ok(name.unwrap_or_default())
}

/// The ids of all accounts.
pub(super) async fn ids(tx: &mut Tx) -> Result<Vec<AccountId>> {
    sqlx::query_scalar("select id from accounts order by id").fetch_all(&mut **tx).await
}

/// Takes the row of the account of this name, as [`claim`] does.
pub(super) async fn claim_named(tx: &mut Tx, name: &str) -> Result<Option<AccountId>> {
    let sql = "update accounts set security_version = security_version where name = $1 returning id";
    sqlx::query_scalar(sql).bind(name).fetch_optional(&mut **tx).await
}

/// Account `a`, of which user `u` is a member by `m`, requires a second factor: of everybody, or of this user after a reset that only
/// the set-up code completes. Otherwise the password alone would be enough after such a reset.
pub(super) const REQUIRES_TWO_FACTOR: &str = "m.locked_at is null
    and (a.two_factor_required_at is not null or a.reset_set_up_code_since <= u.two_factor_reset_at)";

/// Names of the accounts that require a second factor and have not locked the user. If there is one, the user needs a second factor.
pub async fn requiring_two_factor(db: &Db, user_id: &UserId) -> Result<Vec<String>> {
    let sql = format!(
        "select a.name from memberships m join accounts a on a.id = m.account_id join users u on u.id = m.user_id
        where m.user_id = $1 and {REQUIRES_TWO_FACTOR} order by a.name"
    );
    sqlx::query_scalar(AssertSqlSafe(sql)).bind(user_id).fetch_all(&db.read).await
}

/// Whether an account of the user requires a second factor, or demands set-up codes: then the user cannot be without one.
pub(super) async fn any_relies_on_factor(tx: &mut Tx, user_id: &UserId) -> Result<bool> {
    let sql = format!(
        "select count(*) from memberships m join accounts a on a.id = m.account_id join users u on u.id = m.user_id
        where m.user_id = $1 and ({REQUIRES_TWO_FACTOR} or a.reset_set_up_code_since is not null)"
    );
    let relying: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).bind(user_id).fetch_one(&mut **tx).await?;
    Ok(relying > 0)
}

/// Whether there is no account yet: the database is new.
pub async fn none_exist(db: &Db) -> Result<bool> {
    let first: Option<String> = sqlx::query_scalar("select id from accounts limit 1").fetch_optional(&db.read).await?;
    Ok(first.is_none())
}

/// Locks the row of an account, so that changes to it are serialized.
pub(super) async fn claim(tx: &mut Tx, id: &AccountId) -> Result<()> {
    let sql = "update accounts set security_version = security_version where id = $1";
    sqlx::query(sql).bind(id).execute(&mut **tx).await.map(drop)
}
