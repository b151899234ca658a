//! Second factors, with the two statements that matter most: a time step is accepted once (R8), and a factor becomes active
//! only with a correct code (R4).

use super::attempts::Forgotten;
use super::totp_secrets::StoredSecret;
use super::{
    Db, Result, Session, Tx, attempts, clock_offsets, passkeys, previous_factors, recovery_codes, reset_requests,
    roster, totp_secrets,
};
use crate::addresses::ClientAddress;
use crate::auth::cipher::Sealed;
use crate::auth::token::TokenHash;
use crate::auth::totp::{ALGORITHM, DIGITS, PERIOD_S, TimeStep};
use crate::clock::UnixTime;
use crate::ids::{SessionId, UserId};

/// What became of a correct code.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// It was accepted, and the action was done.
    Yes,
    /// Its time step, or a later one, was accepted before.
    Replayed,
    /// Too late: the session has ended, or another factor is already active.
    TooLate,
    /// A set-up needs a set-up code, and the one that was shown works no longer.
    NoSetUpCode,
}

/// The secret of a user's active factor; `None` if there is none, if it is disabled, or if its parameters are unknown.
pub async fn active(db: &Db, user_id: &UserId) -> Result<Option<StoredSecret>> {
    let sql = "select secret_sealed, algorithm, digits, period_s from totp_factors
        where user_id = $1 and disabled_at is null";
    let found: Option<totp_secrets::Columns> = sqlx::query_as(sql).bind(user_id).fetch_optional(&db.read).await?;
    Ok(found.and_then(totp_secrets::read))
}

/// Length of the time steps of a user's factor in seconds; `None` if there is none.
pub async fn period_s(db: &Db, user_id: &UserId) -> Result<Option<i64>> {
    let sql = "select period_s from totp_factors where user_id = $1";
    sqlx::query_scalar(sql).bind(user_id).fetch_optional(&db.read).await
}

/// A factor that was in use elsewhere.
#[derive(Clone, Copy, Debug)]
pub struct ImportedFactor<'a> {
    /// The secret.
    pub secret: &'a StoredSecret,
    /// The last time step whose code may have been accepted there: none up to it is accepted here.
    pub last_step: TimeStep,
    /// Whether it was disabled after too many wrong codes.
    pub disabled: bool,
}

