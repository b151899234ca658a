//! Debian packages: installed where that is allowed, named exactly where it is not; or only unpacked.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::{paths, process};

/// Whether all these packages are installed; false on systems without Debian's package database.
pub(crate) fn installed(packages: &[&str]) -> bool {
    process::read(Command::new("dpkg-query").args(["--show", "--showformat=${db:Status-Status}\n"]).args(packages))
        .is_ok_and(|states| states.lines().all(|state| state == "installed"))
}

/// Downloads a package and unpacks its files into a directory, without installing it.
pub(crate) fn unpack(package: &str, into: &Path) -> Result<()> {
    let download = tempfile::tempdir()?;
    let fetch =
        || process::run(Command::new("apt-get").args(["download", "--quiet=2", package]).current_dir(download.path()));
    // A new machine has no list of packages yet.
    if fetch().is_err() {
        process::check_interrupt()?;
        let apt_get = apt_get().context("`apt-get update` must run first, and only root can do that")?;
        process::run(apt_get().args(["update", "--quiet=2"]))?;
        fetch()?;
    }
    let archive = fs::read_dir(download.path())?.next().context("apt-get downloaded nothing")??;
    process::run(Command::new("dpkg").arg("--extract").arg(archive.path()).arg(into))
}

/// Installs packages as root, by `sudo` where that asks for no password.
pub(crate) fn install(packages: &[&str]) -> Result<()> {
    let by_hand = format!("apt-get install -y --no-install-recommends {}", packages.join(" "));
    if paths::which("apt-get").is_none() {
        bail!(
            "this system has no apt-get: use its own package manager to install what Debian calls {}",
            packages.join(", ")
        );
    }
    let apt_get = apt_get().with_context(|| {
        format!("packages are missing and only root can install them. Run `sudo {by_hand}`, then this command again")
    })?;
    process::run(apt_get().args(["update", "--quiet=2"]))?;
    process::run(apt_get().args(["install", "--yes", "--quiet=2", "--no-install-recommends"]).args(packages))
        .with_context(|| format!("`{by_hand}` failed: its own message is above"))
}

/// How to call apt-get with the right to install.
fn apt_get() -> Result<fn() -> Command> {
    if rustix::process::geteuid().is_root() {
        return Ok(|| {
            let mut command = Command::new("apt-get");
            command.env("DEBIAN_FRONTEND", "noninteractive");
            command
        });
    }
    let sudo = Command::new("sudo").args(["--non-interactive", "true"]).stderr(Stdio::null()).status();
    if !sudo.is_ok_and(|status| status.success()) {
        bail!("not root, and no sudo without a password");
    }
    Ok(|| {
        let mut command = Command::new("sudo");
        command.args(["--non-interactive", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
        command
    })
}
