//! The last uses of sessions: `sessions.last_seen_at`.

use sqlx::AssertSqlSafe;

use super::{Db, Result};
use crate::clock::UnixTime;
use crate::ids::SessionId;

/// Records that a session was used.
pub(super) async fn record(db: &Db, session_id: &SessionId, now: UnixTime) -> Result<()> {
    let sql = "update sessions set last_seen_at = $2 where id = $1 and last_seen_at < $2";
    sqlx::query(sql).bind(session_id).bind(now).execute(&db.write).await.map(drop)
}

/// Maximum number of sessions per statement.
const AT_ONCE: usize = 500;

/// Records when sessions were used. A session that is locked by another transaction is skipped.
pub(super) async fn record_all(db: &Db, used: &[(SessionId, UnixTime)]) -> Result<()> {
    for part in used.chunks(AT_ONCE) {
        let values = (0..part.len()).map(|n| format!("(cast(${} as text), cast(${} as bigint))", 2 * n + 1, 2 * n + 2));
        let sql = format!(
            "with used (id, at) as (values {}),
                due as (select s.id, used.at from sessions s join used on used.id = s.id where s.last_seen_at < used.at {})
            update sessions set last_seen_at = due.at from due where due.id = sessions.id",
            values.collect::<Vec<_>>().join(", "),
            db.skip_locked()
        );
        let statement =
            part.iter().fold(sqlx::query(AssertSqlSafe(sql)), |statement, (id, at)| statement.bind(id).bind(at));
        statement.persistent(false).execute(&db.write).await?;
    }
    Ok(())
}
