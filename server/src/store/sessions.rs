//! Sessions, found by the hash of the token that a browser holds. The token is new at every step of a log-in (R23).

use std::net::IpAddr;

use postern_types::MySession;

use super::login_history::{Entry, Factor, Outcome, insert, log};
use super::{Db, Error, Result, known_browsers, on};
use crate::auth::token::TokenHash;
use crate::clock::{UnixTime, rfc3339};

/// A live session and whose it is.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Session {
    /// Lasting id; the token changes, the id does not.
    pub id: String,
    /// The user's id.
    pub user_id: String,
    /// The user name.
    pub email: String,
    /// The display name.
    pub name: String,
    /// Since when the user has a second factor.
    pub two_factor_since: Option<UnixTime>,
    /// Since when every factor was shown; `None` while only the password was.
    pub authenticated_at: Option<UnixTime>,
    /// When this session last showed a second factor.
    pub factor_shown_at: Option<UnixTime>,
    /// Since when the password must be replaced before the session is worth anything.
    pub new_password_since: Option<UnixTime>,
    /// Since when the password is one that somebody else chose.
    pub password_temporary_since: Option<UnixTime>,
    /// Last request, to the minute.
    pub last_seen_at: UnixTime,
    /// Absolute end.
    pub expires_at: UnixTime,
    /// The log-in before this one.
    pub previous_sign_in_at: Option<UnixTime>,
    /// Where that came from.
    pub previous_sign_in_address: Option<String>,
}

/// A log-in that goes on after a right password.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    /// A fresh id.
    pub id: &'a str,
    /// Hash of the fresh token.
    pub token: &'a TokenHash,
    /// The user's id.
    pub user_id: &'a str,
    /// Now.
    pub now: UnixTime,
    /// Absolute end.
    pub expires_at: UnixTime,
    /// The client's address.
    pub address: IpAddr,
    /// What the browser calls itself, cut to a sane length.
    pub user_agent: &'a str,
    /// The session that the same browser had before; it ends.
    pub replaces: Option<&'a TokenHash>,
}

/// A pending session on its way to a full one.
#[derive(Clone, Copy, Debug)]
pub struct Promotion<'a> {
    /// The session's id.
    pub session_id: &'a str,
    /// The user's id.
    pub user_id: &'a str,
    /// Hash of the token that showed the password.
    pub from: &'a TokenHash,
    /// Hash of the token that takes its place.
    pub to: &'a TokenHash,
    /// Hash of the token by which this browser will be known.
    pub browser: &'a TokenHash,
    /// Now.
    pub now: UnixTime,
    /// Absolute end of the full session.
    pub expires_at: UnixTime,
    /// The client's address.
    pub address: IpAddr,
}

impl<'a> Promotion<'a> {
    pub(super) const fn entry(&self, outcome: Outcome) -> Entry<'a> {
        let (user_id, at, address) = (Some(self.user_id), self.now, self.address);
        Entry { user_id, at, address, factor: Factor::Totp, outcome }
    }
}

const FIND: &str = "select s.id, s.user_id, u.email, u.name, u.two_factor_since, s.authenticated_at, s.factor_shown_at,
        s.new_password_since, u.password_temporary_since, s.last_seen_at, s.expires_at, s.previous_sign_in_at, s.previous_sign_in_address
    from sessions s join users u on u.id = s.user_id
    where s.token_hash = $1 and s.expires_at > $2 and (s.authenticated_at is null or s.last_seen_at > $3)
        and u.locked_at is null";
const BEGIN: &str = "insert into sessions (id, token_hash, user_id, created_at, last_seen_at, expires_at, address,
        user_agent, authenticated_at, previous_sign_in_at, previous_sign_in_address, new_password_since)
    select $1, $2, id, $4, $4, $5, $6, $7, $8, last_sign_in_at, last_sign_in_address,
        case when cast($8 as bigint) is not null and (password_temporary_since is not null or exists (
            select 1 from memberships m join accounts a on a.id = m.account_id
            where m.user_id = users.id and users.password_changed_at + a.password_max_age_days * 86400 <= $4)) then $4 end
    from users where id = $3 and locked_at is null and (cast($8 as bigint) is null or two_factor_since is null
        and not exists (select 1 from memberships m join accounts a on a.id = m.account_id
            where m.user_id = users.id and a.two_factor_required_at is not null))";
/// The first statement of whatever begins or promotes a session: a user who is locked or gone gets none, and one who is being
/// locked waits for it, and it for them, in this order alone.
pub(super) const CLAIM_USER: &str =
    "update users set last_sign_in_at = last_sign_in_at where id = $1 and locked_at is null";
const CARRY_OVER: &str = "update pending_totp_factors set session_id = $1
    where user_id = $2 and session_id = (select id from sessions where token_hash = $3)";
const END: &str = "delete from sessions where token_hash = $1";
pub(super) const SIGNED_IN: &str = "update users set last_sign_in_at = $2, last_sign_in_address = $3 where id = $1";
pub(super) const PROMOTE: &str = "update sessions set token_hash = $3, authenticated_at = $4, last_seen_at = $4,
        expires_at = $5, address = $6, factor_shown_at = $4,
        new_password_since = (select $4 from users u where u.id = user_id and (u.password_temporary_since is not null
            or exists (select 1 from memberships m join accounts a on a.id = m.account_id
                where m.user_id = u.id and u.password_changed_at + a.password_max_age_days * 86400 <= $4))),
        previous_sign_in_at = (select last_sign_in_at from users where id = user_id),
        previous_sign_in_address = (select last_sign_in_address from users where id = user_id)
    where id = $1 and token_hash = $2 and authenticated_at is null and expires_at > $4";

