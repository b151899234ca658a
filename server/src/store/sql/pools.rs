//! What both databases have: connections that read, connections that write, and those of reports.

use std::time::Duration;

use sqlx::AnyPool;

use super::reports::Reports;

/// How long to wait for a connection, or for SQLite's write lock.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);
/// Connections of a pool. Queries are short, and both databases work best with few connections.
pub(super) const CONNECTIONS: u32 = 8;
/// Connections of the reports. They may keep a processor busy, so there are few.
pub(super) const REPORT_CONNECTIONS: u32 = 2;

/// The connections to a database.
pub(super) struct Pools {
    pub(super) read: AnyPool,
    pub(super) write: AnyPool,
    pub(super) reports: Reports,
}
