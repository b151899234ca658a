//! Wrong tries, counted before anything is compared.

use postern_types::ApiError;

use super::{Db, Result, on};
use crate::auth::throttle::Counter;
use crate::clock::UnixTime;

/// What became of a try.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// It is counted as a failure, durably; the comparison may follow, and success takes it back.
    Counted,
    /// It is not looked at before this time.
    WaitUntil(UnixTime),
    /// It will not be looked at at all: the counter has reached its end.
    Ended,
}

impl Taken {
    /// Goes on only where the try was counted.
    ///
    /// # Errors
    /// What the browser may know of the refusal.
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
// Free tries wait for nothing, not even for the second of one that came at the same time and read a later clock. A wait
// beyond the longest one comes from a clock that was set back, and holds nobody up.
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
const BLOCKED: &str = "select failures, retry_at from attempts where key = $1";

/// Counts one try on every counter, or on none where one of them refuses. Committed when it returns.
///
/// # Errors
/// Where the database fails; then nothing must be compared.
pub async fn take(db: &Db, counters: &[Counter], now: UnixTime) -> Result<Taken> {
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        for Counter { key, policy } in counters {
            let forget = now.saturating_sub(policy.forget_after_s);
            sqlx::query(FORGET).bind(key).bind(forget).execute(&mut *tx).await?;
            let counted = sqlx::query(TAKE).bind(key).bind(now).bind(policy.free).bind(policy.first_wait_s)
                .bind(policy.longest_wait_s).bind(policy.end).execute(&mut *tx).await?.rows_affected();
            if counted == 0 {
                let (failures, retry_at): (i64, UnixTime) =
                    sqlx::query_as(BLOCKED).bind(key).fetch_one(&mut *tx).await?;
                let ended = failures >= policy.end;
                return Ok(if ended { Taken::Ended } else { Taken::WaitUntil(retry_at) });
            }
        }
        tx.commit().await?;
        Ok(Taken::Counted)
    })
}

/// After a right password: clears the person's own counter (the first) and takes this one try back from the others.
///
/// # Errors
/// Where the database fails.
pub async fn forgive(db: &Db, counters: &[Counter]) -> Result<()> {
    let Some((own, shared)) = counters.split_first() else { return Ok(()) };
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        sqlx::query("delete from attempts where key = $1").bind(&own.key).execute(&mut *tx).await?;
        for counter in shared {
            sqlx::query("update attempts set failures = failures - 1 where key = $1 and failures > 0")
                .bind(&counter.key).execute(&mut *tx).await?;
        }
        tx.commit().await
    })
}

/// Removes the counters of strangers that no rule remembers any more. Those of second factors stay.
///
/// # Errors
/// Where the database fails.
pub async fn remove_stale(db: &Db, last_before: UnixTime) -> Result<()> {
    let sql = "delete from attempts where last_at < $1 and key not like 'code:%'";
    on!(db.write, pool => sqlx::query(sql).bind(last_before).execute(pool).await.map(drop))
}
