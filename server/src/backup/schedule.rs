//! The backups that a running server makes by itself, on one node at a time.

use std::path::PathBuf;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::time::{MissedTickBehavior, interval};

use super::{Lock, dump, kept};
use crate::clock::{SKEW_S, UnixTime};
use crate::config::Backup;
use crate::state::AppState;
use crate::store::meta;
use crate::{private_file, tasks};

/// Interval at which the server checks whether a backup is due.
const LOOKS_EVERY: Duration = Duration::from_secs(10);
/// Seconds after which a failed backup is tried again.
pub const RETRY_S: i64 = 600;

/// Makes the backups of one server.
#[derive(Debug)]
pub struct Schedule {
    app: AppState,
    failed_at: Option<UnixTime>,
}

/// Makes backups until the server stops; none if there is no directory for them.
pub async fn run(app: AppState) {
    if app.config.backup.folder.is_none() {
        return;
    }
    let mut schedule = Schedule::new(app.clone());
    let mut ticks = interval(LOOKS_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while app.stopping.run_until_cancelled(ticks.tick()).await.is_some() {
        schedule.look().await;
    }
}

/// The seconds from one backup to the next.
#[must_use]
pub const fn every_s(settings: &Backup) -> i64 {
    settings.every_hours * 3_600
}

impl Schedule {
    /// A schedule whose backups have not failed yet.
    #[must_use]
    pub const fn new(app: AppState) -> Self {
        Self { app, failed_at: None }
    }

    /// Makes a backup if one is due; returns its file. A failure is logged, with what to do, and tried again after [`RETRY_S`].
    pub async fn look(&mut self) -> Option<PathBuf> {
        let now = self.app.clock.now();
        if self.failed_at.is_some_and(|at| (0..RETRY_S).contains(&(now - at))) {
            return None;
        }
        let made = back_up_if_due(&self.app).await;
        self.failed_at = made.is_err().then_some(now);
        made.unwrap_or_else(|error| {
            let folder = self.app.config.backup.folder.clone().unwrap_or_default();
            tracing::error!(
                "the backup failed, and will be tried again in {} minutes: {error:#}. Check that the server's user can write to {}, and that \
                 its disk has free space; the earlier backups are still there",
                RETRY_S / 60,
                folder.display()
            );
            None
        })
    }
}

async fn back_up_if_due(app: &AppState) -> anyhow::Result<Option<PathBuf>> {
    if !is_due(app).await? {
        return Ok(None);
    }
    // On a thread of its own: it compresses, and waits for the disk.
    let app = app.clone();
    let made = tasks::blocking(move || {
        let stopping = app.stopping.clone();
        Handle::current().block_on(stopping.run_until_cancelled(back_up(&app)))
    });
    made.await?.transpose().map(Option::flatten)
}

/// Whether the latest backup is older than the interval, or was made by a clock that was ahead.
async fn is_due(app: &AppState) -> anyhow::Result<bool> {
    let latest = meta::scheduled_backup_at(&app.db).await?;
    let not_due = -SKEW_S..every_s(&app.config.backup);
    Ok(latest.is_none_or(|at| !not_due.contains(&(app.clock.now() - at))))
}

/// Makes a backup, unless another one is being made, or another node has just made it.
async fn back_up(app: &AppState) -> anyhow::Result<Option<PathBuf>> {
    let settings = &app.config.backup;
    let Some(folder) = &settings.folder else { return Ok(None) };
    let Some(snapshot) = app.db.backup_snapshot(&app.config.database.url).await? else { return Ok(None) };
    if !is_due(app).await? {
        return Ok(None);
    }
    private_file::create_folder(folder)?;
    kept::remove_unfinished(folder)?;
    let now = app.clock.now();
    let name = kept::name(now);
    let file = folder.join(&name);
    if file.exists() {
        // A server that was killed in this second has made it.
        return Ok(None);
    }
    let lock = Lock::Key(app.cipher.backup_secret());
    let rows = dump(snapshot, &file, &lock, None, now, |_, _| {}).await?;
    meta::keep_scheduled_backup_at(&app.db, now).await?;
    tracing::info!(rows, "a backup was made: {}", file.display());
    match kept::remove_old(folder, settings.keep, &name) {
        Ok(removed) if removed > 0 => tracing::info!(removed, "old backups were removed"),
        Ok(_) => {}
        Err(error) => tracing::warn!("old backups could not be removed: {error:#}; remove them by hand"),
    }
    Ok(Some(file))
}
