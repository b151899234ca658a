//! By how much the clocks of users' phones differed from the server's in set-ups that are not complete: one for each user. If they
//! agree, the server's clock is wrong.

use super::{Db, Result, Tx};
use crate::clock::UnixTime;
use crate::ids::UserId;

/// How long an offset is kept, in seconds: 7 days.
pub const KEPT_S: i64 = 7 * 86_400;
/// The most offsets that are compared, the latest first.
const MOST: i64 = 1_000;

/// Keeps the latest offset of a user's phone: the seconds by which it was ahead.
pub async fn keep(db: &Db, user_id: &UserId, offset_s: i64, now: UnixTime) -> Result<()> {
    let sql = "insert into clock_offsets (user_id, offset_s, found_at) select id, $2, $3 from users where id = $1
        on conflict (user_id) do update set offset_s = excluded.offset_s, found_at = excluded.found_at";
    sqlx::query(sql).bind(user_id).bind(offset_s).bind(now).execute(&db.write).await.map(drop)
}

/// Forgets a user's offset: a code was accepted, so the clocks agree now.
pub(super) async fn forget(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    let sql = "delete from clock_offsets where user_id = $1";
    sqlx::query(sql).bind(user_id).execute(&mut **tx).await.map(drop)
}

/// The latest offsets, one for each user.
pub async fn latest(db: &Db, now: UnixTime) -> Result<Vec<i64>> {
    let sql = "select offset_s from clock_offsets where found_at > $1 order by found_at desc limit $2";
    sqlx::query_scalar(sql).bind(now - KEPT_S).bind(MOST).fetch_all(&db.read).await
}

/// Removes at most `limit` offsets that are too old. Returns whether there may be more.
pub async fn remove_stale(db: &Db, now: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from clock_offsets where found_at <= $1 and user_id in
        (select user_id from clock_offsets where found_at <= $1 limit $2)";
    let removed = sqlx::query(sql).bind(now - KEPT_S).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
