//! Codes that carry a log-in from the portal to an application's host. A code can be used once, by the browser that began the
//! log-in, for one application.

use super::{Db, Result, Tx};
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::{ApplicationId, SessionId};

/// How long a code can be used, in seconds.
pub const LIFETIME_S: i64 = 60;

/// A code to issue.
#[derive(Clone, Copy, Debug)]
pub struct NewCode<'a> {
    /// Hash of the code.
    pub code: &'a TokenHash,
    /// Hash of the token that identifies the browser on the application's host.
    pub begin: &'a TokenHash,
    /// The portal's session.
    pub session_id: &'a SessionId,
    /// Hash of that session's token.
    pub token: &'a TokenHash,
    /// The application.
    pub application_id: &'a ApplicationId,
    /// Path and query of the requested page.
    pub target: &'a str,
    /// Now.
    pub now: UnixTime,
}

/// What a code was issued for.
#[derive(Debug, sqlx::FromRow)]
pub(super) struct Issued {
    pub(super) begin_hash: TokenHash,
    pub(super) session_id: SessionId,
    pub(super) target: String,
}

/// Issues a code, and removes expired codes of the session; `false` if the session has ended or has a new token, or its user
/// must replace the password or is locked.
pub async fn issue(db: &Db, new: &NewCode<'_>) -> Result<bool> {
    let sql = "delete from application_codes where session_id = $1 and expires_at <= $2";
    sqlx::query(sql).bind(new.session_id).bind(new.now).execute(&db.write).await?;
    let sql = "insert into application_codes (code_hash, begin_hash, session_id, application_id, target, expires_at)
        select $1, $2, s.id, a.id, $3, $4
        from sessions s join users u on u.id = s.user_id join applications a on a.id = $5
        where s.id = $6 and s.token_hash = $7 and s.authenticated_at is not null and s.new_password_since is null
            and s.expires_at > $8 and u.locked_at is null";
    let issued = sqlx::query(sql)
        .bind(new.code)
        .bind(new.begin)
        .bind(new.target)
        .bind(new.now + LIFETIME_S)
        .bind(new.application_id)
        .bind(new.session_id)
        .bind(new.token)
        .bind(new.now)
        .execute(&db.write)
        .await?;
    Ok(issued.rows_affected() == 1)
}

/// Uses up a code for this application, whichever browser shows it; `None` if there is no such code, or it has expired.
pub(super) async fn take(
    tx: &mut Tx,
    code: &TokenHash,
    application_id: &ApplicationId,
    now: UnixTime,
) -> Result<Option<Issued>> {
    let sql = "delete from application_codes where code_hash = $1 and application_id = $2 and expires_at > $3
        returning begin_hash, session_id, target";
    sqlx::query_as(sql).bind(code).bind(application_id).bind(now).fetch_optional(&mut **tx).await
}

/// Removes at most `limit` codes that have expired. Returns whether there may be more.
pub async fn remove_ended(db: &Db, now: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from application_codes
        where code_hash in (select code_hash from application_codes where expires_at <= $1 limit $2)";
    let removed = sqlx::query(sql).bind(now).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
