//! The browser tests: Playwright against the built binary, on both databases.

use std::ffi::OsString;
use std::process::Command;

use anyhow::{Context, Result};

use crate::build::{self, Profile};
use crate::postgres::{self, Postgres};
use crate::setup::wheels::CLIENTS;
use crate::setup::{self, Part, proxies};
use crate::{paths, process};

/// Options of `cargo xtask e2e`.
#[derive(clap::Args, Default)]
pub(crate) struct Options {
    /// Show the browser.
    #[arg(long)]
    headed: bool,

    /// Test the release build, which takes longer to build.
    #[arg(long)]
    release: bool,

    /// Arguments of `playwright test`: files, `--grep TEXT`, `--project sqlite` …
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    playwright: Vec<OsString>,
}

/// `cargo xtask e2e`.
pub(crate) fn command(options: &Options) -> Result<()> {
    setup::ensure(&[Part::Browser, Part::Postgres])?;
    let postgres = Postgres::start()?;
    run(options, &postgres)
}

/// Runs the browser tests with this PostgreSQL.
pub(crate) fn run(options: &Options, postgres: &Postgres) -> Result<()> {
    let binary = build::all(if options.release { Profile::Release } else { Profile::Debug })?;
    let chromium = setup::chromium().context("there is no Chromium: run `cargo xtask setup`")?;
    let e2e = paths::root().join("e2e");
    process::run(Command::new("node").arg("node_modules/typescript/bin/tsc").current_dir(&e2e))?;
    let mut playwright = Command::new("node");
    playwright
        .args(["node_modules/@playwright/test/cli.js", "test"])
        .args(options.headed.then_some("--headed"))
        .args(&options.playwright)
        .env("POSTERN_BINARY", binary)
        .env("POSTERN_CHROMIUM", chromium)
        .env("POSTERN_TEST_PROXIES", proxies::dir()?)
        .env("POSTERN_TEST_WHEELS", CLIENTS.dir()?)
        .env(postgres::URL_VARIABLE, postgres.url())
        .current_dir(e2e);
    process::run(&mut playwright)
}
