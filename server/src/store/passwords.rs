//! Passwords that are replaced: at log-in, by their owner, through a link. Whatever replaces one ends the other sessions (R27).

use postern_types::Email;

use super::links::{self, Kind};
use super::outbox::queue;
use super::users::FORGET_FACTOR;
use super::{Db, Error, Result, on};
use crate::auth::password::PasswordHash;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::mail::Queued;

/// The session that a password is replaced from. It goes on under a new token (R23).
#[derive(Clone, Copy, Debug)]
pub struct FromSession<'a> {
    /// The session's id.
    pub session_id: &'a str,
    /// The user's id.
    pub user_id: &'a str,
    /// Hash of the session's token until now.
    pub from: &'a TokenHash,
    /// Hash of its token from now on.
    pub to: &'a TokenHash,
    /// Now.
    pub now: UnixTime,
}

/// The hash of a user's password.
///
/// # Errors
/// Where the database fails.
pub async fn hash(db: &Db, user_id: &str) -> Result<Option<PasswordHash>> {
    let sql = "select password_hash from users where id = $1";
    let hash: Option<String> = on!(db.read, pool => sqlx::query_scalar(sql).bind(user_id).fetch_optional(pool).await)?;
    Ok(hash.map(PasswordHash::from_stored))
}

const SET: &str = "update users set password_hash = $3, password_changed_at = $4, password_temporary_since = null
    where id = $1 and password_hash = $2";
const END_OTHERS: &str = "delete from sessions where user_id = $1 and id <> $2";
const FORGET: [&str; 2] = ["delete from known_browsers where user_id = $1", "delete from links where user_id = $1"];

/// Replaces the password that was compared with `old`; ends the user's other sessions, and links that were asked for. `false`
/// where the password or the session has changed meanwhile.
///
/// # Errors
/// Where the database fails.
pub async fn replace(
    db: &Db,
    from: FromSession<'_>,
    old: &PasswordHash,
    new: &PasswordHash,
    told: &Queued,
) -> Result<bool> {
    let rotate = "update sessions set token_hash = $3, new_password_since = null
        where id = $1 and token_hash = $2 and authenticated_at is not null and expires_at > $4";
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        let set = sqlx::query(SET).bind(from.user_id).bind(old.as_str()).bind(new.as_str()).bind(from.now)
            .execute(&mut *tx).await?.rows_affected();
        let rotated = sqlx::query(rotate).bind(from.session_id).bind(from.from.as_str()).bind(from.to.as_str())
            .bind(from.now).execute(&mut *tx).await?.rows_affected();
        if set == 0 || rotated == 0 {
            return Ok(false);
        }
        sqlx::query(END_OTHERS).bind(from.user_id).bind(from.session_id).execute(&mut *tx).await?;
        for sql in FORGET {
            sqlx::query(sql).bind(from.user_id).execute(&mut *tx).await?;
        }
        queue!(told).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok::<_, Error>(true)
    })
}

/// Keeps a link for a user and puts the mail that brings it into the outbox. Earlier links go on working until one is used, so
/// that a stranger who asks again and again takes none away. `false` where there is no such user who gets in.
///
/// # Errors
/// Where the database fails.
pub async fn keep_link(
    db: &Db,
    email: &Email,
    kind: Kind,
    token: &TokenHash,
    now: UnixTime,
    mail: Option<&Queued>,
) -> Result<bool> {
    let find = "update users set locked_at = locked_at where email = $1 and (locked_at is null or $2 = 'break_glass')
        returning id";
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        let user_id: Option<String> =
            sqlx::query_scalar(find).bind(email.as_str()).bind(kind.as_str()).fetch_optional(&mut *tx).await?;
        let Some(user_id) = user_id else { return Ok(false) };
        sqlx::query(links::INSERT).bind(token.as_str()).bind(kind.as_str()).bind(&user_id).bind(None::<String>).bind(now)
            .bind(now + kind.lifetime_s()).execute(&mut *tx).await?;
        if let Some(mail) = mail {
            queue!(mail).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok::<_, Error>(true)
    })
}

/// Uses a link for a password up: sets the password and ends all sessions. A break-glass link unlocks the user and takes the
/// second factor away as well. The user is told, except of a first password. `None` where the link does not work any more.
///
/// # Errors
/// Where the database fails.
pub async fn set_by_link(
    db: &Db,
    token: &TokenHash,
    new: &PasswordHash,
    now: UnixTime,
    told: &Queued,
) -> Result<Option<Kind>> {
    let set = "update users set password_hash = $2, password_changed_at = $3, password_temporary_since = null
        where id = $1 and (locked_at is null or $4 = 'break_glass')";
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        let used: Option<(String, Option<String>)> = sqlx::query_as(
            "delete from links where token_hash = $1 and expires_at > $2
                and kind in ('password', 'first_password', 'break_glass') returning kind, user_id",
        ).bind(token.as_str()).bind(now).fetch_optional(&mut *tx).await?;
        let Some((kind, Some(user_id))) = used else { return Ok(None) };
        let set = sqlx::query(set).bind(&user_id).bind(new.as_str()).bind(now).bind(&kind).execute(&mut *tx).await?;
        let Some(kind) = links::Kind::of(&kind).filter(|_| set.rows_affected() == 1) else { return Ok(None) };
        sqlx::query(END_OTHERS).bind(&user_id).bind("").execute(&mut *tx).await?;
        for sql in FORGET {
            sqlx::query(sql).bind(&user_id).execute(&mut *tx).await?;
        }
        if kind == Kind::BreakGlass {
            sqlx::query("update users set locked_at = null, two_factor_since = null where id = $1").bind(&user_id)
                .execute(&mut *tx).await?;
            for sql in FORGET_FACTOR {
                sqlx::query(sql).bind(&user_id).execute(&mut *tx).await?;
            }
        }
        if kind != Kind::FirstPassword {
            queue!(told).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok::<_, Error>(Some(kind))
    })
}
