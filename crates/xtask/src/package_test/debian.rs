//! The Debian package.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::sandbox::Sandbox;
use super::service::Service;
use super::shown;
use crate::packaging::LATER;
use crate::postgres;

const UNIT: &str = "/usr/lib/systemd/system/postern.service";
const SETTINGS: &str = "/etc/postern/postern.toml";
const DATA: &str = "/var/lib/postern";
/// The most exposure that `systemd-analyze security` may find, in tenths. docs/install.md says what is left.
const MOST_EXPOSURE: &str = "12";

/// Makes `/run/later.deb`, whose settings have changed since the earlier package.
const WITH_ANOTHER_DEFAULT: &str = "\
set -e
dpkg-deb --raw-extract /mnt/later.deb /run/later
echo '## Another default.' >> /run/later/etc/postern/postern.toml
dpkg-deb -Zgzip -z1 --build /run/later /run/later.deb
";

/// Installs a package, uses it, upgrades it to another, and removes and purges that.
pub(crate) fn debian(first: &Path, later: &Path) -> Result<()> {
    let shared = tempfile::tempdir()?;
    fs::copy(first, shared.path().join("first.deb"))?;
    fs::copy(later, shared.path().join("later.deb"))?;
    let sandbox = Sandbox::create(shared.path())?;
    sandbox.run("dpkg", &["--install", "/mnt/first.deb"])?;
    expect_installed(&sandbox)?;
    shown("the Debian package installs its user, directories and files with the right modes, and enables its service");
    expect_hardened(&sandbox)?;
    shown("the unit is valid and hardened");

    let port = postgres::free_port()?;
    listen_on(&sandbox, port)?;
    let service = Service::start(&sandbox, UNIT, port)?;
    let mut ada = service.first_run()?;
    ada.expect_signed_in()?;
    sandbox.expect_mode("/var/lib/postern/postern.key", "postern:postern 600")?;
    sandbox.expect_mode("/var/lib/postern/postern.sqlite", "postern:postern 600")?;
    drop(service);
    shown("the installed service starts as its user, and the link of the first run leads to a log-in");

    let key = sandbox.run("sha256sum", &["/var/lib/postern/postern.key"])?;
    let settings = sandbox.run("cat", &[SETTINGS])?;
    sandbox.run("sh", &["-c", WITH_ANOTHER_DEFAULT])?;
    sandbox.run("dpkg", &["--force-confold", "--install", "/run/later.deb"])?;
    let version = sandbox.run("dpkg-query", &["--show", "--showformat=${Version}", "postern"])?;
    ensure!(version == LATER, "{version}");
    ensure!(sandbox.run("sha256sum", &["/var/lib/postern/postern.key"])? == key, "the key ring has changed");
    ensure!(sandbox.run("cat", &[SETTINGS])? == settings, "the settings have changed");
    ensure!(sandbox.has("/etc/postern/postern.toml.dpkg-dist"), "the new default settings are not there");
    sandbox.expect_mode(SETTINGS, "root:postern 640")?;
    let service = Service::start(&sandbox, UNIT, port)?;
    ada.expect_signed_in()?;
    service.expect_asked_for_a_code()?;
    sandbox.run(
        "setpriv",
        &["--reuid=postern", "--regid=postern", "--init-groups", "postern", "keys", "check", "--config", SETTINGS],
    )?;
    drop(service);
    shown("an upgrade keeps changed settings, the key ring, the data and the sessions");

    sandbox.run("dpkg", &["--remove", "postern"])?;
    ensure!(!sandbox.has("/usr/bin/postern") && sandbox.has(SETTINGS), "a removal removes the program alone");
    sandbox.run("dpkg", &["--install", "/run/later.deb"])?;
    let service = Service::start(&sandbox, UNIT, port)?;
    ada.expect_signed_in()?;
    drop(service);
    shown("a removal keeps settings and data, and another installation goes on with them");

    sandbox.run("dpkg", &["--purge", "postern"])?;
    ensure!(!sandbox.has("/etc/postern"), "a purge removes the settings");
    sandbox.expect_mode(DATA, "postern:postern 700")?;
    sandbox.expect_mode("/var/lib/postern/postern.key", "postern:postern 600")?;
    shown("a purge without an answer removes the settings and keeps the data");

    sandbox.run("dpkg", &["--install", "/run/later.deb"])?;
    let asked = sandbox.run("sh", &["-c", "echo yes | DEBIAN_FRONTEND=teletype dpkg --purge postern"])?;
    ensure!(asked.contains("Remove the data of Postern too? [yes/no]"), "{asked}");
    ensure!(!sandbox.has(DATA), "a purge with the answer yes removes the data");
    ensure!(sandbox.run("getent", &["passwd", "postern"]).is_err(), "the user is left");
    shown("a purge asks, and removes the data and the user if the answer is yes");
    Ok(())
}

fn expect_installed(sandbox: &Sandbox) -> Result<()> {
    let user = sandbox.run("getent", &["passwd", "postern"])?;
    ensure!(user.trim().ends_with(":/var/lib/postern:/usr/sbin/nologin"), "{user}");
    for (path, mode) in [
        ("/usr/bin/postern", "root:root 755"),
        ("/etc/postern", "root:root 755"),
        (SETTINGS, "root:postern 640"),
        (DATA, "postern:postern 700"),
        (UNIT, "root:root 644"),
        ("/usr/share/man/man1/postern.1.gz", "root:root 644"),
        ("/usr/share/man/man1/postern-user-add-to.1.gz", "root:root 644"),
        ("/usr/share/bash-completion/completions/postern", "root:root 644"),
        ("/usr/share/zsh/vendor-completions/_postern", "root:root 644"),
        ("/usr/share/fish/vendor_completions.d/postern.fish", "root:root 644"),
        ("/usr/share/doc/postern/copyright", "root:root 644"),
        ("/usr/share/doc/postern/docs/proxies/Caddyfile", "root:root 644"),
    ] {
        sandbox.expect_mode(path, mode)?;
    }
    ensure!(
        sandbox.run("cat", &[SETTINGS])?.contains("\ndata_dir = \"/var/lib/postern\"\n"),
        "the settings name no data directory"
    );
    let enabled = "/etc/systemd/system/multi-user.target.wants/postern.service";
    sandbox.run("test", &["-L", enabled]).map(drop).context("the service is not enabled")
}

fn expect_hardened(sandbox: &Sandbox) -> Result<()> {
    sandbox.run("systemd-analyze", &["verify", "--man=no", UNIT])?;
    let threshold = format!("--threshold={MOST_EXPOSURE}");
    sandbox.run("systemd-analyze", &["security", "--offline=true", "--no-pager", &threshold, UNIT]).map(drop)
}

/// Changes the settings, as an administrator does.
fn listen_on(sandbox: &Sandbox, port: u16) -> Result<()> {
    let change = format!("s|^#listen = \"127.0.0.1:8080\"|listen = \"127.0.0.1:{port}\"|");
    sandbox.run("sed", &["--in-place", &change, SETTINGS]).map(drop)
}
