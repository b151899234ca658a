//! Second factors, and the two statements on which everything rests: a code's time step is accepted once (R8), and a
//! factor is active only after a right code (R4).

use std::net::IpAddr;

use super::login_history::{Entry, Factor, Outcome, insert, log};
use super::outbox::queue;
use super::passwords::FromSession;
use super::sessions::{CLAIM_USER, PROMOTE, Promotion, SIGNED_IN, Session};
use super::{Db, Error, Result, known_browsers, on};
use crate::auth::cipher::Sealed;
use crate::auth::totp::{ALGORITHM, DIGITS, PERIOD_S, TimeStep};
use crate::clock::UnixTime;
use crate::mail::Queued;

/// What became of a right code.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Accepted {
    /// The session is a full one now.
    Yes,
    /// The code's step, or a later one, was accepted before.
    Replayed,
    /// Somebody else was first: the session ended, or a factor is active already.
    TooLate,
}

/// The secret of a user's active factor; `None` where there is none, it is disabled, or its parameters are unknown.
///
/// # Errors
/// Where the database fails.
pub async fn active(db: &Db, user_id: &str) -> Result<Option<Sealed>> {
    let sql = "select secret_sealed from totp_factors
               where user_id = $1 and disabled_at is null and algorithm = $2 and digits = $3 and period_s = $4";
    let sealed: Option<String> = on!(db.read, pool => {
        sqlx::query_scalar(sql).bind(user_id).bind(ALGORITHM).bind(i64::from(DIGITS)).bind(PERIOD_S)
            .fetch_optional(pool).await
    })?;
    Ok(sealed.map(Sealed::from_stored))
}

/// The one statement that accepts a code: never one of the same step or an older one again (R8).
const USE_STEP: &str =
    "update totp_factors set last_step = $2 where user_id = $1 and last_step < $2 and disabled_at is null";

/// Accepts a code of this step: marks the step as used, makes the session a full one and records it; all or nothing.
///
/// # Errors
/// Where the database fails.
pub async fn accept(db: &Db, promotion: Promotion<'_>, step: TimeStep) -> Result<Accepted> {
    let accepted = on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        if sqlx::query(CLAIM_USER).bind(promotion.user_id).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(Accepted::TooLate);
        }
        let fresh = sqlx::query(USE_STEP).bind(promotion.user_id).bind(step.0).execute(&mut *tx).await?.rows_affected();
        if fresh == 0 {
            return Ok(Accepted::Replayed);
        }
        promote!(tx, promotion, Outcome::SignedIn)
    })?;
    log(promotion.entry(Outcome::SignedIn));
    Ok(accepted)
}

/// Accepts a code of this step in the middle of a session: marks the step as used and notes when, all or nothing.
///
/// # Errors
/// Where the database fails.
pub async fn show_again(
    db: &Db,
    session: &Session,
    step: TimeStep,
    address: IpAddr,
    now: UnixTime,
) -> Result<Accepted> {
    let user_id = &session.user_id;
    let entry = Entry { user_id: Some(user_id), at: now, address, factor: Factor::Totp, outcome: Outcome::SteppedUp };
    let note = "update sessions set factor_shown_at = $2 where id = $1 and authenticated_at is not null";
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        if sqlx::query(CLAIM_USER).bind(user_id).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(Accepted::TooLate);
        }
        let fresh = sqlx::query(USE_STEP).bind(user_id).bind(step.0).execute(&mut *tx).await?.rows_affected();
        if fresh == 0 {
            return Ok(Accepted::Replayed);
        }
        if sqlx::query(note).bind(&session.id).bind(now).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(Accepted::TooLate);
        }
        sqlx::query(FORGIVE).bind(user_id).execute(&mut *tx).await?;
        insert!(entry).execute(&mut *tx).await?;
        tx.commit().await?;
        log(entry);
        Ok::<_, Error>(Accepted::Yes)
    })
}

