//! What both databases have: connections that read, connections that write, and those of reports.

use std::time::Duration;

use sqlx::AnyPool;

use super::errors::{Error, Result};
use super::reports::Reports;

/// The statements that differ between the databases.
#[derive(Debug)]
pub(in crate::store) struct Dialect {
    /// Begins a transaction.
    pub(super) begin: &'static str,
    /// Begins a transaction that only reads, and sees the database as it is at its first statement.
    pub(in crate::store) begin_snapshot: &'static str,
    /// Makes the transaction the only one of a backup until it ends, and returns 1; returns 0 if there is another. SQLite uses a file for it.
    pub(in crate::store) lock_backups: &'static str,
    /// Lets the statements of a transaction take as long as they need.
    pub(in crate::store) without_limits: &'static str,
    /// The names and types of the columns of a table, in order.
    pub(in crate::store) columns: &'static str,
    /// Settings on which durable commits depend: their names, and statements that read them.
    pub(super) durability: &'static [(&'static str, &'static str)],
    /// The end of a query that locks its rows and skips those that are already locked.
    pub(super) skip_locked: &'static str,
    /// Creates the table `changes`, unless it exists.
    pub(super) create_changes: &'static str,
    /// Creates a trigger that inserts an expression into `changes`. Arguments: the trigger's name, event, table and condition,
    /// and the expression.
    pub(super) create_trigger: fn(&str, &str, &str, &str, &str) -> String,
    /// Creates a trigger on a table that inserts [`super::changes::EVERYTHING`] into `changes` after `truncate`, which fires no
    /// row triggers.
    pub(super) watch_truncate: fn(&str) -> String,
    /// Creates a trigger that makes the rows of `oidc_log_ins` due whose session is deleted.
    pub(super) notice_log_outs: &'static str,
    /// The subjects of the rows of `changes` that were not visible yet at a position, or null if there are none; and the
    /// position that this statement has reached, as text. If the position is null, there are no new rows.
    pub(super) changes_since: &'static str,
}

/// How long to wait for a connection, or for SQLite's write lock.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// Connections of a pool. Queries are short, and both databases work best with few connections.
pub(super) const CONNECTIONS: u32 = 8;
/// Connections of the reports. They may keep a processor busy, so there are few.
pub(super) const REPORT_CONNECTIONS: u32 = 2;

/// A pool that was just opened. It tries again until its time is over and does not say why, so one more attempt outside of it does.
pub(super) async fn explained(pool: Result<AnyPool>, attempt: impl Future<Output = Result<()>>) -> Result<AnyPool> {
    match pool {
        Err(Error::PoolTimedOut) => {
            let cause = tokio::time::timeout(PATIENCE, attempt).await.ok().and_then(Result::err);
            Err(cause.unwrap_or(Error::PoolTimedOut))
        }
        pool => pool,
    }
}

/// The connections to a database, and its dialect.
pub(super) struct Pools {
    pub(super) read: AnyPool,
    pub(super) write: AnyPool,
    pub(super) reports: Reports,
    pub(super) dialect: &'static Dialect,
}
