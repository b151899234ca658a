//! Challenges for passkeys that wait for a response. A challenge works once, for one purpose, in the session or the browser for which it
//! was made: [`take`] deletes it.

use super::{Db, Result, Tx};
use crate::auth::passkey::{CHALLENGE_S, Challenge};
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::SessionId;

/// Challenges that one session can have for one purpose: one for each of its tabs.
pub const MOST_OF_SESSION: i64 = 5;

/// What a challenge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// A log-in by passkey alone.
    SignIn,
    /// A second factor after the password.
    SecondFactor,
    /// A second factor in a session.
    StepUp,
    /// The first second factor of a user who must have one.
    SetUp,
    /// A further passkey.
    Add,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::SecondFactor => "second_factor",
            Self::StepUp => "step_up",
            Self::SetUp => "set_up",
            Self::Add => "add",
        }
    }
}

/// What a challenge is bound to.
#[derive(Clone, Copy, Debug)]
pub enum Holder<'a> {
    /// A session.
    Session {
        /// Its id.
        id: &'a SessionId,
        /// Hash of the token in the request. The session must still have it when a challenge is kept.
        token: &'a TokenHash,
    },
    /// A browser without a session.
    Browser {
        /// Hash of its token.
        token: &'a TokenHash,
    },
}

impl<'a> Holder<'a> {
    const fn session(self) -> Option<&'a SessionId> {
        match self {
            Self::Session { id, .. } => Some(id),
            Self::Browser { .. } => None,
        }
    }

    const fn browser(self) -> Option<&'a TokenHash> {
        match self {
            Self::Session { .. } => None,
            Self::Browser { token } => Some(token),
        }
    }
}

/// Keeps a challenge until it is answered or expires, in place of the session's oldest one if the session has as many as it may have.
/// Challenges of browsers without a session are limited when they are requested. Returns when it expires; `None` if the session has ended.
pub async fn keep(
    db: &Db,
    purpose: Purpose,
    holder: Holder<'_>,
    challenge: &Challenge,
    now: UnixTime,
) -> Result<Option<UnixTime>> {
    let expires_at = now + CHALLENGE_S;
    let mut tx = db.begin().await?;
    if let Holder::Session { id, token } = holder {
        // Locks the row, so that the session does not end before the commit.
        let claim = "update sessions set last_seen_at = last_seen_at where id = $1 and token_hash = $2";
        if sqlx::query(claim).bind(id).bind(token).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(None);
        }
        make_room(&mut tx, purpose, id).await?;
    }
    let sql = "insert into passkey_ceremonies (challenge, purpose, session_id, browser_hash, state, expires_at)
        values ($1, $2, $3, $4, $5, $6)";
    sqlx::query(sql)
        .bind(&challenge.challenge)
        .bind(purpose.as_str())
        .bind(holder.session())
        .bind(holder.browser())
        .bind(&challenge.state)
        .bind(expires_at)
        .execute(&mut *tx)
        .await?;
    tx.commit().await?;
    Ok(Some(expires_at))
}

async fn make_room(tx: &mut Tx, purpose: Purpose, session_id: &SessionId) -> Result<()> {
    let sql = "delete from passkey_ceremonies where challenge in (select challenge from passkey_ceremonies
        where session_id = $1 and purpose = $2 order by expires_at desc, challenge limit 1000 offset $3)";
    let oldest = sqlx::query(sql).bind(session_id).bind(purpose.as_str()).bind(MOST_OF_SESSION - 1);
    oldest.execute(&mut **tx).await.map(drop)
}

/// Uses up a challenge. Returns the state with which the response is checked. `None` if it has expired, was used before, or was made for another
/// purpose, session or browser.
pub async fn take(
    db: &Db,
    purpose: Purpose,
    holder: Holder<'_>,
    challenge: &str,
    now: UnixTime,
) -> Result<Option<String>> {
    let of_session = "delete from passkey_ceremonies where challenge = $1 and purpose = $2 and expires_at > $3
        and session_id = $4 returning state";
    let of_browser = "delete from passkey_ceremonies where challenge = $1 and purpose = $2 and expires_at > $3
        and browser_hash = $4 returning state";
    let taken = match holder {
        Holder::Session { id, .. } => {
            sqlx::query_scalar(of_session).bind(challenge).bind(purpose.as_str()).bind(now).bind(id)
        }
        Holder::Browser { token } => {
            sqlx::query_scalar(of_browser).bind(challenge).bind(purpose.as_str()).bind(now).bind(token)
        }
    };
    taken.fetch_optional(&db.write).await
}

/// Removes at most `limit` challenges that have expired. Returns whether there may be more.
pub async fn remove_stale(db: &Db, now: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from passkey_ceremonies where challenge in
        (select challenge from passkey_ceremonies where expires_at <= $1 limit $2)";
    let removed = sqlx::query(sql).bind(now).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
