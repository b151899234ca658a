//! The secrets that users had before a reset or a replacement: one for each user. They are recognised during set-up, never accepted.

use super::totp_secrets::StoredSecret;
use super::{Db, Result, Tx, totp_secrets};
use crate::auth::cipher::Sealed;
use crate::clock::UnixTime;
use crate::ids::UserId;

/// How long a secret is kept, in seconds: 30 days.
pub const KEPT_S: i64 = 30 * 86_400;

/// Keeps the secret of a user's current factor, which is about to be removed or replaced.
pub(super) async fn keep(tx: &mut Tx, user_id: &UserId, now: UnixTime) -> Result<()> {
    let sql = "insert into previous_totp_factors (user_id, secret_sealed, algorithm, digits, period_s, removed_at)
        select user_id, secret_sealed, algorithm, digits, period_s, $2 from totp_factors where user_id = $1
        on conflict (user_id) do update set secret_sealed = excluded.secret_sealed, algorithm = excluded.algorithm,
            digits = excluded.digits, period_s = excluded.period_s, removed_at = excluded.removed_at";
    sqlx::query(sql).bind(user_id).bind(now).execute(&mut **tx).await.map(drop)
}

/// The secrets of the entries that the user's app may have besides the one of a set-up: that of the active factor, and the previous
/// one, unless it is too old.
pub async fn old_secrets(db: &Db, user_id: &UserId, now: UnixTime) -> Result<Vec<StoredSecret>> {
    let sql = "select secret_sealed, algorithm, digits, period_s from totp_factors where user_id = $1 union all
        select secret_sealed, algorithm, digits, period_s from previous_totp_factors
        where user_id = $1 and removed_at > $2";
    let found: Vec<totp_secrets::Columns> =
        sqlx::query_as(sql).bind(user_id).bind(now - KEPT_S).fetch_all(&db.read).await?;
    Ok(found.into_iter().filter_map(totp_secrets::read).collect())
}

/// Removes a user's secret, unless another one has taken its place.
pub async fn remove(db: &Db, user_id: &UserId, sealed: &Sealed) -> Result<()> {
    let sql = "delete from previous_totp_factors where user_id = $1 and secret_sealed = $2";
    sqlx::query(sql).bind(user_id).bind(sealed).execute(&db.write).await.map(drop)
}

/// Removes at most `limit` secrets that are too old. Returns whether there may be more.
pub async fn remove_stale(db: &Db, now: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from previous_totp_factors where removed_at <= $1 and user_id in
        (select user_id from previous_totp_factors where removed_at <= $1 limit $2)";
    let removed = sqlx::query(sql).bind(now - KEPT_S).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
