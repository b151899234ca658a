//! How packages are made: a Debian package, a tarball, and a container image.

pub(crate) mod container;
pub(crate) mod debian;
pub(crate) mod files;
pub(crate) mod sbom;
pub(crate) mod tarball;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result};

use crate::{paths, process};

/// The version of the workspace.
pub(crate) const VERSION: &str = env!("CARGO_PKG_VERSION");
/// A version after every real one, for tests of an upgrade.
pub(crate) const LATER: &str = "999.0.0";

/// Where packages are made.
pub(crate) fn dir() -> PathBuf {
    paths::root().join("target/package")
}

/// A new directory in place of whatever is there.
fn empty(dir: &Path) -> Result<()> {
    if dir.exists() {
        fs::remove_dir_all(dir).with_context(|| format!("removing {}", dir.display()))?;
    }
    fs::create_dir_all(dir).with_context(|| format!("creating {}", dir.display()))
}

/// The time that all files of a package get, in seconds since 1970, so that it can be reproduced: `SOURCE_DATE_EPOCH`, or that of the
/// latest commit.
fn source_date() -> Result<String> {
    if let Ok(date) = env::var("SOURCE_DATE_EPOCH") {
        return Ok(date);
    }
    let commit = process::read(Command::new("git").args(["log", "-1", "--format=%ct"]).current_dir(paths::root()));
    Ok(commit.context("set SOURCE_DATE_EPOCH, or package from a git checkout")?.trim().to_owned())
}
