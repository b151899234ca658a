//! Log-ins that have shown the correct password of a user with a second factor, but not the second factor; or the password and a wrong
//! set-up code: somebody else may know the password. Even if the session is cancelled, replaced or expires, its row stays until the alarm
//! about it is raised.

use super::sessions::NewSession;
use super::{Db, Result, Tx};
use crate::addresses::{ClientAddress, narrow_network};
use crate::auth::token::TokenHash;
use crate::clock::{SKEW_S, UnixTime};
use crate::ids::{SessionId, UserId};

/// How long a log-in may take before it is reported, in seconds.
pub const REPORTED_AFTER_S: i64 = 180;

/// A log-in that was not completed in time.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Unfinished {
    /// When the password was shown.
    pub begun_at: UnixTime,
    /// The client's address.
    pub address: String,
    /// The `User-Agent` header, shortened.
    pub user_agent: String,
}

/// Notes that a log-in has begun, if its user has a second factor. It continues an earlier one from the same network: the time runs
/// from the first password.
pub(super) async fn begin(tx: &mut Tx, new: &NewSession<'_>) -> Result<()> {
    let sql = "insert into unfinished_log_ins (user_id, network, session_id, begun_at, address, user_agent)
        select id, $2, $3, $4, $5, $6 from users where id = $1 and two_factor_since is not null
        on conflict (user_id, network) do update set session_id = excluded.session_id";
    sqlx::query(sql)
        .bind(new.user_id)
        .bind(narrow_network(new.address))
        .bind(new.id)
        .bind(new.now)
        .bind(new.address.to_string())
        .bind(new.user_agent)
        .execute(&mut **tx)
        .await
        .map(drop)
}

/// Notes that somebody has shown the password and a wrong set-up code, at the log-in or in a session. The time runs from the first one.
pub async fn begin_set_up(
    db: &Db,
    user_id: &UserId,
    session_id: &SessionId,
    address: ClientAddress,
    user_agent: &str,
    now: UnixTime,
) -> Result<()> {
    let sql = "insert into unfinished_log_ins (user_id, network, session_id, begun_at, address, user_agent)
        values ($1, $2, $3, $4, $5, $6) on conflict (user_id, network) do update set session_id = excluded.session_id";
    sqlx::query(sql)
        .bind(user_id)
        .bind(narrow_network(address))
        .bind(session_id)
        .bind(now)
        .bind(address.to_string())
        .bind(user_agent)
        .execute(&db.write)
        .await
        .map(drop)
}

/// Passes a log-in on to the session with which the same browser has begun again, perhaps from another network.
pub(super) async fn hand_over(tx: &mut Tx, user_id: &UserId, old_token: &TokenHash, new: &SessionId) -> Result<()> {
    let sql = "update unfinished_log_ins set session_id = $1
        where user_id = $2 and session_id = (select id from sessions where token_hash = $3)";
    sqlx::query(sql).bind(new).bind(user_id).bind(old_token).execute(&mut **tx).await.map(drop)
}

/// Removes a log-in that is complete, and the user's earlier ones from the same network. Those from elsewhere may be somebody else's.
pub(super) async fn complete(tx: &mut Tx, user_id: &UserId, id: &SessionId, address: ClientAddress) -> Result<()> {
    let sql = "delete from unfinished_log_ins where user_id = $1 and (session_id = $2 or network = $3)";
    sqlx::query(sql).bind(user_id).bind(id).bind(narrow_network(address)).execute(&mut **tx).await.map(drop)
}

/// Removes all of a user's log-ins.
pub(super) async fn forget(tx: &mut Tx, user_id: &UserId) -> Result<()> {
    sqlx::query("delete from unfinished_log_ins where user_id = $1").bind(user_id).execute(&mut **tx).await.map(drop)
}

/// At most `limit` users with a log-in that was not completed in time.
pub async fn due(db: &Db, now: UnixTime, limit: i64) -> Result<Vec<UserId>> {
    // A time further ahead than clocks may be apart comes from a clock that was set back.
    let sql = "select distinct user_id from unfinished_log_ins where begun_at <= $1 or begun_at > $2 limit $3";
    let due = sqlx::query_scalar(sql).bind(now - REPORTED_AFTER_S).bind(now + SKEW_S).bind(limit);
    due.fetch_all(&db.read).await
}

/// Removes and returns a user's log-ins that were not completed in time, the latest first, so that only one node gets them.
pub(super) async fn take(tx: &mut Tx, user_id: &UserId, now: UnixTime) -> Result<Vec<Unfinished>> {
    let sql = "delete from unfinished_log_ins where user_id = $1 and (begun_at <= $2 or begun_at > $3)
        returning begun_at, address, user_agent";
    let taken = sqlx::query_as(sql).bind(user_id).bind(now - REPORTED_AFTER_S).bind(now + SKEW_S);
    let mut taken: Vec<Unfinished> = taken.fetch_all(&mut **tx).await?;
    taken.sort_by_key(|unfinished| -unfinished.begun_at);
    Ok(taken)
}
