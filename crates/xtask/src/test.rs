//! All checks of a change, the fastest first.

use anyhow::Result;

use crate::postgres::{self, Postgres};
use crate::setup::{self, Part};
use crate::stages::Stages;
use crate::{e2e, first_load, fmt, package_test, process, tidy, web};

/// A part of the checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Stage {
    /// Formatting.
    Fmt,
    /// House rules over the source text.
    Tidy,
    /// Lints; a warning is a failure.
    Clippy,
    /// Unit and integration tests, on both databases.
    Rust,
    /// The size of the log-in page.
    Size,
    /// Packages of the debug build: installed, started, upgraded and removed.
    Package,
    /// Playwright, on both databases.
    E2e,
}

/// Options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Run only this part; several may be named.
    #[arg(long, value_enum)]
    only: Vec<Stage>,
}

/// `cargo xtask test`.
pub(crate) fn command(options: &Options) -> Result<()> {
    let wanted = |stage| options.only.is_empty() || options.only.contains(&stage);
    let mut stages = Stages::default();
    if wanted(Stage::Fmt) {
        stages.run("fmt", fmt::check)?;
    }
    if wanted(Stage::Tidy) {
        stages.run("tidy", tidy::source)?;
    }
    let mut parts = Vec::new();
    if wanted(Stage::Rust) || wanted(Stage::E2e) {
        parts.push(Part::Postgres);
    }
    if wanted(Stage::E2e) {
        parts.push(Part::Browser);
    }
    if wanted(Stage::Package) {
        parts.push(Part::Package);
    }
    if wanted(Stage::Rust) || wanted(Stage::E2e) || wanted(Stage::Size) {
        parts.push(Part::Web);
    }
    if !parts.is_empty() {
        stages.run("setup", || setup::ensure(&parts))?;
    }
    let compile = || {
        if wanted(Stage::Clippy) {
            clippy()?;
        }
        if wanted(Stage::Rust) { compile_tests() } else { Ok(()) }
    };
    // Side by side, because each has long steps on one core.
    if parts.contains(&Part::Web) {
        stages.run("compile", || process::side_by_side(web::build, compile))?;
    } else {
        stages.run("compile", compile)?;
    }
    if wanted(Stage::Size) {
        stages.run("size", first_load::check)?;
    }
    if wanted(Stage::Package) {
        stages.run("package", package_test::all)?;
    }
    if !parts.contains(&Part::Postgres) {
        return Ok(());
    }
    let postgres = stages.run("postgres", Postgres::start)?;
    if wanted(Stage::Rust) {
        stages.run("rust", || rust(&postgres))?;
    }
    // With the server that the tests before have built: a release build would take as long as all of them.
    if wanted(Stage::E2e) {
        stages.run("e2e", || e2e::run(&e2e::Options::default(), &postgres))?;
    }
    Ok(())
}

fn compile_tests() -> Result<()> {
    process::run(process::cargo().args(["test", "--workspace", "--quiet", "--no-run"]))
}

fn clippy() -> Result<()> {
    process::run(process::cargo().args(["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"]))
}

fn rust(postgres: &Postgres) -> Result<()> {
    process::run(process::cargo().args(["test", "--workspace"]).env(postgres::URL_VARIABLE, postgres.url()))
}