/// Gives a new user a factor that was in use elsewhere.
pub(super) async fn add(tx: &mut Tx, user_id: &UserId, factor: &ImportedFactor<'_>, now: UnixTime) -> Result<()> {
    let ImportedFactor { secret, last_step, disabled } = factor;
    let sql = "insert into totp_factors
            (user_id, secret_sealed, algorithm, digits, period_s, confirmed_at, last_step, disabled_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    sqlx::query(sql)
        .bind(user_id)
        .bind(&secret.sealed)
        .bind(secret.parameters.algorithm())
        .bind(i64::from(secret.parameters.digits()))
        .bind(secret.parameters.period_s())
        .bind(now)
        .bind(last_step.0)
        .bind(disabled.then_some(now))
        .execute(&mut **tx)
        .await?;
    mark(tx, user_id, now).await
}

/// The statement that accepts a code: never one of the same or an earlier time step again (R8).
///
/// That holds even after the clock was set back. A step in the future is either one from a time when the clock was ahead, or the
/// true one, and the clock is wrong now; nothing tells the two apart. Accepting a step below it would, in the second case, make
/// codes valid again that were shown and never used, and in the first case codes that were seen while the clock was ahead. So
/// nothing recovers by itself: the codes are refused until the clock has passed the step ([`refused_until`]), or until a reset.
pub(super) async fn use_step(tx: &mut Tx, user_id: &UserId, step: TimeStep) -> Result<bool> {
    let sql = "update totp_factors set last_step = $2 where user_id = $1 and last_step < $2 and disabled_at is null";
    Ok(sqlx::query(sql).bind(user_id).bind(step.0).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Whether the last code that was accepted of a user is the one of this time step.
pub(super) async fn is_last_step(tx: &mut Tx, user_id: &UserId, step: TimeStep) -> Result<bool> {
    let sql = "select count(*) from totp_factors where user_id = $1 and last_step = $2 and disabled_at is null";
    let found: i64 = sqlx::query_scalar(sql).bind(user_id).bind(step.0).fetch_one(&mut **tx).await?;
    Ok(found == 1)
}

/// Until when all codes of a user are refused (the first code after the last step that was accepted), because the clock was set back by more than the window: `None` if it was not.
pub async fn refused_until(db: &Db, user_id: &UserId, now: UnixTime, window: u8) -> Result<Option<UnixTime>> {
    let sql = "select (last_step + 1) * period_s from totp_factors
        where user_id = $1 and last_step > $2 / period_s + $3";
    sqlx::query_scalar(sql).bind(user_id).bind(now).bind(i64::from(window)).fetch_optional(&db.read).await
}

/// The number of users to whom that has happened, and until when the last of them is refused.
pub async fn refused_users(db: &Db, now: UnixTime, window: u8) -> Result<(i64, Option<UnixTime>)> {
    let sql = "select count(*), max((last_step + 1) * period_s) from totp_factors
        where last_step > $1 / period_s + $2";
    sqlx::query_as(sql).bind(now).bind(i64::from(window)).fetch_one(&db.read).await
}

/// Disables a user's factor until a reset (R11); `false` if there is none, or it is disabled already.
pub(super) async fn disable(tx: &mut Tx, user_id: &UserId, now: UnixTime) -> Result<bool> {
    let sql = "update totp_factors set disabled_at = $2 where user_id = $1 and disabled_at is null";
    Ok(sqlx::query(sql).bind(user_id).bind(now).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Whether a user has a factor whose codes are accepted.
pub async fn is_enabled(db: &Db, user_id: &UserId) -> Result<bool> {
    let sql = "select count(*) from totp_factors where user_id = $1 and disabled_at is null";
    let enabled: i64 = sqlx::query_scalar(sql).bind(user_id).fetch_one(&db.read).await?;
    Ok(enabled == 1)
}

/// Enables a user's factor again.
pub(super) async fn enable(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    let sql = "update totp_factors set disabled_at = null where user_id = $1 and disabled_at is not null";
    sqlx::query(sql).bind(user_id).execute(&mut **tx).await.map(drop)
}

/// Since when a user has an authenticator app, whether its codes are accepted or not.
pub async fn since(db: &Db, user_id: &UserId) -> Result<Option<UnixTime>> {
    let sql = "select confirmed_at from totp_factors where user_id = $1";
    sqlx::query_scalar(sql).bind(user_id).fetch_optional(&db.read).await
}

/// The number of a user's authenticator apps: whose codes are accepted, and whose are not.
pub(super) async fn number_in(tx: &mut Tx, user_id: &UserId) -> Result<(i64, i64)> {
    let sql = "select count(*) - count(disabled_at), count(disabled_at) from totp_factors where user_id = $1";
    sqlx::query_as(sql).bind(user_id).fetch_one(&mut **tx).await
}

/// Marks that a user has a second factor. What was there before keeps its time.
pub(super) async fn mark(tx: &mut Tx, user_id: &UserId, now: UnixTime) -> Result<()> {
    let sql = "update users set two_factor_since = coalesce(two_factor_since, $2) where id = $1";
    sqlx::query(sql).bind(user_id).bind(now).execute(&mut **tx).await?;
    let forget = "delete from pending_totp_factors where user_id = $1";
    sqlx::query(forget).bind(user_id).execute(&mut **tx).await?;
    roster::refresh(tx, user_id).await
}

/// Since when a user's factor is disabled.
pub async fn disabled_since(db: &Db, user_id: &UserId) -> Result<Option<UnixTime>> {
    let sql = "select disabled_at from totp_factors where user_id = $1 and disabled_at is not null";
    sqlx::query_scalar(sql).bind(user_id).fetch_optional(&db.read).await
}

/// Removes a user's second factors, recovery codes and the count of wrong codes, and closes a request to reset them; `false` if the
/// user has no second factor. The secret of an app is kept for a while, so that a set-up recognises the old entry.
pub(super) async fn remove(tx: &mut Tx, user_id: &UserId, now: UnixTime) -> Result<bool> {
    let note = "update users set two_factor_reset_at = $2 where id = $1 and two_factor_since is not null";
    sqlx::query(note).bind(user_id).bind(now).execute(&mut **tx).await?;
    previous_factors::keep(tx, user_id, now).await?;
    let sql = "delete from totp_factors where user_id = $1";
    sqlx::query(sql).bind(user_id).execute(&mut **tx).await?;
    passkeys::remove_all(tx, user_id).await?;
    unmark(tx, user_id).await
}

/// Notes that a user has no second factor any more: recovery codes and the count of wrong codes go, and so does a request to reset it.
/// `false` if the user had none.
pub(super) async fn unmark(tx: &mut Tx, user_id: &UserId) -> Result<bool> {
    let sql = "update users set two_factor_since = null where id = $1 and two_factor_since is not null";
    let unmarked = sqlx::query(sql).bind(user_id).execute(&mut **tx).await?.rows_affected() == 1;
    recovery_codes::remove(tx, user_id).await?;
    recovery_codes::settle(tx, user_id, None).await?;
    attempts::forget_codes(tx, user_id, Forgotten { from: ClientAddress::Unknown, budget: true }).await?;
    reset_requests::close_about(tx, user_id).await?;
    roster::refresh(tx, user_id).await?;
    Ok(unmarked)
}

/// Whether a second factor of the user was ever removed by a reset.
pub async fn was_reset(db: &Db, user_id: &UserId) -> Result<bool> {
    let sql = "select count(*) from users where id = $1 and two_factor_reset_at is not null";
    let reset: i64 = sqlx::query_scalar(sql).bind(user_id).fetch_one(&db.read).await?;
    Ok(reset == 1)
}

/// The secret that a session is setting up.
pub async fn pending(db: &Db, session_id: &SessionId) -> Result<Option<Sealed>> {
    let sql = "select secret_sealed from pending_totp_factors where session_id = $1";
    sqlx::query_scalar(sql).bind(session_id).fetch_optional(&db.read).await
}

/// Stores a new secret for a log-in that has none yet, and returns the stored one, so that a reload and a second tab get the
/// same (R6). `None` if the session has ended or the user has a factor.
pub async fn keep_pending(db: &Db, id: &SessionId, sealed: &Sealed, now: UnixTime) -> Result<Option<Sealed>> {
    let sql = "insert into pending_totp_factors (session_id, user_id, secret_sealed, created_at)
        select s.id, s.user_id, $2, $3 from sessions s join users u on u.id = s.user_id
        where s.id = $1 and s.authenticated_at is null and u.two_factor_since is null
        on conflict (session_id) do nothing";
    sqlx::query(sql).bind(id).bind(sealed).bind(now).execute(&db.write).await?;
    pending(db, id).await
}

/// Stores a new secret for a full session that sets up or replaces an app, unless it has one, and returns the stored one.
pub(super) async fn keep_replacement(tx: &mut Tx, session: &Session, sealed: &Sealed, now: UnixTime) -> Result<Sealed> {
    let sql =
        "insert into pending_totp_factors (session_id, user_id, secret_sealed, created_at) values ($1, $2, $3, $4)
        on conflict (session_id) do update set created_at = pending_totp_factors.created_at returning secret_sealed";
    let kept = sqlx::query_scalar(sql).bind(session.id()).bind(session.user_id()).bind(sealed).bind(now);
    kept.fetch_one(&mut **tx).await
}

/// Moves a set-up of the same user from the session of `old_token` to another session (R6).
pub(super) async fn hand_over_pending(
    tx: &mut Tx,
    user_id: &UserId,
    old_token: &TokenHash,
    session_id: &SessionId,
) -> Result<()> {
    let sql = "update pending_totp_factors set session_id = $1
        where user_id = $2 and session_id = (select id from sessions where token_hash = $3)";
    sqlx::query(sql).bind(session_id).bind(user_id).bind(old_token).execute(&mut **tx).await.map(drop)
}

/// A pending secret that becomes the active factor.
#[derive(Clone, Copy, Debug)]
pub(super) struct Activation<'a> {
    pub(super) session_id: &'a SessionId,
    pub(super) user_id: &'a UserId,
    /// The secret that the code was compared with. It must still be the pending one.
    pub(super) sealed: &'a Sealed,
    /// The time step of the code, which is used from now on.
    pub(super) step: TimeStep,
    pub(super) now: UnixTime,
}

/// Makes a pending secret the active factor of a user who has none; `false` if there is one.
pub(super) async fn activate(tx: &mut Tx, activation: &Activation<'_>) -> Result<bool> {
    let sql = "insert into totp_factors (user_id, secret_sealed, algorithm, digits, period_s, confirmed_at, last_step)
        select user_id, secret_sealed, $4, $5, $6, $7, $8 from pending_totp_factors
        where session_id = $1 and user_id = $2 and secret_sealed = $3 on conflict (user_id) do nothing";
    let mark = "update users set two_factor_since = $2 where id = $1 and two_factor_since is null";
    finish(tx, activation, sql, mark).await
}

/// Makes a pending secret the active factor, in place of the current one, if any, whose secret is kept for a while. `false` if that one
/// is disabled.
pub(super) async fn replace(tx: &mut Tx, activation: &Activation<'_>) -> Result<bool> {
    previous_factors::keep(tx, activation.user_id, activation.now).await?;
    let sql = "insert into totp_factors (user_id, secret_sealed, algorithm, digits, period_s, confirmed_at, last_step)
        select user_id, secret_sealed, $4, $5, $6, $7, $8 from pending_totp_factors
        where session_id = $1 and user_id = $2 and secret_sealed = $3
        on conflict (user_id) do update set secret_sealed = excluded.secret_sealed, algorithm = excluded.algorithm,
            digits = excluded.digits, period_s = excluded.period_s, confirmed_at = excluded.confirmed_at,
            last_step = excluded.last_step where totp_factors.disabled_at is null";
    let mark = "update users set two_factor_since = coalesce(two_factor_since, $2) where id = $1";
    finish(tx, activation, sql, mark).await
}

async fn finish(tx: &mut Tx, activation: &Activation<'_>, sql: &'static str, mark: &'static str) -> Result<bool> {
    let active = sqlx::query(sql)
        .bind(activation.session_id)
        .bind(activation.user_id)
        .bind(activation.sealed)
        .bind(ALGORITHM)
        .bind(i64::from(DIGITS))
        .bind(PERIOD_S)
        .bind(activation.now)
        .bind(activation.step.0)
        .execute(&mut **tx)
        .await?;
    let marked = sqlx::query(mark).bind(activation.user_id).bind(activation.now).execute(&mut **tx).await?;
    let forget = "delete from pending_totp_factors where user_id = $1";
    sqlx::query(forget).bind(activation.user_id).execute(&mut **tx).await?;
    clock_offsets::forget(tx, activation.user_id).await?;
    roster::refresh(tx, activation.user_id).await?;
    Ok(active.rows_affected() == 1 && marked.rows_affected() == 1)
}
