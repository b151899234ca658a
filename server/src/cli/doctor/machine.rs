//! What the doctor finds about the machine: the free space on its disk, the key file, and whether commits survive a power failure.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use anyhow::Context;
use rustix::fs::statvfs;

use crate::cli::checks::Finding;
use crate::clock::{DAY_S, UnixTime};
use crate::config::{Config, DatabaseUrl, KeySource};
use crate::keys;
use crate::store::Db;

/// Free space on the disk below which the doctor warns, and below which it says that the portal is about to fail, in MiB.
const LITTLE_MIB: u64 = 1_024;
const NONE_MIB: u64 = 64;

/// The free space on the disks that the server writes to: that of the data directory, and that of an SQLite database elsewhere. The one
/// with the least free space counts.
pub(super) fn disk(config: &Config) -> anyhow::Result<Finding> {
    let mut folders = vec![config.server.data_dir.as_path()];
    if let DatabaseUrl::Sqlite(file) = &config.database.url {
        folders.extend(file.parent().filter(|folder| !folder.as_os_str().is_empty()));
    }
    let free = |folder| anyhow::Ok((free_mib(folder)?, folder));
    let free = folders.into_iter().map(free).collect::<anyhow::Result<Vec<_>>>()?;
    let (mib, folder) = free.into_iter().min().context("there is no directory")?;
    Ok(room(mib, folder))
}

fn free_mib(folder: &Path) -> anyhow::Result<u64> {
    let found = statvfs(folder).with_context(|| format!("cannot look at {}", folder.display()))?;
    Ok(found.f_bavail.saturating_mul(found.f_frsize) / (1 << 20))
}

fn room(mib: u64, folder: &Path) -> Finding {
    let found = format!("{} has {mib} MiB of free space", folder.display());
    let cure = "Free some space: on a full disk, nobody can log in";
    match mib {
        0..NONE_MIB => Finding::error(found, cure),
        NONE_MIB..LITTLE_MIB => Finding::warning(found, cure),
        _ => Finding::ok(found),
    }
}

/// Whether the master keys belong to the database, and when the key file has changed.
pub(super) async fn key(db: &Db, source: &KeySource, now: UnixTime) -> anyhow::Result<Finding> {
    let cipher = keys::open(db, source).await?;
    let held = keys::listed(&cipher.ring());
    let found = format!("key {} belongs to this database; {source} holds {held}", cipher.key_id());
    let KeySource::File(file) = source else { return Ok(Finding::ok(found)) };
    let written = fs::metadata(file).with_context(|| format!("cannot read {}", file.display()))?.mtime();
    let days = ((now - written) / DAY_S).max(0);
    Ok(Finding::ok(format!("{found}, and was written {days} days ago")))
}

/// Whether what is committed survives a power failure.
pub(super) async fn durability(db: &Db) -> anyhow::Result<Finding> {
    Ok(judged(&db.durability().await?))
}

fn judged(settings: &[(&str, String)]) -> Finding {
    let shown: Vec<String> = settings.iter().map(|(name, value)| format!("{name} = {value}")).collect();
    let shown = shown.join(", ");
    let weak = |(name, value): &&(&str, String)| match *name {
        "journal_mode" => value != "wal",
        // 2 is full, 3 is extra.
        "synchronous" => !["2", "3"].contains(&value.as_str()),
        _ => value == "off",
    };
    match settings.iter().find(weak) {
        None => Finding::ok(format!("commits survive a power failure ({shown})")),
        Some(("synchronous_commit", _)) => Finding::warning(
            format!("a power failure can undo the last commits, so that a used code works again ({shown})"),
            "Set synchronous_commit to on for this database",
        ),
        Some((name, _)) => Finding::error(
            format!("a power failure can damage the database ({shown})"),
            if *name == "journal_mode" || *name == "synchronous" {
                "Keep the database file on a local, writable disk"
            } else {
                "Set fsync and full_page_writes to on"
            },
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::checks::Severity;
    use super::*;

    #[test]
    fn little_room_is_a_warning_and_none_is_an_error() {
        let severity = |mib| room(mib, Path::new("/data")).severity;
        assert_eq!([5_000, 1_000, 10].map(severity), [Severity::Ok, Severity::Warning, Severity::Error]);
    }

    #[test]
    fn settings_that_lose_or_damage_what_is_committed_are_found() {
        let severity = |settings: &[(&'static str, &str)]| {
            let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            judged(&settings).severity
        };
        assert_eq!(severity(&[("journal_mode", "wal"), ("synchronous", "2")]), Severity::Ok);
        assert_eq!(severity(&[("journal_mode", "wal"), ("synchronous", "1")]), Severity::Error);
        assert_eq!(severity(&[("journal_mode", "memory"), ("synchronous", "2")]), Severity::Error);
        assert_eq!(severity(&[("fsync", "on"), ("synchronous_commit", "remote_apply")]), Severity::Ok);
        assert_eq!(severity(&[("fsync", "on"), ("synchronous_commit", "off")]), Severity::Warning);
        assert_eq!(severity(&[("fsync", "off"), ("synchronous_commit", "off")]), Severity::Error);
    }
}
