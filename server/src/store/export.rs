//! Users with what lets them log in, for a file that another system reads.

use postern_types::Email;

use super::totp_secrets::{self, StoredSecret};
use super::{Db, Result};
use crate::auth::cipher::Sealed;
use crate::auth::password::PasswordHash;
use crate::clock::UnixTime;
use crate::ids::UserId;

/// A user.
#[derive(Debug)]
pub struct Leaving {
    /// The user's id.
    pub user_id: UserId,
    /// The user name.
    pub email: Email,
    /// The display name.
    pub name: String,
    /// Hash of the password.
    pub password_hash: PasswordHash,
    /// Whether somebody else chose the password.
    pub temporary: bool,
    /// Whether the operator keeps the user out.
    pub locked: bool,
    /// How many passkeys the user has.
    pub passkeys: i64,
    /// The authenticator app.
    pub factor: Option<std::result::Result<StoredSecret, UnknownParameters>>,
    /// Whether it is disabled after too many wrong codes.
    pub factor_disabled: bool,
}

/// Another version of the program has written parameters that this one does not know.
#[derive(Clone, Copy, Debug)]
pub struct UnknownParameters;

#[derive(sqlx::FromRow)]
struct Row {
    id: UserId,
    email: Email,
    name: String,
    password_hash: PasswordHash,
    password_temporary_since: Option<UnixTime>,
    locked_at: Option<UnixTime>,
    passkeys: i64,
    secret_sealed: Option<Sealed>,
    algorithm: Option<String>,
    digits: Option<i64>,
    period_s: Option<i64>,
    disabled_at: Option<UnixTime>,
}

/// The next `limit` users after a user name, by name; `account` is the only account whose users count, if it is given.
pub async fn page(db: &Db, account: Option<&str>, after: Option<&Email>, limit: i64) -> Result<Vec<Leaving>> {
    let sql = "select u.id, u.email, u.name, u.password_hash, u.password_temporary_since, u.locked_at,
            (select count(*) from passkeys p where p.user_id = u.id) as passkeys,
            f.secret_sealed, f.algorithm, f.digits, f.period_s, f.disabled_at
        from users u left join totp_factors f on f.user_id = u.id
        where u.email > $1 and (cast($2 as text) is null or exists (select 1 from memberships m
            join accounts a on a.id = m.account_id where m.user_id = u.id and a.name = cast($2 as text)))
        order by u.email limit $3";
    let after = after.map(Email::as_str).unwrap_or_default();
    let rows: Vec<Row> = sqlx::query_as(sql).bind(after).bind(account).bind(limit).fetch_all(&db.read).await?;
    Ok(rows.into_iter().map(leaving).collect())
}

fn leaving(row: Row) -> Leaving {
    let Row { secret_sealed, algorithm, digits, period_s, .. } = row;
    let factor = secret_sealed.map(|sealed| {
        let columns = algorithm.zip(digits).zip(period_s);
        let read = columns
            .and_then(|((algorithm, digits), period_s)| totp_secrets::read((sealed, algorithm, digits, period_s)));
        read.ok_or(UnknownParameters)
    });
    Leaving {
        user_id: row.id,
        email: row.email,
        name: row.name,
        password_hash: row.password_hash,
        temporary: row.password_temporary_since.is_some(),
        locked: row.locked_at.is_some(),
        passkeys: row.passkeys,
        factor,
        factor_disabled: row.disabled_at.is_some(),
    }
}

/// The accounts of a user, by name: whether with the administrator role, and whether locked.
pub async fn accounts(db: &Db, user_id: &UserId) -> Result<Vec<(String, bool, bool)>> {
    let sql = "select a.name, m.admin_since, m.locked_at from memberships m join accounts a on a.id = m.account_id
        where m.user_id = $1 order by a.name";
    let rows: Vec<(String, Option<UnixTime>, Option<UnixTime>)> =
        sqlx::query_as(sql).bind(user_id).fetch_all(&db.read).await?;
    Ok(rows.into_iter().map(|(name, admin, locked)| (name, admin.is_some(), locked.is_some())).collect())
}
