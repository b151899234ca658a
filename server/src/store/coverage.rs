//! How well user accounts are protected, in numbers, for the operator.

use super::{Db, Result};
use crate::clock::UnixTime;

/// Second factors of the users who are active in an account that requires one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Factors {
    /// These users.
    pub users: i64,
    /// Those who have not set one up yet.
    pub missing: i64,
    /// Those who have one that does not work: it was disabled, or is gone.
    pub unusable: i64,
}

/// Active administrators.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Administrators {
    /// All of them, once for each account.
    pub all: i64,
    /// Those who were added before the first given time, and have never logged in since.
    pub never: i64,
    /// Those who have last logged in before the second given time.
    pub long_ago: i64,
}

/// Counts second factors.
pub async fn factors(db: &Db) -> Result<Factors> {
    let sql = "select count(*) as users, count(case when u.two_factor_since is null then 1 end) as missing,
            count(case when u.two_factor_since is not null
                and not exists (select 1 from totp_factors f where f.user_id = u.id and f.disabled_at is null)
                and not exists (select 1 from passkeys p where p.user_id = u.id) then 1 end) as unusable
        from users u where u.locked_at is null and exists (select 1 from memberships m join accounts a on a.id = m.account_id
            where m.user_id = u.id and m.locked_at is null and a.two_factor_required_at is not null)";
    sqlx::query_as(sql).fetch_one(&db.read).await
}

/// Counts administrators, and those who do not seem to be needed.
pub async fn administrators(db: &Db, added_before: UnixTime, seen_before: UnixTime) -> Result<Administrators> {
    let sql = "select count(*) as \"all\",
            count(case when m.last_sign_in_at is null and m.created_at < $1 then 1 end) as never,
            count(case when m.last_sign_in_at < $2 then 1 end) as long_ago
        from memberships m join users u on u.id = m.user_id
        where m.admin_since is not null and m.locked_at is null and u.locked_at is null";
    sqlx::query_as(sql).bind(added_before).bind(seen_before).fetch_one(&db.read).await
}