/// The live session of a token: not over, not idle for `idle_s` seconds, its user not locked (R26, R27).
///
/// # Errors
/// Where the database fails.
pub async fn find(db: &Db, token: &TokenHash, now: UnixTime, idle_s: i64) -> Result<Option<Session>> {
    on!(db.read, pool => {
        sqlx::query_as(FIND).bind(token.as_str()).bind(now).bind(now - idle_s).fetch_optional(pool).await
    })
}

/// Notes that a session was used.
///
/// # Errors
/// Where the database fails.
pub async fn touch(db: &Db, session_id: &str, now: UnixTime) -> Result<()> {
    let sql = "update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2";
    on!(db.write, pool => sqlx::query(sql).bind(session_id).bind(now).execute(pool).await.map(drop))
}

/// Begins a session that has shown the password only, and records that. A set-up that the same browser had begun for the
/// same user goes on in it (R6). `false` where the user was locked or removed meanwhile.
///
/// # Errors
/// Where the database fails.
pub async fn begin_pending(db: &Db, new: NewSession<'_>) -> Result<bool> {
    begin(db, new, Outcome::NextFactor, None).await
}

/// Begins a full session of a user who needs no second factor, and records that. `false` where that is not so: the user has
/// a factor, an account requires one, or the user was locked or removed.
///
/// # Errors
/// Where the database fails.
pub async fn begin_full(db: &Db, new: NewSession<'_>, browser: &TokenHash) -> Result<bool> {
    begin(db, new, Outcome::SignedIn, Some(browser)).await
}

async fn begin(db: &Db, new: NewSession<'_>, outcome: Outcome, browser: Option<&TokenHash>) -> Result<bool> {
    let (user_id, at, address) = (Some(new.user_id), new.now, new.address);
    let entry = Entry { user_id, at, address, factor: Factor::Password, outcome };
    let address = address.to_string();
    let begun = on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        sqlx::query(CLAIM_USER).bind(new.user_id).execute(&mut *tx).await?;
        let begun = sqlx::query(BEGIN).bind(new.id).bind(new.token.as_str()).bind(new.user_id).bind(new.now)
            .bind(new.expires_at).bind(&address).bind(new.user_agent).bind(browser.map(|_| new.now))
            .execute(&mut *tx).await?.rows_affected() == 1;
        if begun {
            if let Some(old) = new.replaces {
                sqlx::query(CARRY_OVER).bind(new.id).bind(new.user_id).bind(old.as_str()).execute(&mut *tx).await?;
                sqlx::query(END).bind(old.as_str()).execute(&mut *tx).await?;
            }
            if let Some(browser) = browser {
                sqlx::query(SIGNED_IN).bind(new.user_id).bind(new.now).bind(&address).execute(&mut *tx).await?;
                sqlx::query(known_browsers::REMEMBER).bind(browser.as_str()).bind(new.user_id).bind(new.now)
                    .execute(&mut *tx).await?;
            }
            insert!(entry).execute(&mut *tx).await?;
            tx.commit().await?;
        }
        Ok::<_, Error>(begun)
    })?;
    if begun {
        log(entry);
    }
    Ok(begun)
}

/// Ends the session of a token, and with it a set-up that it had begun.
///
/// # Errors
/// Where the database fails.
pub async fn end(db: &Db, token: &TokenHash) -> Result<()> {
    on!(db.write, pool => sqlx::query(END).bind(token.as_str()).execute(pool).await.map(drop))
}

/// A user's complete sessions, the latest first.
///
/// # Errors
/// Where the database fails.
pub async fn of_user(db: &Db, user_id: &str, current: &str, now: UnixTime, idle_s: i64) -> Result<Vec<MySession>> {
    let sql = "select id, address, user_agent, authenticated_at, last_seen_at from sessions
        where user_id = $1 and authenticated_at is not null and expires_at > $2 and last_seen_at > $3
        order by last_seen_at desc, id";
    let rows: Vec<(String, String, String, UnixTime, UnixTime)> = on!(db.read, pool => {
        sqlx::query_as(sql).bind(user_id).bind(now).bind(now - idle_s).fetch_all(pool).await
    })?;
    let session = |(id, address, user_agent, since, last_seen)| MySession {
        current: id == current,
        id,
        address,
        user_agent,
        since: rfc3339(since),
        last_seen: rfc3339(last_seen),
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Ends one of a user's sessions; `false` where there is no such session.
///
/// # Errors
/// Where the database fails.
pub async fn end_one(db: &Db, user_id: &str, id: &str) -> Result<bool> {
    let sql = "delete from sessions where user_id = $1 and id = $2";
    Ok(on!(db.write, pool => sqlx::query(sql).bind(user_id).bind(id).execute(pool).await?.rows_affected()) == 1)
}

/// Ends all of a user's sessions but one.
///
/// # Errors
/// Where the database fails.
pub async fn end_others(db: &Db, user_id: &str, id: &str) -> Result<()> {
    let sql = "delete from sessions where user_id = $1 and id <> $2";
    on!(db.write, pool => sqlx::query(sql).bind(user_id).bind(id).execute(pool).await.map(drop))
}

/// Removes sessions that are over or were idle too long.
///
/// # Errors
/// Where the database fails.
pub async fn remove_ended(db: &Db, now: UnixTime, idle_s: i64) -> Result<()> {
    let sql = "delete from sessions where expires_at <= $1 or (authenticated_at is not null and last_seen_at <= $2)";
    on!(db.write, pool => sqlx::query(sql).bind(now).bind(now - idle_s).execute(pool).await.map(drop))
}
