//! Keeps the rest of the log verifiable when records become too old: what may be missing is noted before it is removed, and the first
//! entries of a chain are removed when no row needs them.

use anyhow::{Context, ensure};

use super::beginning::{self, Stored};
use super::sealed::{Head, Link, State};
use crate::clock::UnixTime;
use crate::state::AppState;
use crate::store::transactions::{self, ShortenedChain};
use crate::store::{audit_chains, audit_entries, audit_state};

/// How many times a write is tried when another node keeps changing the state.
const ATTEMPTS: usize = 10;
/// The most entries that are removed at once.
const AT_ONCE: i64 = 200;

/// Notes that rows from before a time may be removed from now on.
///
/// # Errors
/// If the database fails, the log was removed, its state cannot be opened, or other nodes keep changing it. No row may be removed then.
pub async fn note_removal(app: &AppState, before: UnixTime) -> anyhow::Result<()> {
    for _ in 0..ATTEMPTS {
        // Without an audit log there is nothing to prove yet.
        let Some(Stored { sealed, state }) = beginning::stored(&app.db, &app.cipher).await? else { return Ok(()) };
        if state.kept_from >= before {
            return Ok(());
        }
        let new = State { kept_from: before, ..state }.seal(&app.cipher);
        if audit_state::replace(&app.db, &sealed, &new).await? {
            return Ok(());
        }
    }
    ensure!(false, "other nodes keep changing the state of the audit log");
    Ok(())
}

/// Removes the first entries of each chain, up to the first whose row is not from before a time. The last removed one stays in the head.
///
/// # Errors
/// If the database fails, or a head cannot be opened; the other chains are still shortened.
pub async fn remove_entries(app: &AppState, before: UnixTime) -> anyhow::Result<()> {
    let mut failed = Ok(());
    for chain in audit_chains::all(&app.db).await? {
        let mut head_sealed = chain.head_sealed;
        loop {
            let head = match Head::open(&app.cipher, &chain.id, &head_sealed) {
                Ok(head) => head,
                Err(error) => {
                    failed = Err(error).with_context(|| format!("the head of the chain {}", chain.id));
                    break;
                }
            };
            let entries = audit_entries::first(&app.db, &chain.id, head.first.seq, AT_ONCE).await?;
            let old = entries.iter().take_while(|entry| entry.at < before && entry.seq <= head.last.seq);
            let Some(last) = old.last() else { break };
            let first = Link { seq: last.seq, hash: last.hash.clone() };
            let new_head = Head { first, ..head }.seal(&app.cipher, &chain.id);
            let shortened =
                ShortenedChain { id: &chain.id, old_head: &head_sealed, new_head: &new_head, seq: last.seq };
            // Otherwise the chain has grown meanwhile, and is shortened in the next round.
            if !transactions::shorten_chain(&app.db, &shortened).await? {
                break;
            }
            head_sealed = new_head;
        }
    }
    failed
}
