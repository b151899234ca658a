//! Users: who may log in, and with which password.

use postern_types::Email;

use super::outbox::queue;
use super::{Db, Error, Result, on};
use crate::auth::password::PasswordHash;
use crate::clock::UnixTime;
use crate::mail::Queued;

/// What the password step needs to know of a user.
#[derive(Debug)]
pub struct Credentials {
    /// The user's id.
    pub user_id: String,
    /// Hash of the password.
    pub password_hash: PasswordHash,
    /// Locked users do not get in.
    pub locked: bool,
    /// Whether the user has set up a second factor.
    pub has_factor: bool,
}

/// A user to add.
#[derive(Debug)]
pub struct NewUser<'a> {
    /// A fresh id.
    pub id: &'a str,
    /// The user name.
    pub email: &'a Email,
    /// The display name; may be empty.
    pub name: &'a str,
    /// Name of the account that the user becomes a member of.
    pub account: &'a str,
    /// With the administrator role?
    pub admin: bool,
    /// Able to log in at once? A new user otherwise starts locked.
    pub active: bool,
    /// Hash of the first password.
    pub password_hash: &'a PasswordHash,
    /// Whether it must be replaced at the first log-in, because somebody else chose it (R18).
    pub temporary: bool,
}

/// What became of [`add`].
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Added {
    /// The user and the membership are there.
    Yes,
    /// The e-mail is a user already.
    EmailTaken,
    /// There is no account of this name.
    NoSuchAccount,
}

/// One line of [`list`].
#[derive(Debug, serde::Serialize, sqlx::FromRow)]
pub struct Listed {
    /// The user's id.
    pub id: String,
    /// The user name.
    pub email: String,
    /// The display name.
    pub name: String,
    /// Since when the user is locked, in unix seconds.
    pub locked_at: Option<UnixTime>,
    /// Since when the user has a second factor, in unix seconds.
    pub two_factor_since: Option<UnixTime>,
    /// The last log-in, in unix seconds.
    pub last_sign_in_at: Option<UnixTime>,
}

/// The credentials of the user of this name.
///
/// # Errors
/// Where the database fails.
pub async fn credentials(db: &Db, email: &Email) -> Result<Option<Credentials>> {
    let sql = "select id, password_hash, locked_at, two_factor_since from users where email = $1";
    let row: Option<(String, String, Option<UnixTime>, Option<UnixTime>)> =
        on!(db.read, pool => sqlx::query_as(sql).bind(email.as_str()).fetch_optional(pool).await)?;
    Ok(row.map(|(user_id, hash, locked_at, factor_since)| Credentials {
        user_id,
        password_hash: PasswordHash::from_stored(hash),
        locked: locked_at.is_some(),
        has_factor: factor_since.is_some(),
    }))
}

/// Adds a user as a member of an account, both or neither.
///
/// # Errors
/// Where the database fails.
pub async fn add(db: &Db, user: &NewUser<'_>, now: UnixTime) -> Result<Added> {
    let add_user = "insert into users (id, email, name, password_hash, created_at, locked_at, password_changed_at,
                        password_temporary_since)
                    values ($1, $2, $3, $4, $5, $6, $5, $7) on conflict (email) do nothing";
    let add_membership = "insert into memberships (account_id, user_id, created_at, admin_since)
                          select id, $2, $3, $4 from accounts where name = $1";
    let locked_at = (!user.active).then_some(now);
    let admin_since = user.admin.then_some(now);
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        let added = sqlx::query(add_user).bind(user.id).bind(user.email.as_str()).bind(user.name)
            .bind(user.password_hash.as_str()).bind(now).bind(locked_at).bind(user.temporary.then_some(now)).execute(&mut *tx).await?.rows_affected();
        if added == 0 {
            return Ok(Added::EmailTaken);
        }
        let joined = sqlx::query(add_membership).bind(user.account).bind(user.id).bind(now).bind(admin_since)
            .execute(&mut *tx).await?.rows_affected();
        if joined == 0 {
            return Ok(Added::NoSuchAccount);
        }
        tx.commit().await?;
        Ok(Added::Yes)
    })
}

/// Stores the hash of the same password with newer parameters, unless the password has changed meanwhile (R16).
///
/// # Errors
/// Where the database fails.
pub async fn rehash(db: &Db, user_id: &str, old: &PasswordHash, new: &PasswordHash) -> Result<()> {
    let sql = "update users set password_hash = $3 where id = $1 and password_hash = $2";
    on!(db.write, pool => {
        sqlx::query(sql).bind(user_id).bind(old.as_str()).bind(new.as_str()).execute(pool).await.map(drop)
    })
}

/// Locks a user and ends all sessions (R27); `false` where there is no such user.
///
/// # Errors
/// Where the database fails.
pub async fn lock(db: &Db, email: &Email, now: UnixTime) -> Result<bool> {
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        let user_id: Option<String> =
            sqlx::query_scalar("update users set locked_at = coalesce(locked_at, $2) where email = $1 returning id")
                .bind(email.as_str()).bind(now).fetch_optional(&mut *tx).await?;
        let Some(user_id) = user_id else { return Ok(false) };
        for sql in END_SESSIONS {
            sqlx::query(sql).bind(&user_id).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok::<_, Error>(true)
    })
}

/// Unlocks a user; `false` where there is no such user.
///
/// # Errors
/// Where the database fails.
pub async fn unlock(db: &Db, email: &Email) -> Result<bool> {
    let changed = on!(db.write, pool => {
        sqlx::query("update users set locked_at = null where email = $1").bind(email.as_str()).execute(pool).await?
            .rows_affected()
    });
    Ok(changed == 1)
}

/// Takes the second factor away, with all that belongs to it: set-ups that were begun, the count of wrong codes, every
/// session and every known browser. The next log-in asks for set-up again. `false` where there is no such user.
///
/// # Errors
/// Where the database fails.
pub async fn reset_two_factor(db: &Db, email: &Email, told: &Queued) -> Result<bool> {
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        let user_id: Option<String> =
            sqlx::query_scalar("update users set two_factor_since = null where email = $1 returning id")
                .bind(email.as_str()).fetch_optional(&mut *tx).await?;
        let Some(user_id) = user_id else { return Ok(false) };
        for sql in END_SESSIONS.into_iter().chain(FORGET_FACTOR) {
            sqlx::query(sql).bind(&user_id).execute(&mut *tx).await?;
        }
        queue!(told).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok::<_, Error>(true)
    })
}

pub(super) const END_SESSIONS: [&str; 2] =
    ["delete from sessions where user_id = $1", "delete from known_browsers where user_id = $1"];
pub(super) const FORGET_FACTOR: [&str; 3] = [
    "delete from totp_factors where user_id = $1",
    "delete from attempts where key = 'code:' || $1",
    "delete from attempts where key = 'set-up:' || $1",
];

/// All users, by e-mail.
///
/// # Errors
/// Where the database fails.
pub async fn list(db: &Db) -> Result<Vec<Listed>> {
    let sql = "select id, email, name, locked_at, two_factor_since, last_sign_in_at from users order by email";
    on!(db.read, pool => sqlx::query_as(sql).fetch_all(pool).await)
}
