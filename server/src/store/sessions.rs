//! Sessions, found by the hash of the token that a browser holds. Every step of a log-in changes the token (R23).

use postern_types::{Factor, MySession};
use sqlx::AssertSqlSafe;

use super::accounts::REQUIRES_TWO_FACTOR;
use super::session::Session;
use super::{Db, Result, Tx, application_sessions};
use crate::addresses::ClientAddress;
use crate::auth::factors::ShownFactors;
use crate::auth::token::TokenHash;
use crate::auth::totp::TimeStep;
use crate::clock::{UnixTime, rfc3339};
use crate::ids::{SessionId, UserId};

/// The most full sessions of one user.
pub const MOST: i64 = 100;

/// A session that begins after a correct password.
#[derive(Clone, Copy, Debug)]
pub struct NewSession<'a> {
    /// A new id.
    pub id: &'a SessionId,
    /// Hash of the new token.
    pub token: &'a TokenHash,
    /// The user's id.
    pub user_id: &'a UserId,
    /// Version of the password that was verified.
    pub password_version: i64,
    /// Now.
    pub now: UnixTime,
    /// When the session expires at the latest.
    pub expires_at: UnixTime,
    /// The client's address.
    pub address: ClientAddress,
    /// The `User-Agent` header, shortened.
    pub user_agent: &'a str,
    /// The token of the session that this browser had before, which ends.
    pub replaces: Option<&'a TokenHash>,
}

/// A session that gets a new token (R23).
#[derive(Clone, Copy, Debug)]
pub struct Renewal<'a> {
    /// The session's id.
    pub session_id: &'a SessionId,
    /// The user's id.
    pub user_id: &'a UserId,
    /// Hash of the current token.
    pub old_token: &'a TokenHash,
    /// Hash of the new token.
    pub new_token: &'a TokenHash,
    /// Now.
    pub now: UnixTime,
}

/// The live session of a token: not expired, not idle for `idle_s` seconds, its user not locked by the operator or by every
/// account (R26, R27).
pub async fn find(db: &Db, token: &TokenHash, now: UnixTime, idle_s: i64) -> Result<Option<Session>> {
    let sql = "select s.id, s.user_id, u.email, u.name, u.two_factor_since, s.authenticated_at,
            case when s.factors = 'password' and s.factor_shown_at is not null then 'password totp' else s.factors end as factors,
            s.factor_shown_at, s.new_password_since, s.recovery_codes_since, u.password_temporary_since, u.locked_down_at,
            s.code_replayed_at, s.code_replayed_from, s.last_seen_at, s.expires_at,
            s.previous_sign_in_at, s.previous_sign_in_address
        from sessions s join users u on u.id = s.user_id
        where s.token_hash = $1 and s.expires_at > $2 and (s.authenticated_at is null or s.last_seen_at > $3)
            and u.locked_at is null
            and exists (select 1 from memberships m where m.user_id = u.id and m.locked_at is null)";
    sqlx::query_as(sql).bind(token).bind(now).bind(now - idle_s).fetch_optional(&db.read).await
}

/// Begins a session that has shown only the password. `false` if the password has changed since it was verified, or the user is
/// locked or deleted.
pub(super) async fn begin_pending(tx: &mut Tx, new: &NewSession<'_>) -> Result<bool> {
    let sql =
        "insert into sessions (id, token_hash, user_id, created_at, last_seen_at, expires_at, address, user_agent,
            factors, previous_sign_in_at, previous_sign_in_address)
        select $1, $2, id, $4, $4, $5, $6, $7, $8, last_sign_in_at, last_sign_in_address
        from users where id = $3 and password_version = $9 and locked_at is null";
    insert(tx, sql.to_owned(), new, Factor::Password).await
}

/// Begins a full session of a user who needs no second factor. `false` if the user needs one by now, or as for [`begin_pending`].
pub(super) async fn begin_full(tx: &mut Tx, new: &NewSession<'_>) -> Result<bool> {
    let sql = format!(
        "insert into sessions (id, token_hash, user_id, created_at, last_seen_at, expires_at, address, user_agent,
            factors, authenticated_at, previous_sign_in_at, previous_sign_in_address)
        select $1, $2, u.id, $4, $4, $5, $6, $7, $8, $4, u.last_sign_in_at, u.last_sign_in_address
        from users u where u.id = $3 and u.password_version = $9 and u.locked_at is null and u.two_factor_since is null
            and not exists (select 1 from memberships m join accounts a on a.id = m.account_id
                where m.user_id = u.id and {REQUIRES_TWO_FACTOR})"
    );
    insert(tx, sql, new, Factor::Password).await
}

/// Begins a full session of a user who has shown a passkey and no password. `false` as for [`begin_pending`].
pub(super) async fn begin_by_passkey(tx: &mut Tx, new: &NewSession<'_>) -> Result<bool> {
    let sql =
        "insert into sessions (id, token_hash, user_id, created_at, last_seen_at, expires_at, address, user_agent,
            factors, authenticated_at, previous_sign_in_at, previous_sign_in_address)
        select $1, $2, id, $4, $4, $5, $6, $7, $8, $4, last_sign_in_at, last_sign_in_address
        from users where id = $3 and password_version = $9 and locked_at is null";
    insert(tx, sql.to_owned(), new, Factor::Passkey).await
}