/// Completes a set-up: the pending secret becomes the active factor with this step used, the user's other sessions end
/// (R27), the session becomes a full one and it is recorded; all or nothing. Only while no factor is active.
///
/// # Errors
/// Where the database fails.
pub async fn confirm(
    db: &Db,
    promotion: Promotion<'_>,
    sealed: &Sealed,
    step: TimeStep,
    told: &Queued,
) -> Result<Accepted> {
    let activate = "insert into totp_factors
            (user_id, secret_sealed, algorithm, digits, period_s, confirmed_at, last_step)
        select user_id, secret_sealed, $4, $5, $6, $7, $8 from pending_totp_factors
        where session_id = $1 and user_id = $2 and secret_sealed = $3 on conflict (user_id) do nothing";
    let accepted = on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        if sqlx::query(CLAIM_USER).bind(promotion.user_id).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(Accepted::TooLate);
        }
        let active = sqlx::query(activate).bind(promotion.session_id).bind(promotion.user_id).bind(sealed.as_str())
            .bind(ALGORITHM).bind(i64::from(DIGITS)).bind(PERIOD_S).bind(promotion.now).bind(step.0)
            .execute(&mut *tx).await?.rows_affected();
        let marked = sqlx::query("update users set two_factor_since = $2 where id = $1 and two_factor_since is null")
            .bind(promotion.user_id).bind(promotion.now).execute(&mut *tx).await?.rows_affected();
        if active == 0 || marked == 0 {
            return Ok(Accepted::TooLate);
        }
        for sql in ["delete from sessions where user_id = $1 and id <> $2",
            "delete from pending_totp_factors where user_id = $1 or session_id = $2"] {
            sqlx::query(sql).bind(promotion.user_id).bind(promotion.session_id).execute(&mut *tx).await?;
        }
        queue!(told).execute(&mut *tx).await?;
        promote!(tx, promotion, Outcome::SetUp)
    })?;
    log(promotion.entry(Outcome::SetUp));
    Ok(accepted)
}

/// Ends a transaction that has accepted a code: new token and full session, failures forgotten, browser known, recorded.
macro_rules! promote {
    ($tx:ident, $promotion:expr, $outcome:expr) => {{
        let (p, address) = (&$promotion, $promotion.address.to_string());
        let promoted = sqlx::query(PROMOTE)
            .bind(p.session_id)
            .bind(p.from.as_str())
            .bind(p.to.as_str())
            .bind(p.now)
            .bind(p.expires_at)
            .bind(&address)
            .execute(&mut *$tx)
            .await?
            .rows_affected();
        if promoted == 0 {
            return Ok(Accepted::TooLate);
        }
        sqlx::query(SIGNED_IN).bind(p.user_id).bind(p.now).bind(&address).execute(&mut *$tx).await?;
        sqlx::query(FORGIVE).bind(p.user_id).execute(&mut *$tx).await?;
        sqlx::query(known_browsers::REMEMBER)
            .bind(p.browser.as_str())
            .bind(p.user_id)
            .bind(p.now)
            .execute(&mut *$tx)
            .await?;
        insert!(p.entry($outcome)).execute(&mut *$tx).await?;
        $tx.commit().await?;
        Ok::<_, Error>(Accepted::Yes)
    }};
}
use promote;

const FORGIVE: &str = "delete from attempts where key = 'code:' || $1 or key = 'set-up:' || $1";

/// The secret that a log-in has begun to set up.
///
/// # Errors
/// Where the database fails.
pub async fn pending(db: &Db, session_id: &str) -> Result<Option<Sealed>> {
    let sql = "select secret_sealed from pending_totp_factors where session_id = $1";
    let sealed: Option<String> =
        on!(db.read, pool => sqlx::query_scalar(sql).bind(session_id).fetch_optional(pool).await)?;
    Ok(sealed.map(Sealed::from_stored))
}

/// Keeps a fresh secret for a log-in that has none yet, and returns the one that is kept: reloading and a second tab get the
/// same (R6). `None` where the session has ended or the user has a factor.
///
/// # Errors
/// Where the database fails.
pub async fn keep_pending(db: &Db, session_id: &str, sealed: &Sealed, now: UnixTime) -> Result<Option<Sealed>> {
    let sql = "insert into pending_totp_factors (session_id, user_id, secret_sealed, created_at)
               select s.id, s.user_id, $2, $3 from sessions s join users u on u.id = s.user_id
               where s.id = $1 and s.authenticated_at is null and u.two_factor_since is null
               on conflict (session_id) do nothing";
    on!(db.write, pool => {
        sqlx::query(sql).bind(session_id).bind(sealed.as_str()).bind(now).execute(pool).await.map(drop)
    })?;
    pending(db, session_id).await
}

