//! Where the log begins: once in the life of a database. The key check, without which no server starts, says whether it has.

use std::sync::atomic::Ordering;

use anyhow::{Context, ensure};

use super::sealed::State;
use crate::auth::cipher::{Cipher, Sealed};
use crate::clock::UnixTime;
use crate::keys;
use crate::state::AppState;
use crate::store::{Db, audit_state, meta, transactions};

/// What an operator has to know of a log that is gone.
const GONE: &str = "the audit log was removed from the database: restore the database from a backup (docs/audit.md)";

/// The stored state, and what it says.
#[derive(Debug)]
pub(super) struct Stored {
    pub(super) sealed: Sealed,
    pub(super) state: State,
}

impl Stored {
    /// Opens it; `None` means that it was removed.
    pub(super) fn open(cipher: &Cipher, sealed: Option<Sealed>) -> anyhow::Result<Self> {
        let sealed = sealed.context(GONE)?;
        let state = State::open(cipher, &sealed).context("the state of the audit log")?;
        Ok(Self { sealed, state })
    }
}

/// The state; `None` if there has been no audit log in this database yet.
///
/// # Errors
/// If the database fails, the log was removed, or its state cannot be opened.
pub(super) async fn stored(db: &Db, cipher: &Cipher) -> anyhow::Result<Option<Stored>> {
    let sealed = audit_state::get(db).await?;
    if sealed.is_none() {
        let check = meta::key_check(db).await?.context("the database has no key check")?;
        ensure!(!keys::knows_audit_log(cipher, &check)?, GONE);
        return Ok(None);
    }
    Stored::open(cipher, sealed).map(Some)
}

/// The state. A log begins if there has been none in this database.
///
/// # Errors
/// As of [`stored`]; also if this process has seen a log that is gone.
pub(super) async fn stored_or_begun(app: &AppState, now: UnixTime) -> anyhow::Result<Stored> {
    if !app.has_audit_log.load(Ordering::Relaxed) {
        begin(app, now).await?;
    }
    let stored = Stored::open(&app.cipher, audit_state::get(&app.db).await?)?;
    app.has_audit_log.store(true, Ordering::Relaxed);
    Ok(stored)
}

/// Begins a log, and lets the key check say so. If there is a log already, it only does the latter.
async fn begin(app: &AppState, now: UnixTime) -> anyhow::Result<()> {
    let (db, cipher) = (&app.db, &app.cipher);
    let check = meta::key_check(db).await?.context("the database has no key check")?;
    if keys::knows_audit_log(cipher, &check)? {
        return Ok(());
    }
    // The key check names the key that seals, and must go on to do so.
    ensure!(check.key_id() == Some(cipher.key_id().as_str()), "the master keys are being rotated");
    let first = State::of_new_log(now).seal(cipher);
    if transactions::begin_audit_log(db, &check, &keys::check_with_audit_log(cipher), &first).await? {
        tracing::warn!(
            "the audit log begins now. If this portal has had one before, it was removed: restore the database from a backup"
        );
    }
    Ok(())
}