async fn insert(tx: &mut Tx, sql: String, new: &NewSession<'_>, factor: Factor) -> Result<bool> {
    let begun = sqlx::query(AssertSqlSafe(sql))
        .bind(new.id)
        .bind(new.token)
        .bind(new.user_id)
        .bind(new.now)
        .bind(new.expires_at)
        .bind(new.address.to_string())
        .bind(new.user_agent)
        .bind(ShownFactors::from(factor).to_stored())
        .bind(new.password_version)
        .execute(&mut **tx)
        .await?;
    Ok(begun.rows_affected() == 1)
}

/// Ends a user's oldest full sessions beyond [`MOST`], but never this one.
pub(super) async fn end_oldest(tx: &mut Tx, user_id: &UserId, spared: &SessionId) -> Result<()> {
    let sql = "delete from sessions where id in (select id from sessions
        where user_id = $1 and id <> $2 and authenticated_at is not null
        order by last_seen_at desc, id limit 1000 offset $3)";
    sqlx::query(sql).bind(user_id).bind(spared).bind(MOST - 1).execute(&mut **tx).await.map(drop)
}

/// Makes a pending session full and gives it its new token; `false` if it has ended or is not pending any more.
pub(super) async fn promote(
    tx: &mut Tx,
    renewal: &Renewal<'_>,
    expires_at: UnixTime,
    address: ClientAddress,
) -> Result<bool> {
    let sql =
        "update sessions set token_hash = $3, completed_from = $2, authenticated_at = $4, last_seen_at = $4, expires_at = $5, address = $6,
            previous_sign_in_at = (select last_sign_in_at from users where id = user_id),
            previous_sign_in_address = (select last_sign_in_address from users where id = user_id)
        where id = $1 and token_hash = $2 and authenticated_at is null and expires_at > $4";
    let promoted = sqlx::query(sql)
        .bind(renewal.session_id)
        .bind(renewal.old_token)
        .bind(renewal.new_token)
        .bind(renewal.now)
        .bind(expires_at)
        .bind(address.to_string())
        .execute(&mut **tx)
        .await?;
    Ok(promoted.rows_affected() == 1)
}

/// The session that was completed in the last `within_s` seconds under this token, with the code of this time step: the hash of
/// its token now. `None` for every other token or code, so a code still works once.
pub async fn completed_with(
    db: &Db,
    old_token: &TokenHash,
    step: TimeStep,
    now: UnixTime,
    within_s: i64,
) -> Result<Option<TokenHash>> {
    let sql = "select s.token_hash from sessions s join totp_factors f on f.user_id = s.user_id
        where s.completed_from = $1 and f.last_step = $2 and s.authenticated_at > $3";
    sqlx::query_scalar(sql).bind(old_token).bind(step.0).bind(now - within_s).fetch_optional(&db.read).await
}

/// Locks the row of a full session, so that it does not end before the commit. Returns when it last showed a second factor;
/// `None` if it has ended, or has a new token by now.
pub(super) async fn claim(
    tx: &mut Tx,
    id: &SessionId,
    token: &TokenHash,
    now: UnixTime,
) -> Result<Option<Option<UnixTime>>> {
    let sql = "update sessions set last_seen_at = last_seen_at
        where id = $1 and token_hash = $3 and authenticated_at is not null and new_password_since is null and expires_at > $2
        returning factor_shown_at";
    sqlx::query_scalar(sql).bind(id).bind(now).bind(token).fetch_optional(&mut **tx).await
}

/// Locks the row of the session for which a code was issued, before the code's row: the same order as when a session is ended.
pub(super) async fn claim_by_code(tx: &mut Tx, code: &TokenHash) -> Result<()> {
    let sql = "update sessions set last_seen_at = last_seen_at
        where id = (select session_id from application_codes where code_hash = $1)";
    sqlx::query(sql).bind(code).execute(&mut **tx).await.map(drop)
}

/// Gives a full session its new token; `false` if it has ended.
pub(super) async fn renew(tx: &mut Tx, renewal: &Renewal<'_>) -> Result<bool> {
    let sql = "update sessions set token_hash = $3
        where id = $1 and token_hash = $2 and authenticated_at is not null and expires_at > $4";
    let renewed = sqlx::query(sql)
        .bind(renewal.session_id)
        .bind(renewal.old_token)
        .bind(renewal.new_token)
        .bind(renewal.now)
        .execute(&mut **tx)
        .await?;
    Ok(renewed.rows_affected() == 1)
}

