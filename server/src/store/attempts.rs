//! Wrong attempts, counted before anything is compared.

use postern_types::ApiError;

use super::{Db, Result, Tx};
use crate::auth::throttle::Counter;
use crate::clock::UnixTime;
use crate::ids::UserId;

/// The result of counting an attempt.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The attempt was counted as a failure, durably. The comparison may follow; success takes it back.
    Counted,
    /// Refused until this time.
    WaitUntil(UnixTime),
    /// Refused for good: the counter has reached its limit.
    Ended,
}

impl Taken {
    /// Continues only if the attempt was counted.
    ///
    /// # Errors
    /// The refusal for the browser.
    pub fn or_refuse(self, now: UnixTime) -> std::result::Result<(), ApiError> {
        match self {
            Self::Counted => Ok(()),
            Self::WaitUntil(at) => {
                Err(ApiError::Throttled { retry_after_s: u32::try_from(at - now).unwrap_or(1).max(1) })
            }
            Self::Ended => Err(ApiError::SecondFactorUnusable),
        }
    }
}

const FORGET: &str = "delete from attempts where key = $1 and last_at < $2";
// Free attempts never wait, not even for a concurrent one with a later clock. A wait beyond the maximum comes from a clock
// that was set back, and is ignored.
const TAKE: &str = "insert into attempts (key, failures, retry_at, last_at) values ($1, 1, $2, $2)
    on conflict (key) do update set
        failures = attempts.failures + 1,
        last_at = $2,
        retry_at = $2 + case
            when attempts.failures < $3 then 0
            when attempts.failures - $3 > 20 then $5
            when (cast($4 as bigint) << cast(attempts.failures - $3 as integer)) > $5 then $5
            else (cast($4 as bigint) << cast(attempts.failures - $3 as integer))
        end
    where (attempts.failures <= $3 or attempts.retry_at <= $2 or attempts.retry_at - $2 > $5)
        and attempts.failures < $6";
const BLOCKED: &str = "select failures, retry_at, refused_at from attempts where key = $1";
/// How long an episode of refused attempts lasts, in seconds: the longest wait of a counter.
const EPISODE_S: i64 = 900;

/// Counts one attempt on every counter, or on none if one of them refuses. Committed when it returns; if it fails, nothing
/// must be compared.
pub async fn take(db: &Db, counters: &[Counter], now: UnixTime) -> Result<Taken> {
    let (taken, _) = take_or_refuse(db, counters, now).await?;
    Ok(taken)
}

/// The same, with the counter that refuses, if an episode of refused attempts seems to begin.
pub(super) async fn take_or_refuse<'a>(
    db: &Db,
    counters: &'a [Counter],
    now: UnixTime,
) -> Result<(Taken, Option<&'a Counter>)> {
    let mut tx = db.begin().await?;
    for counter in counters {
        let (taken, begins_episode) = take_one(&mut tx, counter, now).await?;
        if taken != Taken::Counted {
            return Ok((taken, begins_episode.then_some(counter)));
        }
    }
    tx.commit().await?;
    Ok((Taken::Counted, None))
}

async fn take_one(tx: &mut Tx, Counter { key, policy }: &Counter, now: UnixTime) -> Result<(Taken, bool)> {
    let forget = now.saturating_sub(policy.forget_after_s);
    sqlx::query(FORGET).bind(key).bind(forget).execute(&mut **tx).await?;
    let counted = sqlx::query(TAKE)
        .bind(key)
        .bind(now)
        .bind(policy.free)
        .bind(policy.first_wait_s)
        .bind(policy.longest_wait_s)
        .bind(policy.end)
        .execute(&mut **tx)
        .await?;
    if counted.rows_affected() == 1 {
        return Ok((Taken::Counted, false));
    }
    let blocked = sqlx::query_as(BLOCKED).bind(key).fetch_one(&mut **tx).await?;
    let (failures, retry_at, refused_at): (i64, UnixTime, UnixTime) = blocked;
    let taken = if failures >= policy.end { Taken::Ended } else { Taken::WaitUntil(retry_at) };
    Ok((taken, (refused_at - now).abs() > EPISODE_S))
}

/// Marks the beginning of an episode of refused attempts; `false` if somebody else has marked it.
pub(super) async fn begin_episode(tx: &mut Tx, counter: &Counter, now: UnixTime) -> Result<bool> {
    let sql = "update attempts set refused_at = $2 where key = $1 and refused_at not between $2 - $3 and $2 + $3";
    let marked = sqlx::query(sql).bind(&counter.key).bind(now).bind(EPISODE_S).execute(&mut **tx).await?;
    Ok(marked.rows_affected() == 1)
}

/// After a correct password: clears the person's own counter (the first) and takes this attempt back from the others.
pub async fn forgive(db: &Db, counters: &[Counter]) -> Result<()> {
    let Some((own, shared)) = counters.split_first() else { return Ok(()) };
    let mut tx = db.begin().await?;
    sqlx::query("delete from attempts where key = $1").bind(&own.key).execute(&mut *tx).await?;
    for counter in shared {
        let take_back = "update attempts set failures = failures - 1 where key = $1 and failures > 0";
        sqlx::query(take_back).bind(&counter.key).execute(&mut *tx).await?;
    }
    tx.commit().await
}

/// Forgets a user's wrong codes, after a complete log-in or a reset (R11).
pub(super) async fn forget_codes(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    let sql = "delete from attempts where key = 'code:' || $1 or key = 'set-up:' || $1";
    sqlx::query(sql).bind(user_id).execute(&mut **tx).await.map(drop)
}

/// Removes at most `limit` counters that no longer matter. Those of second factors stay. Returns whether there may be more.
pub async fn remove_stale(db: &Db, last_before: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from attempts where last_at < $1 and key in (select key from attempts
        where last_at < $1 and key not like 'code:%' limit $2)";
    let removed = sqlx::query(sql).bind(last_before).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
