//! The npm packages of the browser tests, exactly those of `e2e/package-lock.json`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::{paths, process, source_tree};

fn e2e() -> PathBuf {
    paths::root().join("e2e")
}

/// Where the hash of the installed lock file is kept.
fn stamp() -> PathBuf {
    e2e().join("node_modules/.postern-lock")
}

fn lock_hash() -> Result<String> {
    let lock = fs::read(e2e().join("package-lock.json")).context("reading e2e/package-lock.json")?;
    Ok(source_tree::sha256(&lock))
}

/// Whether what is installed is what the lock file says.
pub(crate) fn present() -> bool {
    fs::read_to_string(stamp()).is_ok_and(|hash| Ok(hash) == lock_hash().map_err(drop))
}

/// Installs what the lock file says. The browser comes from the system, so none is downloaded.
pub(crate) fn install() -> Result<()> {
    process::run(
        Command::new("npm")
            .args(["ci", "--no-audit", "--no-fund"])
            .env("PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD", "1")
            .current_dir(e2e()),
    )?;
    fs::write(stamp(), lock_hash()?).context("noting which packages are installed")
}