/// Records that a full session has shown a second factor now.
pub(super) async fn note_factor(tx: &mut Tx, id: &SessionId, factor: Factor, now: UnixTime) -> Result<()> {
    let sql = "update sessions set factor_shown_at = $3,
            factors = case when ' ' || factors || ' ' like '% ' || $2 || ' %' then factors else factors || ' ' || $2 end
        where id = $1 and authenticated_at is not null";
    sqlx::query(sql).bind(id).bind(factor.as_str()).bind(now).execute(&mut **tx).await.map(drop)
}

/// Blocks a session until the password is replaced, if that is temporary or older than one of the user's accounts allows
/// (R18), or the user account was locked down.
pub(super) async fn require_new_password_where_due(tx: &mut Tx, id: &SessionId, now: UnixTime) -> Result<()> {
    let sql = "update sessions set new_password_since = $2
        where id = $1 and exists (select 1 from users u where u.id = sessions.user_id
            and (u.password_temporary_since is not null or u.locked_down_at is not null
                or exists (select 1 from memberships m join accounts a on a.id = m.account_id
                    where m.user_id = u.id and m.locked_at is null
                        and u.password_changed_at + a.password_max_age_days * 86400 <= $2)))";
    sqlx::query(sql).bind(id).bind(now).execute(&mut **tx).await.map(drop)
}

/// Unblocks a session after the password was replaced.
pub(super) async fn note_new_password(tx: &mut Tx, id: &SessionId) -> Result<()> {
    let sql = "update sessions set new_password_since = null where id = $1";
    sqlx::query(sql).bind(id).execute(&mut **tx).await.map(drop)
}

/// A user's full sessions, the most recently used first.
pub async fn of_user(
    db: &Db,
    user_id: &UserId,
    current: &SessionId,
    now: UnixTime,
    idle_s: i64,
) -> Result<Vec<MySession>> {
    let sql = "select id, address, user_agent, authenticated_at, last_seen_at from sessions
        where user_id = $1 and authenticated_at is not null and expires_at > $2 and last_seen_at > $3
        order by last_seen_at desc, id";
    let rows: Vec<(SessionId, String, String, UnixTime, UnixTime)> =
        sqlx::query_as(sql).bind(user_id).bind(now).bind(now - idle_s).fetch_all(&db.read).await?;
    let session = |(id, address, user_agent, since, last_seen)| MySession {
        current: id == *current,
        last_seen: rfc3339(if id == *current { now } else { last_seen }),
        id: SessionId::to_string(&id),
        address,
        user_agent,
        since: rfc3339(since),
    };
    Ok(rows.into_iter().map(session).collect())
}

/// Whether a session has not been ended.
pub async fn exists(db: &Db, id: &SessionId) -> Result<bool> {
    let found: i64 =
        sqlx::query_scalar("select count(*) from sessions where id = $1").bind(id).fetch_one(&db.write).await?;
    Ok(found == 1)
}

/// Ends the session of a token, with the set-up that it had begun.
pub async fn end(db: &Db, token: &TokenHash) -> Result<()> {
    let mut tx = db.begin().await?;
    end_in(&mut tx, token).await?;
    tx.commit().await
}

/// The same, within a transaction.
pub(super) async fn end_in(tx: &mut Tx, token: &TokenHash) -> Result<()> {
    sqlx::query("delete from sessions where token_hash = $1").bind(token).execute(&mut **tx).await.map(drop)
}

/// Ends one of a user's sessions; `false` if there is no such session.
pub(super) async fn end_one(tx: &mut Tx, user_id: &UserId, id: &SessionId) -> Result<bool> {
    let sql = "delete from sessions where user_id = $1 and id = $2";
    Ok(sqlx::query(sql).bind(user_id).bind(id).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Ends all of a user's sessions except one, and that one's sessions with applications; `false` if there were no others.
pub(super) async fn end_others(tx: &mut Tx, user_id: &UserId, spared: &SessionId) -> Result<bool> {
    application_sessions::end(tx, spared).await?;
    let sql = "delete from sessions where user_id = $1 and id <> $2";
    Ok(sqlx::query(sql).bind(user_id).bind(spared).execute(&mut **tx).await?.rows_affected() > 0)
}

/// Ends all of a user's sessions.
pub(super) async fn end_all(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    sqlx::query("delete from sessions where user_id = $1").bind(user_id).execute(&mut **tx).await.map(drop)
}

/// Looks at the next `limit` sessions after an id, and removes those that have expired or been idle for too long. Returns the
/// last id, unless there are no more. The time of the last use is in no index, because it changes more often than anything
/// else.
pub async fn remove_ended(db: &Db, after: &str, now: UnixTime, idle_s: i64, limit: i64) -> Result<Option<String>> {
    let last = "select id from sessions where id > $1 order by id limit 1 offset $2";
    let last: Option<String> = sqlx::query_scalar(last).bind(after).bind(limit - 1).fetch_optional(&db.read).await?;
    let sql = "delete from sessions where id > $1 and (cast($2 as text) is null or id <= cast($2 as text))
        and (expires_at <= $3 or (authenticated_at is not null and last_seen_at <= $4))";
    sqlx::query(sql).bind(after).bind(&last).bind(now).bind(now - idle_s).execute(&db.write).await?;
    Ok(last)
}
