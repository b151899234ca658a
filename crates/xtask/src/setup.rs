//! Installs what is needed to build and test Postern. A second run does nothing.

pub(crate) mod apt;
pub(crate) mod npm;
mod pip;
pub(crate) mod proxies;
pub(crate) mod tools;
pub(crate) mod wheels;

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use anyhow::{Context, Result};

use self::wheels::{CLIENTS, LINTERS};
use crate::wasm::{self, Way};
use crate::{paths, postgres, process};

/// Where Debian's package puts the module. It brings Apache's program along, but none of the files that start it with the machine.
const MOD_AUTH_OPENIDC: &str = "/usr/lib/apache2/modules/mod_auth_openidc.so";

/// A part of the set-up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Part {
    /// Building the browser app: the wasm target, trunk, wasm-bindgen.
    Web,
    /// Tests against PostgreSQL.
    Postgres,
    /// Tests in a real browser, with independent programs for codes and QR codes, reverse proxies, and OpenID Connect clients.
    Browser,
    /// Making packages, and installing them in tests.
    Package,
}

/// Options of `cargo xtask setup`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Set up only this part; several may be named.
    #[arg(long, value_enum)]
    only: Vec<Part>,
}

/// `cargo xtask setup`.
pub(crate) fn command(options: &Options) -> Result<()> {
    let all = [Part::Web, Part::Postgres, Part::Browser, Part::Package];
    let start = Instant::now();
    ensure_reporting(if options.only.is_empty() { &all } else { &options.only }, true)?;
    eprintln!("set up in {:.1} s", start.elapsed().as_secs_f64());
    Ok(())
}

/// Sets up these parts, and prints only what it installs.
pub(crate) fn ensure(parts: &[Part]) -> Result<()> {
    ensure_reporting(parts, false)
}

fn ensure_reporting(parts: &[Part], all: bool) -> Result<()> {
    let report = Report { all };
    let mut missing = Vec::new();
    for part in parts {
        missing.extend(missing_commands(*part, &report));
    }
    if parts.contains(&Part::Web)
        && Way::ready()? != Some(Way::Rustup)
        && !time_install("rustup's wasm target", wasm::try_rustup)?
    {
        let debian = apt::installed(&wasm::DEBIAN_PACKAGES);
        report.found_or_missing("Debian's wasm compiler", debian);
        if !debian {
            missing.extend(wasm::DEBIAN_PACKAGES);
        }
    }
    if !missing.is_empty() {
        time_install("Debian packages", || apt::install(&missing).map(|()| true))?;
    }
    if parts.contains(&Part::Web) {
        for tool in tools::web()? {
            report.ensure(&tool.to_string(), tool.present(), || tool.install())?;
        }
        let way = Way::ready()?.context("there is still no wasm target; the lines above say why")?;
        report.found_or_missing(way.describe(), true);
    }
    if parts.contains(&Part::Browser) {
        report.ensure("npm packages of e2e", npm::present(), npm::install)?;
        report.ensure("OpenID Connect clients in Python", CLIENTS.present(), || CLIENTS.install())?;
    }
    if parts.contains(&Part::Browser) || parts.contains(&Part::Package) {
        report.ensure("Caddy, Traefik and Envoy", proxies::present(), proxies::install)?;
    }
    if parts.contains(&Part::Package) {
        for tool in tools::packaging() {
            report.ensure(&tool.to_string(), tool.present(), || tool.install())?;
        }
        report.ensure("linters of container files", LINTERS.present(), || LINTERS.install())?;
    }
    Ok(())
}

/// The Debian packages whose commands are missing.
fn missing_commands(part: Part, report: &Report) -> Vec<&'static str> {
    let wanted: Vec<(&str, bool, &[&str])> = match part {
        Part::Web => Vec::new(),
        Part::Postgres => vec![
            ("initdb of PostgreSQL", postgres::programs().is_some(), &["postgresql"]),
            ("pgbouncer", is_in_sbin("pgbouncer"), &["pgbouncer"]),
        ],
        Part::Browser => vec![
            ("node 18 or newer, npm", has_node(), &["nodejs", "npm"]),
            ("chromium", chromium().is_some(), &["chromium"]),
            ("oathtool", paths::which("oathtool").is_some(), &["oathtool"]),
            ("zbarimg", paths::which("zbarimg").is_some(), &["zbar-tools"]),
            ("nginx", is_in_sbin("nginx"), &["nginx-light"]),
            ("Apache's mod_auth_openidc", Path::new(MOD_AUTH_OPENIDC).is_file(), &["libapache2-mod-auth-openidc"]),
            (
                "pip, the package installer of Python 3",
                (proxies::present() && CLIENTS.present()) || pip::present(),
                &["python3-pip"],
            ),
            ("openssl", paths::which("openssl").is_some(), &["openssl"]),
            ("sqlite3", paths::which("sqlite3").is_some(), &["sqlite3"]),
        ],
        Part::Package => vec![
            ("dpkg-shlibdeps", paths::which("dpkg-shlibdeps").is_some(), &["dpkg-dev"]),
            ("systemd-analyze", paths::which("systemd-analyze").is_some(), &["systemd"]),
            ("adduser", is_in_sbin("adduser"), &["adduser"]),
            ("unshare, nsenter and setpriv", paths::which("setpriv").is_some(), &["util-linux"]),
            ("oathtool", paths::which("oathtool").is_some(), &["oathtool"]),
            (
                "pip, the package installer of Python 3",
                (proxies::present() && LINTERS.present()) || pip::present(),
                &["python3-pip"],
            ),
        ],
    };
    let mut packages = Vec::new();
    for (name, present, provided_by) in wanted {
        report.found_or_missing(name, present);
        if !present {
            packages.extend(provided_by);
        }
    }
    packages
}

fn has_node() -> bool {
    let major = process::read(Command::new("node").arg("--version"))
        .ok()
        .and_then(|text| text.trim().trim_start_matches('v').split('.').next()?.parse::<u32>().ok());
    major.is_some_and(|major| major >= 18) && paths::which("npm").is_some()
}

/// Debian keeps servers where only root's PATH looks.
fn is_in_sbin(program: &str) -> bool {
    paths::which(program).is_some() || Path::new("/usr/sbin").join(program).is_file()
}

/// The browser of the tests: `POSTERN_CHROMIUM`, or the first of the usual names.
pub(crate) fn chromium() -> Option<PathBuf> {
    match env::var_os("POSTERN_CHROMIUM") {
        Some(path) => Some(PathBuf::from(path)),
        None => ["chromium", "google-chrome", "chromium-browser"].into_iter().find_map(paths::which),
    }
}

/// Prints what set-up finds and does, with times.
struct Report {
    /// Whether to print what is already installed, too.
    all: bool,
}

impl Report {
    fn found_or_missing(&self, name: &str, present: bool) {
        if self.all || !present {
            eprintln!("  {} {name}", if present { "found  " } else { "missing" });
        }
    }

    fn ensure(&self, name: &str, present: bool, install: impl FnOnce() -> Result<()>) -> Result<()> {
        self.found_or_missing(name, present);
        if present {
            return Ok(());
        }
        time_install(name, || install().map(|()| true)).map(drop)
    }
}

fn time_install(name: &str, install: impl FnOnce() -> Result<bool>) -> Result<bool> {
    let start = Instant::now();
    let installed = install().with_context(|| format!("{name} could not be installed"))?;
    if installed {
        eprintln!("  installed {name} in {:.1} s", start.elapsed().as_secs_f64());
    }
    Ok(installed)
}
