//! The audit log: a hash chain for each account over its rows of the record of administration and of the login history, and one more for
//! the rows of no account (`docs/audit.md`).
//!
//! A transaction that writes such a row does nothing for the log. Each server looks every second for rows without an entry ([`chaining`])
//! and appends them; if two do so at once, one succeeds. So the order of a chain is the order in which the rows became visible, and, among
//! those that were found together, that of their times and ids. The head of each chain is sealed ([`sealed`]).

use crate::auth::cipher::Cipher;
use crate::clock::UnixTime;
use crate::ids::ChainId;
use crate::store::{Db, audit_records};
use beginning::Stored;

pub mod anchor;
pub mod anchor_lines;
pub mod anchoring;
mod beginning;
pub mod chaining;
mod encoding;
pub mod export;
pub mod found;
pub mod heads;
pub mod retention;
pub mod sealed;
pub mod verify;
pub mod walk;

/// A row that is written by a slow transaction, or by a server whose clock is slow, is found if its time is at most this many seconds ago.
pub const LATEST_S: i64 = 300;

/// The time of the oldest row that waits for its entry; `None` if none does, or no server with an audit log has been started yet.
///
/// # Errors
/// If the database fails, the log was removed, or its state cannot be opened.
pub async fn oldest_waiting(db: &Db, cipher: &Cipher, now: UnixTime) -> anyhow::Result<Option<UnixTime>> {
    let Some(Stored { state, .. }) = beginning::stored(db, cipher).await? else { return Ok(None) };
    let from = state.kept_from.max(state.chained_to.min(now) - LATEST_S);
    Ok(audit_records::oldest_unchained(db, from).await?)
}

/// The chain of the rows of an account, or of none.
fn chain_of(account_id: Option<&str>) -> ChainId {
    ChainId::named(account_id.unwrap_or(OF_PORTAL).to_owned())
}

/// The chain of the rows that belong to no account. No account has this id.
pub const OF_PORTAL: &str = "portal";
