//! Sessions whose end a client wants to know. A trigger makes a row due when its session is deleted, by whichever statement
//! (`sql/watched.rs`).

use super::{Db, Result, Tx};
use crate::clock::UnixTime;
use crate::ids::{ClientId, LogInId, SessionId, UserId};

/// A log-out to announce, claimed by this node.
#[derive(Debug, sqlx::FromRow)]
pub struct LogOut {
    /// Id of the row.
    pub id: LogInId,
    /// The client.
    pub client_id: ClientId,
    /// The session that has ended.
    pub session_id: SessionId,
    /// Its user, who may be gone.
    pub user_id: UserId,
    /// When it was first tried to announce it.
    pub tried_at: UnixTime,
    /// Attempts, including this one.
    pub attempts: i64,
}

/// Log-outs that are announced to one client at the same time: one that does not answer holds up no other.
const AT_ONCE: i64 = 2;

/// Remembers that a client wants to know when the session ends.
pub(super) async fn add(tx: &mut Tx, client_id: &ClientId, session_id: &SessionId, user_id: &UserId) -> Result<()> {
    let sql = "insert into oidc_log_ins (id, client_id, session_id, user_id) values ($1, $2, $3, $4)
        on conflict (session_id, client_id) do nothing";
    let query = sqlx::query(sql).bind(LogInId::random()).bind(client_id).bind(session_id).bind(user_id);
    query.execute(&mut **tx).await.map(drop)
}

/// Whether a log-out is due. This takes no lock, unlike a claim that finds nothing.
pub async fn any_due(db: &Db, now: UnixTime) -> Result<bool> {
    let sql = "select count(*) from (select 1 from oidc_log_ins
        where due_at <= $1 and (claimed_until is null or claimed_until <= $1) limit 1) due";
    let due: i64 = sqlx::query_scalar(sql).bind(now).fetch_one(&db.read).await?;
    Ok(due == 1)
}

/// The number of log-outs that clients do not know of yet, and since when the oldest one is tried.
pub async fn waiting(db: &Db) -> Result<(i64, Option<UnixTime>)> {
    let sql = "select count(*), min(tried_at) from oidc_log_ins where due_at is not null";
    sqlx::query_as(sql).fetch_one(&db.read).await
}

/// Claims a log-out that is due, so that no other node announces it before `until`. `None` if none is due.
pub async fn claim(db: &Db, now: UnixTime, until: UnixTime) -> Result<Option<LogOut>> {
    let sql = "update oidc_log_ins set claimed_until = $2, attempts = attempts + 1, tried_at = coalesce(tried_at, $1)
        where id = (select id from oidc_log_ins where due_at <= $1 and (claimed_until is null or claimed_until <= $1)
                and client_id not in (select client_id from oidc_log_ins where due_at <= $1 and claimed_until > $1
                    group by client_id having count(*) >= $3)
                order by due_at, id limit 1)
            and (claimed_until is null or claimed_until <= $1)
        returning id, client_id, session_id, user_id, tried_at, attempts";
    sqlx::query_as(sql).bind(now).bind(until).bind(AT_ONCE).fetch_optional(&db.write).await
}

/// Releases the claim, and postpones the log-out.
pub async fn postpone(db: &Db, id: &LogInId, due_at: UnixTime) -> Result<()> {
    let sql = "update oidc_log_ins set claimed_until = null, due_at = $2 where id = $1";
    sqlx::query(sql).bind(id).bind(due_at).execute(&db.write).await.map(drop)
}

/// Removes a log-out that the client knows of, or that is given up.
pub async fn remove(db: &Db, id: &LogInId) -> Result<()> {
    sqlx::query("delete from oidc_log_ins where id = $1").bind(id).execute(&db.write).await.map(drop)
}
