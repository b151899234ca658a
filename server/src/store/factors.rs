//! Second factors, and the two statements on which everything rests: a code's time step is accepted once (R8), and a
//! factor is active only after a right code (R4).

use super::login_history::{Outcome, insert, log};
use super::sessions::{CLAIM_USER, PROMOTE, Promotion, SIGNED_IN};
use super::{Db, Error, Result, known_browsers, on};
use crate::auth::cipher::Sealed;
use crate::auth::totp::{ALGORITHM, DIGITS, PERIOD_S, TimeStep};
use crate::clock::UnixTime;

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

/// Accepts a code of this step: marks the step as used, makes the session a full one and records it; all or nothing.
///
/// # Errors
/// Where the database fails.
pub async fn accept(db: &Db, promotion: Promotion<'_>, step: TimeStep) -> Result<Accepted> {
    let sql = "update totp_factors set last_step = $2 where user_id = $1 and last_step < $2 and disabled_at is null";
    let accepted = on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        if sqlx::query(CLAIM_USER).bind(promotion.user_id).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(Accepted::TooLate);
        }
        let fresh = sqlx::query(sql).bind(promotion.user_id).bind(step.0).execute(&mut *tx).await?.rows_affected();
        if fresh == 0 {
            return Ok(Accepted::Replayed);
        }
        promote!(tx, promotion, Outcome::SignedIn)
    })?;
    log(promotion.entry(Outcome::SignedIn));
    Ok(accepted)
}

/// Completes a set-up: the pending secret becomes the active factor with this step used, the user's other sessions end
/// (R27), the session becomes a full one and it is recorded; all or nothing. Only while no factor is active (C15).
///
/// # Errors
/// Where the database fails.
pub async fn confirm(db: &Db, promotion: Promotion<'_>, sealed: &Sealed, step: TimeStep) -> Result<Accepted> {
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

/// Disables a user's factor for good (R11); only a reset helps.
///
/// # Errors
/// Where the database fails.
pub async fn disable(db: &Db, user_id: &str, now: UnixTime) -> Result<()> {
    let sql = "update totp_factors set disabled_at = $2 where user_id = $1 and disabled_at is null";
    on!(db.write, pool => sqlx::query(sql).bind(user_id).bind(now).execute(pool).await.map(drop))
}