/// Keeps a fresh secret for a session that sets an app up, or replaces one, of its own accord; returns the one that is kept.
/// `None` where the session has ended.
///
/// # Errors
/// Where the database fails.
pub async fn keep_replacement(db: &Db, session_id: &str, sealed: &Sealed, now: UnixTime) -> Result<Option<Sealed>> {
    let sql = "insert into pending_totp_factors (session_id, user_id, secret_sealed, created_at)
               select id, user_id, $2, $3 from sessions where id = $1 and authenticated_at is not null
               on conflict (session_id) do nothing";
    on!(db.write, pool => {
        sqlx::query(sql).bind(session_id).bind(sealed.as_str()).bind(now).execute(pool).await.map(drop)
    })?;
    pending(db, session_id).await
}

/// Puts the pending secret of a session in the place of the factor that there is, if any, with this step used; ends the
/// user's other sessions and known browsers; all or nothing.
///
/// # Errors
/// Where the database fails.
pub async fn replace(
    db: &Db,
    from: FromSession<'_>,
    sealed: &Sealed,
    step: TimeStep,
    address: IpAddr,
    told: &Queued,
) -> Result<Accepted> {
    let activate = "insert into totp_factors
            (user_id, secret_sealed, algorithm, digits, period_s, confirmed_at, last_step)
        select user_id, secret_sealed, $4, $5, $6, $7, $8 from pending_totp_factors
        where session_id = $1 and user_id = $2 and secret_sealed = $3
        on conflict (user_id) do update set secret_sealed = excluded.secret_sealed, algorithm = excluded.algorithm,
            digits = excluded.digits, period_s = excluded.period_s, confirmed_at = excluded.confirmed_at,
            last_step = excluded.last_step where totp_factors.disabled_at is null";
    let rotate = "update sessions set token_hash = $3, factor_shown_at = $4
        where id = $1 and token_hash = $2 and authenticated_at is not null";
    let user_id = from.user_id;
    let entry =
        Entry { user_id: Some(user_id), at: from.now, address, factor: Factor::Totp, outcome: Outcome::Replaced };
    let accepted = on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        if sqlx::query(CLAIM_USER).bind(user_id).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(Accepted::TooLate);
        }
        let active = sqlx::query(activate).bind(from.session_id).bind(user_id).bind(sealed.as_str()).bind(ALGORITHM)
            .bind(i64::from(DIGITS)).bind(PERIOD_S).bind(from.now).bind(step.0).execute(&mut *tx).await?.rows_affected();
        let rotated = sqlx::query(rotate).bind(from.session_id).bind(from.from.as_str()).bind(from.to.as_str())
            .bind(from.now).execute(&mut *tx).await?.rows_affected();
        if active == 0 || rotated == 0 {
            return Ok(Accepted::TooLate);
        }
        sqlx::query("update users set two_factor_since = $2 where id = $1").bind(user_id).bind(from.now)
            .execute(&mut *tx).await?;
        for sql in ["delete from sessions where user_id = $1 and id <> $2",
            "delete from pending_totp_factors where user_id = $1 or session_id = $2"] {
            sqlx::query(sql).bind(user_id).bind(from.session_id).execute(&mut *tx).await?;
        }
        sqlx::query("delete from known_browsers where user_id = $1").bind(user_id).execute(&mut *tx).await?;
        sqlx::query(FORGIVE).bind(user_id).execute(&mut *tx).await?;
        insert!(entry).execute(&mut *tx).await?;
        queue!(told).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok::<_, Error>(Accepted::Yes)
    })?;
    log(entry);
    Ok(accepted)
}

/// Disables a user's factor for good (R11); only a reset helps.
///
/// # Errors
/// Where the database fails.
pub async fn disable(db: &Db, user_id: &str, now: UnixTime) -> Result<()> {
    let sql = "update totp_factors set disabled_at = $2 where user_id = $1 and disabled_at is null";
    on!(db.write, pool => sqlx::query(sql).bind(user_id).bind(now).execute(pool).await.map(drop))
}
