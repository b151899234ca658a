//! Appends the rows that have no entry yet.

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::{anyhow, ensure};
use tokio::time::{MissedTickBehavior, interval, sleep, timeout};

use super::beginning::{self, Stored};
use super::encoding::{VERSION, entry_hash, row_hash};
use super::heads::Heads;
use super::sealed::{Head, Link, State};
use super::{LATEST_S, chain_of};
use crate::clock::UnixTime;
use crate::ids::ChainId;
use crate::state::AppState;
use crate::store::audit_entries::Entry;
use crate::store::audit_records::{self, Position, Record, RecordKind};
use crate::store::transactions::{self, GrownChain, Growth};
use crate::store::{self, audit_chains};

/// Interval at which the server looks for new rows.
const EVERY: Duration = Duration::from_secs(1);
/// Most rounds look back this many seconds before the last one: longer than nearly every transaction takes.
const RECENT_S: i64 = 15;
/// After this many seconds, a round looks back as far as [`LATEST_S`].
const FULL_EVERY_S: i64 = 30;
/// While there is nothing new, the state is written this often, in seconds.
const NOTED_EVERY_S: i64 = 60;
/// Rows of each kind that are read at once.
const AT_ONCE: i64 = 500;
/// Pause between two batches, so that other work gets to the database.
const PAUSE: Duration = Duration::from_millis(50);
/// How long a server that is stopping may take for the last rows.
const LAST_ROWS: Duration = Duration::from_secs(2);

/// Appends the rows for one server.
#[derive(Debug)]
pub struct Chaining {
    app: AppState,
    looked_at: Option<UnixTime>,
    looked_far_at: Option<UnixTime>,
    /// Whether it goes on although the server stops.
    is_last: bool,
    /// A row that could not be read, or a head that could not be opened, in this round.
    damaged: Option<anyhow::Error>,
}

/// Rows in the order of their times and ids.
struct Page {
    /// Those without an entry.
    new: Vec<Record>,
    /// Where the next page begins; `None` after the last one.
    next: Option<Position>,
}

/// Runs until the server stops. Failures are retried in the next round; only the first of several in a row is logged.
pub async fn run(app: AppState) {
    let mut chaining = Chaining::new(app.clone());
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut has_failed = false;
    while app.stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        let done = chaining.round().await;
        if let Err(error) = &done
            && !has_failed
        {
            tracing::error!(error = format!("{error:#}"), "the audit log cannot be written; trying again");
        }
        has_failed = done.is_err();
    }
}

/// Appends what was written while the server was stopping. What is left after [`LAST_ROWS`] is appended at the next start.
pub async fn finish(app: &AppState) {
    let now = Some(app.clock.now());
    let mut chaining = Chaining { looked_at: now, looked_far_at: now, is_last: true, ..Chaining::new(app.clone()) };
    match timeout(LAST_ROWS, chaining.round()).await {
        Ok(Ok(_)) => {}
        Ok(Err(error)) => tracing::warn!(error = format!("{error:#}"), "the last rows are not in the audit log yet"),
        Err(_) => tracing::warn!("the last rows are not in the audit log yet"),
    }
}

impl Chaining {
    /// A server that has not looked yet.
    #[must_use]
    pub const fn new(app: AppState) -> Self {
        Self { app, looked_at: None, looked_far_at: None, is_last: false, damaged: None }
    }

    /// Appends all rows without an entry; returns how many. It ends early if another node appends some, or the server stops.
    ///
    /// # Errors
    /// If the database fails, or what is sealed cannot be opened, or was put back or removed.
    pub async fn round(&mut self) -> anyhow::Result<u64> {
        let now = self.app.clock.now();
        let mut stored = beginning::stored_or_begun(&self.app, now).await?;
        let is_far = self.looked_far_at.is_none_or(|at| !(0..FULL_EVERY_S).contains(&(now - at)));
        if is_far {
            stored = self.compared().await?;
        }
        let from = match self.looked_at {
            Some(at) if !is_far => at.min(now) - RECENT_S,
            _ => stored.state.chained_to.min(now) - LATEST_S,
        };
        let mut after = (from.max(stored.state.kept_from), String::new());
        let mut appended = 0;
        loop {
            let page = self.page(&after).await?;
            let count = page.new.len() as u64;
            let state = State { chained_to: chained_to(&stored.state, &page, is_far, now), ..stored.state.clone() };
            let is_note_due = !(0..NOTED_EVERY_S).contains(&(state.chained_to - stored.state.chained_to));
            if count > 0 || is_note_due {
                match self.append(&stored, state, page.new).await? {
                    Some(after) => stored = after,
                    None => return Ok(appended),
                }
            }
            appended += count;
            match page.next {
                Some(_) if self.app.stopping.is_cancelled() && !self.is_last => return Ok(appended),
                Some(next) => after = next,
                None => break,
            }
            if count > 0 {
                sleep(PAUSE).await;
            }
        }
        self.looked_at = Some(now);
        if is_far {
            self.looked_far_at = Some(now);
        }
        self.damaged.take().map_or(Ok(appended), Err)
    }

