//! The tarball.

use std::fs;
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::sandbox::Sandbox;
use super::service::Service;
use super::shown;
use crate::packaging::tarball::{SBOM, Tarball};
use crate::{postgres, process};

const UNIT: &str = "/etc/systemd/system/postern.service";
const SETTINGS: &str = "/etc/postern/postern.toml";
const DATA: &str = "/var/lib/postern";

/// Unpacks a tarball, installs it, uses it, upgrades it to another, and removes that.
pub(crate) fn tarball(first: &Tarball, later: &Tarball) -> Result<()> {
    let shared = tempfile::tempdir()?;
    for (tarball, name) in [(first, "first"), (later, "later")] {
        let dir = tarball.archive.parent().context("a tarball is in a directory")?;
        let sum = format!("{}.sha256", tarball.archive.display());
        process::read(Command::new("sha256sum").args(["--check", "--quiet", &sum]).current_dir(dir))?;
        let unpacked = shared.path().join(name);
        fs::create_dir(&unpacked)?;
        let mut tar = Command::new("tar");
        tar.args(["--extract", "--strip-components=1", "--no-same-owner", "--file"]).arg(&tarball.archive);
        process::read(tar.arg("--directory").arg(&unpacked))?;
    }
    expect_bill_of_materials(&fs::read_to_string(shared.path().join("first").join(SBOM))?)?;
    shown("the tarball agrees with its checksum, and lists the crates that the program is made of");

    let sandbox = Sandbox::create(shared.path())?;
    sandbox.run("/mnt/first/install.sh", &[])?;
    for (path, mode) in [
        ("/usr/local/bin/postern", "root:root 755"),
        (SETTINGS, "root:postern 640"),
        (DATA, "postern:postern 700"),
        (UNIT, "root:root 644"),
        ("/usr/local/share/man/man1/postern-user-add-to.1.gz", "root:root 644"),
        ("/usr/local/share/bash-completion/completions/postern", "root:root 644"),
    ] {
        sandbox.expect_mode(path, mode)?;
    }
    sandbox.run("systemd-analyze", &["verify", "--man=no", UNIT])?;
    let port = postgres::free_port()?;
    let change = format!("s|^#listen = \"127.0.0.1:8080\"|listen = \"127.0.0.1:{port}\"|");
    sandbox.run("sed", &["--in-place", &change, SETTINGS])?;
    let service = Service::start(&sandbox, UNIT, port)?;
    let mut ada = service.first_run()?;
    drop(service);
    shown("the installer of the tarball makes a service that starts, and the link of the first run leads to a log-in");

    let settings = sandbox.run("cat", &[SETTINGS])?;
    sandbox.run("/mnt/later/install.sh", &[])?;
    ensure!(sandbox.run("cat", &[SETTINGS])? == settings, "the settings have changed");
    let service = Service::start(&sandbox, UNIT, port)?;
    ada.expect_signed_in()?;
    service.expect_asked_for_a_code()?;
    drop(service);
    shown("the installer of another version upgrades the program, and keeps settings, data and sessions");

    sandbox.run("/mnt/later/install.sh", &["--remove"])?;
    ensure!(!sandbox.has("/usr/local/bin/postern") && !sandbox.has(UNIT), "the program is left");
    ensure!(!sandbox.has("/usr/local/share/man/man1/postern-user-add-to.1.gz"), "a manual page is left");
    sandbox.expect_mode(SETTINGS, "root:postern 640")?;
    sandbox.expect_mode("/var/lib/postern/postern.key", "postern:postern 600")?;
    shown("its removal keeps settings and data");

    sandbox.run("sh", &["-c", "echo >> /mnt/first/postern.toml"])?;
    ensure!(sandbox.run("/mnt/first/install.sh", &[]).is_err(), "a changed file is installed");
    shown("the installer refuses files that do not agree with the checksums");
    Ok(())
}

fn expect_bill_of_materials(text: &str) -> Result<()> {
    let bill: Value = serde_json::from_str(text)?;
    ensure!(bill["bomFormat"] == "CycloneDX" && bill["metadata"]["component"]["name"] == "postern", "not of Postern");
    let components = bill["components"].as_array().context("no components")?;
    let names: Vec<&str> = components.iter().filter_map(|component| component["name"].as_str()).collect();
    for name in ["axum", "sqlx", "webauthn-rs", "libsqlite3-sys"] {
        ensure!(names.contains(&name), "{name} is not listed");
    }
    let are_complete =
        components.iter().all(|component| component["version"].is_string() && component["purl"].is_string());
    ensure!(are_complete, "a component has no version");
    Ok(())
}
