//! The networks from which users log in, and whether a log-in comes from a browser and a network that its user has used before.

use super::{Db, Result, Tx};
use crate::addresses::{ClientAddress, place};
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::UserId;

/// The most networks of one user that are remembered.
pub const MOST: i64 = 50;
/// How long a network is remembered after the last log-in from there, in days.
pub const KEPT_DAYS: i64 = 90;
const KEPT_S: i64 = KEPT_DAYS * 86_400;

/// Whether a log-in comes from a browser that is not known for its user, or from a network from which the user has not logged in for
/// [`KEPT_DAYS`]. The first log-in never does. If the address is unknown, or no network of the user is remembered yet, only the browser
/// counts.
pub(super) async fn is_unfamiliar(
    tx: &mut Tx,
    user_id: &UserId,
    browser: Option<&TokenHash>,
    address: ClientAddress,
    now: UnixTime,
) -> Result<bool> {
    let sql = "select count(*) from users u where u.id = $1 and u.last_sign_in_at is not null
        and (not exists (select 1 from known_browsers b where b.user_id = u.id and b.token_hash = $2)
            or ($3 <> '' and exists (select 1 from places p where p.user_id = u.id and p.last_used_at > $4)
                and not exists (select 1 from places p where p.user_id = u.id and p.network = $3 and p.last_used_at > $4)))";
    let unfamiliar: i64 = sqlx::query_scalar(sql)
        .bind(user_id)
        .bind(browser.map_or("", TokenHash::as_str))
        .bind(place(address).unwrap_or_default())
        .bind(now - KEPT_S)
        .fetch_one(&mut **tx)
        .await?;
    Ok(unfamiliar == 1)
}

/// Remembers the network of a log-in. If the user has more than [`MOST`] networks, those that were used least recently are forgotten.
pub(super) async fn remember(tx: &mut Tx, user_id: &UserId, address: ClientAddress, now: UnixTime) -> Result<()> {
    let Some(network) = place(address) else { return Ok(()) };
    let add = "insert into places (user_id, network, last_used_at) values ($1, $2, $3)
        on conflict (user_id, network) do update set last_used_at = $3";
    sqlx::query(add).bind(user_id).bind(&network).bind(now).execute(&mut **tx).await?;
    let bound = "delete from places where user_id = $1 and network <> $2 and network not in
        (select network from places where user_id = $1 and network <> $2 order by last_used_at desc, network limit $3)";
    sqlx::query(bound).bind(user_id).bind(&network).bind(MOST - 1).execute(&mut **tx).await.map(drop)
}

/// Forgets at most `limit` networks that have not been used for [`KEPT_DAYS`]. Returns whether there may be more.
pub async fn remove_stale(db: &Db, now: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from places where (user_id, network) in
        (select user_id, network from places where last_used_at <= $1 limit $2)";
    let removed = sqlx::query(sql).bind(now - KEPT_S).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
