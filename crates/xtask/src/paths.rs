//! Paths: the checkout, its build results, and the per-user cache of tools.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

/// The checkout.
#[expect(clippy::expect_used, reason = "where a crate lies is known when it is built")]
pub(crate) fn root() -> &'static Path {
    // Two levels above crates/xtask. Known at compile time, so that the current directory does not matter.
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("the crate lies two levels below the root")
}

/// The built browser app, which the server embeds.
pub(crate) fn web() -> PathBuf {
    root().join("target/web")
}

/// The data directory of a portal that runs from the checkout.
pub(crate) fn data() -> PathBuf {
    root().join("postern-data")
}

/// The user's cache of tools, by version, shared by all checkouts.
pub(crate) fn cache() -> Result<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME").filter(|value| !value.is_empty()) {
        Some(cache) => PathBuf::from(cache),
        None => PathBuf::from(env::var_os("HOME").context("neither XDG_CACHE_HOME nor HOME is set: set one of them")?)
            .join(".cache"),
    };
    Ok(base.join("postern"))
}

/// Finds a command on the PATH.
pub(crate) fn which(command: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?).map(|dir| dir.join(command)).find(|path| path.is_file())
}

/// The PATH with these directories before all others.
pub(crate) fn path_with(first: &[PathBuf]) -> Result<OsString> {
    let old = env::var_os("PATH").unwrap_or_default();
    env::join_paths(first.iter().cloned().chain(env::split_paths(&old)))
        .context("a directory of the PATH has a colon in its name")
}
