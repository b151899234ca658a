//! `postern backup` and `postern restore`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::json;
use zeroize::Zeroizing;

use super::asked;
use super::progress::Progress;
use super::tools::{Answer, Tools};
use crate::backup::{self, Lock, Options};
use crate::clock::rfc3339;
use crate::config::{Config, DatabaseUrl, KeySource};
use crate::keys;
use crate::private_file::{self, Unfinished};
use crate::signals;
use crate::store::Db;
use crate::store::tables::Snapshot;

/// The shortest passphrase.
const SHORTEST: usize = 12;
/// How many times a backup tries to be the only one, and how long it waits in between.
const ATTEMPTS: u32 = 25;
const PAUSE: Duration = Duration::from_millis(200);

#[derive(Debug, clap::Args)]
pub(super) struct BackupArgs {
    /// File to create; one that exists is never overwritten
    file: PathBuf,
    /// Put the key ring into the backup, and seal it with a passphrase of at least 12 characters, read from standard input or asked for on
    /// a terminal
    #[arg(long)]
    with_key: bool,
}

#[derive(Debug, clap::Args)]
pub(super) struct RestoreArgs {
    /// The backup
    file: PathBuf,
    /// The backup was made with --with-key: read its passphrase from standard input or ask for it on a terminal, and create the key file
    #[arg(long)]
    with_key: bool,
    /// Keep the sessions that were open when the backup was made; otherwise everybody must log in again
    #[arg(long)]
    keep_sessions: bool,
}

/// Writes a backup beside a running server.
pub(super) async fn backup(args: BackupArgs, tools: &Tools) -> anyhow::Result<Answer> {
    let source = &tools.config.keys.source;
    let cipher = keys::open(&tools.db, source).await?;
    let (lock, key) = if args.with_key {
        let ring = keys::read_text(source).await?.with_context(|| format!("{source} is missing"))?;
        (Lock::Passphrase(passphrase(true)?), Some(ring.to_string()))
    } else {
        (Lock::Key(cipher.backup_secret()), None)
    };
    let snapshot = snapshot(tools).await?;
    let progress = Progress::new("Writing", 0);
    let reach = |rows, all| progress.reach(rows, all);
    let dump = backup::dump(snapshot, &args.file, &lock, key, tools.clock.now(), reach);
    let rows = signals::until_stopped(dump).await;
    progress.end();
    let rows = rows?;
    let file = args.file.display();
    Ok(Answer::new(backed_up(rows, &args.file, args.with_key), json!({"file": file.to_string(), "rows": rows})))
}

/// What the backup will have. Waits for a while if another backup is being made.
async fn snapshot(tools: &Tools) -> anyhow::Result<Snapshot> {
    for _ in 0..ATTEMPTS {
        if let Some(snapshot) = tools.db.backup_snapshot(&tools.config.database.url).await? {
            return Ok(snapshot);
        }
        tokio::time::sleep(PAUSE).await;
    }
    bail!("another backup is being made, perhaps by the server (backup.folder): run this again when it is complete")
}

/// Restores a backup into an empty database, which is created if it does not exist.
pub(super) async fn restore(args: RestoreArgs, config: Config) -> anyhow::Result<Answer> {
    let source = &config.keys.source;
    let locks = locks(&args, source).await?;
    let header = backup::read_header(&args.file, &locks)?;
    if let Some(text) = header.key_file.as_deref() {
        missing_key_file(source, text)?;
    }
    let db = Db::connect(&config.database.url).await?;
    let options = Options { keeps_sessions: args.keep_sessions };
    let progress = Progress::new("Restoring", header.rows);
    let reach = |rows| progress.reach(rows, header.rows);
    let take_key = || header.key_file.as_deref().map_or(Ok(()), |text| take_key(source, text));
    let rows = backup::restore(&db, &config.database.url, &args.file, &locks, options, take_key, reach).await;
    progress.end();
    let rows = rows?;
    // The key belongs to what was restored.
    keys::open(&db, source).await?;
    db.close().await;
    let made = rfc3339(header.created_at);
    let answer = json!({"database": config.database.url.to_string(), "rows": rows, "created_at": made});
    Ok(Answer::new(restored(rows, &config.database.url, &made.0, args.keep_sessions), answer))
}

/// What may open the backup.
async fn locks(args: &RestoreArgs, source: &KeySource) -> anyhow::Result<Vec<Lock>> {
    if args.with_key {
        return Ok(vec![Lock::Passphrase(passphrase(false)?)]);
    }
    let ring = keys::read(source).await?.with_context(|| {
        format!(
            "{source} does not exist: put the portal's there first, or add --with-key if the backup was made with it"
        )
    })?;
    Ok(ring.backup_secrets().into_iter().map(Lock::Key).collect())
}

/// Where the key file has to be created; `None` if it is there already.
fn missing_key_file<'a>(source: &'a KeySource, text: &str) -> anyhow::Result<Option<&'a Path>> {
    let KeySource::File(path) = source else {
        bail!("the backup contains a key file, but the settings take the keys from {source}; nothing was changed")
    };
    if path.exists() {
        let there =
            Zeroizing::new(std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?);
        ensure!(
            there.as_str() == text,
            "the key file {} differs from the one in the backup: move it away first; nothing was changed",
            path.display()
        );
        return Ok(None);
    }
    Ok(Some(path))
}

/// Creates the key file. A different one is never overwritten.
fn take_key(source: &KeySource, text: &str) -> anyhow::Result<()> {
    let Some(path) = missing_key_file(source, text)? else { return Ok(()) };
    if let Some(folder) = path.parent() {
        private_file::create_folder(folder)?;
    }
    let (unfinished, mut file) = Unfinished::begin(path)?;
    file.write_all(text.as_bytes()).with_context(|| format!("cannot write {}", path.display()))?;
    unfinished.complete(&file)
}

/// One line.
fn passphrase(is_new: bool) -> anyhow::Result<Zeroizing<String>> {
    let text = asked::secret("passphrase", is_new)?;
    let line = Zeroizing::new(text.lines().next().unwrap_or_default().to_owned());
    ensure!(line.chars().count() >= SHORTEST, "the passphrase must have at least {SHORTEST} characters");
    Ok(line)
}

fn backed_up(rows: u64, file: &Path, with_key: bool) -> String {
    let needs = if with_key {
        "Whoever has the file and the passphrase has the portal, with all its secrets."
    } else {
        "To restore it, the key ring is needed, too: keep a copy of it elsewhere."
    };
    format!("{rows} rows were written to {}. {needs}", file.display())
}

fn restored(rows: u64, database: &DatabaseUrl, made: &str, keeps_sessions: bool) -> String {
    let sessions = if keeps_sessions {
        "Sessions that were open then continue."
    } else {
        "All sessions have ended: users log in again."
    };
    format!(
        "{rows} rows of the backup of {made} were restored to {database}. {sessions} What happened after the backup is lost: recovery \
         codes that were used after it work again, and later resets and locks must be repeated."
    )
}
