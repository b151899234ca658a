//! Wrong attempts, counted before anything is compared.

use std::sync::LazyLock;

use postern_types::ApiError;

use super::{Db, Result, Tx};
use crate::addresses::ClientAddress;
use crate::auth::throttle::policy::{CHALLENGES, CLEAN, WIDE_PAIR};
use crate::auth::throttle::{Counter, code_network_key, set_up_network_key};
use crate::clock::{SKEW_S, UnixTime};
use crate::ids::UserId;

/// The result of counting an attempt.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The attempt was counted as a failure, durably, on this many of the counters. The comparison may follow; success takes it
    /// back.
    Counted(usize),
    /// Refused until this time.
    WaitUntil(UnixTime),
    /// Refused for good: the counter has reached its limit.
    Ended,
}

impl Taken {
    /// Continues only if the attempt was counted: the number of counters.
    ///
    /// # Errors
    /// The refusal for the browser.
    pub fn or_refuse(self, now: UnixTime) -> std::result::Result<usize, ApiError> {
        match self {
            Self::Counted(counters) => Ok(counters),
            Self::WaitUntil(at) => {
                Err(ApiError::Throttled { retry_after_s: u32::try_from(at - now).unwrap_or(1).max(1) })
            }
            Self::Ended => Err(ApiError::SecondFactorUnusable),
        }
    }
}

// Whole failures that are forgotten by now. `last_at` moves by as many, so that a counter in use forgets as fast as one at rest.
const GONE: &str = "(case when attempts.last_at > $2 then 0 else ($2 - attempts.last_at) / $8 end)";
const LEFT: &str = "(case when attempts.failures > {gone} then attempts.failures - {gone} else 0 end)";
// Free attempts never wait, not even for a concurrent one with a later clock. A time further ahead than clocks may be apart comes
// from a clock that was set back, and is ignored.
static TAKE: LazyLock<String> = LazyLock::new(|| {
    "insert into attempts (key, failures, retry_at, last_at) values ($1, 1, $2, $2)
    on conflict (key) do update set
        failures = case when {left} < $7 then {left} + 1 else {left} end,
        last_at = case when {left} = 0 or attempts.last_at - $2 > $9 then $2 else attempts.last_at + {gone} * $8 end,
        retry_at = $2 + case
            when {left} < $3 then 0
            when {left} - $3 > 20 then $5
            when (cast($4 as bigint) << cast({left} - $3 as integer)) > $5 then $5
            else (cast($4 as bigint) << cast({left} - $3 as integer))
        end
    where ({left} <= $3 or attempts.retry_at <= $2 or attempts.retry_at - $2 > $5 + $9)
        and {left} < $6
    returning failures"
        .replace("{left}", LEFT)
        .replace("{gone}", GONE)
});
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
    let mut taken = 0;
    for counter in counters {
        let failures = match take_one(&mut tx, counter, now).await? {
            Ok(failures) => failures,
            Err((refused, begins_episode)) => {
                db.counted().refused_attempt(&counter.key);
                return Ok((refused, begins_episode.then_some(counter)));
            }
        };
        taken += 1;
        if counter.spares_the_rest && failures <= CLEAN {
            break;
        }
    }
    tx.commit().await?;
    Ok((Taken::Counted(taken), None))
}

/// The failures of the counter, this attempt included; or why it is refused, and whether an episode of refused attempts seems to
/// begin.
async fn take_one(
    tx: &mut Tx,
    Counter { key, policy, .. }: &Counter,
    now: UnixTime,
) -> Result<std::result::Result<i64, (Taken, bool)>> {
    let counted: Option<i64> = sqlx::query_scalar(TAKE.as_str())
        .bind(key)
        .bind(now)
        .bind(policy.free)
        .bind(policy.first_wait_s)
        .bind(policy.longest_wait_s)
        .bind(policy.end)
        .bind(policy.most())
        .bind(policy.forget_one_s)
        .bind(SKEW_S)
        .fetch_optional(&mut **tx)
        .await?;
    if let Some(failures) = counted {
        return Ok(Ok(failures));
    }
    let blocked = sqlx::query_as(BLOCKED).bind(key).fetch_one(&mut **tx).await?;
    let (failures, retry_at, refused_at): (i64, UnixTime, UnixTime) = blocked;
    let refused = if failures >= policy.end { Taken::Ended } else { Taken::WaitUntil(retry_at) };
    Ok(Err((refused, (refused_at - now).abs() > EPISODE_S)))
}