    /// The state, compared with the heads of all chains.
    async fn compared(&self) -> anyhow::Result<Stored> {
        let cipher = &self.app.cipher;
        let mut snapshot = self.app.db.snapshot().await?;
        let stored = Stored::open(cipher, snapshot.audit_state().await?)?;
        let heads = Heads::read(&mut snapshot, cipher).await?;
        ensure!(heads.agree_with(&stored.state), "the state or a head of the audit log was put back to an earlier one");
        Ok(stored)
    }

    async fn page(&mut self, after: &Position) -> store::Result<Page> {
        let mut found = Vec::new();
        let mut next: Option<Position> = None;
        for kind in RecordKind::ALL {
            let page = audit_records::page(&self.app.db, kind, after, AT_ONCE).await?;
            next = next.into_iter().chain(page.end).min();
            found.extend(page.rows);
            if let Some(id) = page.unreadable.first() {
                let what = format!("the {} {} cannot be read", kind.as_str(), id.escape_debug());
                self.damaged.get_or_insert_with(|| anyhow!(what));
            }
        }
        // Rows of the other kind beyond the end of a full page come with the next one.
        found.retain(|(row, _)| next.as_ref().is_none_or(|end| position(row) <= *end));
        found.sort_by_cached_key(|(row, _)| position(row));
        let new = found.into_iter().filter(|(_, has_entry)| !has_entry).map(|(row, _)| row).collect();
        Ok(Page { new, next })
    }

    /// Appends rows, and notes the state; `None` if another node was faster. Rows of a chain whose head cannot be opened are left.
    async fn append(&mut self, stored: &Stored, state: State, rows: Vec<Record>) -> store::Result<Option<Stored>> {
        let (db, cipher) = (&self.app.db, &self.app.cipher);
        let mut by_chain: BTreeMap<ChainId, Vec<Record>> = BTreeMap::new();
        for row in rows {
            by_chain.entry(chain_of(row.account_id.as_deref())).or_default().push(row);
        }
        let ids: Vec<&ChainId> = by_chain.keys().collect();
        let there = if ids.is_empty() { Vec::new() } else { audit_chains::named(db, &ids).await? };
        let there: BTreeMap<_, _> = there.into_iter().map(|chain| (chain.id, chain.head_sealed)).collect();
        let (mut grown, mut entries) = (Vec::new(), Vec::new());
        for (id, rows) in by_chain {
            let old_head = there.get(&id).cloned();
            let opened =
                old_head.as_ref().map_or_else(|| Ok(Head::of_empty_chain()), |sealed| Head::open(cipher, &id, sealed));
            match opened {
                Ok(mut head) => {
                    entries.extend(rows.iter().map(|row| follow(&id, &mut head.last, row)));
                    grown.push((id, head, old_head));
                }
                Err(error) => {
                    self.damaged = Some(anyhow::Error::new(error).context(format!("the head of the chain {id}")));
                }
            }
        }
        let begun = grown.iter().filter(|(_, _, old_head)| old_head.is_none()).count() as u64;
        let state = State { chains: state.chains + begun, entries: state.entries + entries.len() as i64, ..state };
        let chains = grown.into_iter().map(|(id, head, old_head)| {
            let new_head = Head { entries: state.entries, ..head }.seal(cipher, &id);
            GrownChain { id, old_head, new_head }
        });
        let sealed = state.seal(cipher);
        let growth = Growth { old_state: &stored.sealed, new_state: &sealed, chains: chains.collect(), entries };
        let is_done = transactions::append_entries(db, &growth).await?;
        Ok(is_done.then_some(Stored { sealed, state }))
    }
}

fn position(row: &Record) -> Position {
    (row.at, row.id.clone())
}

/// The entry of a row after the end of a chain. It becomes the new end.
fn follow(chain: &ChainId, end: &mut Link, row: &Record) -> Entry {
    let mut entry = Entry {
        chain: chain.clone(),
        seq: end.seq + 1,
        version: VERSION,
        kind: row.kind.as_str().to_owned(),
        row_id: row.id.clone(),
        at: row.at,
        row_hash: row_hash(row),
        hash: String::new(),
    };
    entry.hash = entry_hash(&end.hash, &entry);
    *end = Link { seq: entry.seq, hash: entry.hash.clone() };
    entry
}

/// The time up to which all rows have an entry after a page. Only a round that looks back far moves it on, and only the clock moves it back.
fn chained_to(state: &State, page: &Page, is_far: bool, now: UnixTime) -> UnixTime {
    match &page.next {
        _ if !is_far => state.chained_to,
        None => now,
        Some((at, _)) => (*at).clamp(state.chained_to.min(now), now),
    }
}
