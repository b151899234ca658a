//! Packages of the Python package index, at exact versions and hashes.

use std::path::Path;
use std::process::Command;

use anyhow::Result;

use crate::process;

/// Whether Python's package installer is there.
pub(super) fn present() -> bool {
    process::read(Command::new("python3").args(["-m", "pip", "--version"])).is_ok()
}

/// Installs the packages of a list into a directory. Nothing is built, and nothing comes along that the list does not name.
pub(super) fn install(list: &Path, into: &Path) -> Result<()> {
    process::run(
        Command::new("python3")
            .args(["-m", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:", "--require-hashes"])
            .arg("--requirement")
            .arg(list)
            .arg("--target")
            .arg(into)
            .env("PIP_ROOT_USER_ACTION", "ignore")
            .env("PIP_DISABLE_PIP_VERSION_CHECK", "1"),
    )
}