/// Marks the beginning of an episode of refused attempts; `false` if somebody else has marked it.
pub(super) async fn begin_episode(tx: &mut Tx, counter: &Counter, now: UnixTime) -> Result<bool> {
    let sql = "update attempts set refused_at = $2 where key = $1 and refused_at not between $2 - $3 and $2 + $3";
    let marked = sqlx::query(sql).bind(&counter.key).bind(now).bind(EPISODE_S).execute(&mut **tx).await?;
    Ok(marked.rows_affected() == 1)
}

/// After a correct password: clears the person's own counters, and takes this attempt back from the shared ones, together with
/// the wait that it caused.
pub async fn forgive(db: &Db, counters: &[Counter], now: UnixTime) -> Result<()> {
    let mut tx = db.begin().await?;
    for counter in counters {
        if counter.own {
            sqlx::query("delete from attempts where key = $1").bind(&counter.key).execute(&mut *tx).await?;
        } else {
            let take_back = "update attempts set failures = failures - 1,
                    retry_at = case when retry_at > $2 then $2 else retry_at end
                where key = $1 and failures > 0";
            sqlx::query(take_back).bind(&counter.key).bind(now).execute(&mut *tx).await?;
        }
    }
    tx.commit().await
}

/// Which of a user's wrong codes are forgotten, besides those that say nothing about where they came from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Forgotten {
    /// Those from the wide network around this address, after a complete log-in from there.
    pub(super) from: ClientAddress,
    /// Those from all unknown browsers, which a log-in does not forget.
    pub(super) budget: bool,
}

/// The counters of codes, in the order in which they are counted (see [`crate::auth::throttle`]).
const OF_CODES: [&str; 9] = [
    "code:",
    "code-budget:",
    "code-browser:",
    "code-network:",
    "code-elsewhere:",
    "set-up:",
    "set-up-browser:",
    "set-up-network:",
    "set-up-elsewhere:",
];

/// Forgets a user's wrong codes, after a complete log-in or a reset (R11). Row by row, in the order in which they are counted: PostgreSQL
/// locks the rows of one statement in any order, and attempts that are counted meanwhile would wait for this transaction, and it for them.
pub(super) async fn forget_codes(tx: &mut Tx, user_id: &UserId, forgotten: Forgotten) -> Result<()> {
    let networks = match forgotten.from {
        ClientAddress::Known(address) => [code_network_key(user_id, address), set_up_network_key(user_id, address)],
        ClientAddress::Unknown => [String::new(), String::new()],
    };
    let budget = if forgotten.budget { format!("code-budget:{user_id}") } else { String::new() };
    let counted = "select key from attempts where key in ($2, $3, $4)
            or key in ('code:' || $1, 'code-elsewhere:' || $1, 'set-up:' || $1, 'set-up-elsewhere:' || $1)
            or key in (select kind || $1 || ':' || first_token_hash from known_browsers
                cross join (select 'code-browser:' as kind union all select 'set-up-browser:') kinds where user_id = $1)";
    let counted = sqlx::query_scalar(counted).bind(user_id).bind(&networks[0]).bind(&networks[1]).bind(budget);
    let mut keys: Vec<String> = counted.fetch_all(&mut **tx).await?;
    keys.sort_by_key(|key| OF_CODES.iter().position(|kind| key.starts_with(kind)));
    for key in keys {
        sqlx::query("delete from attempts where key = $1").bind(key).execute(&mut **tx).await?;
    }
    Ok(())
}

/// After a new password, forgets the wrong codes from unknown browsers.
pub(super) async fn renew_code_budget(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    let sql = "delete from attempts where key = 'code-budget:' || $1";
    sqlx::query(sql).bind(user_id).execute(&mut **tx).await.map(drop)
}

/// Removes at most `limit` counters of which every failure is forgotten. Those of second factors stay. Returns whether there may
/// be more.
pub async fn remove_stale(db: &Db, now: UnixTime, limit: i64) -> Result<bool> {
    // Those of challenges are many, and forget quickly.
    let sql = "delete from attempts where key in (select key from attempts
            where last_at < $1 - failures * (case when key like 'challenge-%' then $3 else $2 end) and key not like 'code:%' limit $4)
        and last_at < $1 - failures * (case when key like 'challenge-%' then $3 else $2 end)";
    let removed = sqlx::query(sql)
        .bind(now)
        .bind(WIDE_PAIR.forget_one_s)
        .bind(CHALLENGES.forget_one_s)
        .bind(limit)
        .execute(&db.write)
        .await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
