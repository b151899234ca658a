//! `cargo xtask fuzz`: the property tests of every parser with many more cases, coverage-guided fuzzing of the parsers where a nightly
//! compiler and cargo-fuzz are, and schemathesis, which generates requests from the OpenAPI document, without a session and with one.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Result;
use tempfile::TempDir;

use crate::build::{self, Profile};
use crate::postgres::{self, Postgres};
use crate::server_process::{Server, command_line};
use crate::setup::{self, Part};
use crate::{paths, process};

/// Versions of the Python packages.
const PACKAGES: [&str; 2] = ["schemathesis==4.32.5", "pyotp==2.12.1"];
/// What every answer must keep to: no 5xx, nothing that the document does not say, nothing without a session that needs one.
/// Not `unsupported_method`: a mutating request without a content type is refused (415) whatever its method is.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
    response_schema_conformance,negative_data_rejection,missing_required_header,\
    allow_header_conformance,ignored_auth";
/// Would end the session with which the others are tried. The run without a session has them.
const ENDS_THE_SESSION: [&str; 3] = ["/api/sign-out", "/api/sign-in", "/api/sign-in/cancel"];
const ADMINISTRATOR: &str = "ada@example.com";
/// None of the examples of the document.
const PASSWORD: &str = "eleven brass door handles";

/// Options of `cargo xtask fuzz`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Minutes for each of the runs.
    #[arg(long, default_value_t = 10)]
    minutes: u32,
    /// Only the parsers, without requests to a portal.
    #[arg(long)]
    parsers: bool,
}

/// Cases of each property in one round.
const CASES: &str = "5000";
/// What a parser may use while it is fuzzed, in MiB.
const MEMORY_MIB: u32 = 1_024;

/// `cargo xtask fuzz`. Needs Python 3, except for the parsers.
pub(crate) fn command(options: &Options) -> Result<()> {
    setup::ensure(&[Part::Postgres])?;
    properties(options)?;
    guided(options)?;
    if options.parsers { Ok(()) } else { requests(options) }
}

/// The property tests, with new cases in each round, until the time is over.
fn properties(options: &Options) -> Result<()> {
    println!("Properties of every parser and route, {CASES} cases each in a round:");
    let postgres = Postgres::start()?;
    let begun = Instant::now();
    while begun.elapsed() < Duration::from_secs(60 * u64::from(options.minutes)) {
        let mut tests = process::cargo();
        tests.args(["test", "--workspace", "--quiet", "--test", "api", "--", "hostile_input::"]);
        process::run(tests.env("PROPTEST_CASES", CASES).env(postgres::URL_VARIABLE, postgres.url()))?;
    }
    Ok(())
}

/// Fuzzing that looks for new paths through the code.
fn guided(options: &Options) -> Result<()> {
    let mut fuzz = process::cargo();
    let asked = fuzz.args(["+nightly", "fuzz", "--version"]).env_remove("RUSTUP_TOOLCHAIN");
    if !asked.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success()) {
        println!(
            "Coverage-guided fuzzing needs a nightly compiler and cargo-fuzz (cargo install cargo-fuzz): left out."
        );
        return Ok(());
    }
    println!("Coverage-guided, every parser:");
    let mut fuzz = process::cargo();
    fuzz.args(["+nightly", "fuzz", "run", "parsers", "--", &format!("-max_total_time={}", 60 * options.minutes)]);
    fuzz.args(["-max_len=4096", "-timeout=10", &format!("-rss_limit_mb={MEMORY_MIB}")]);
    process::run(fuzz.env_remove("RUSTUP_TOOLCHAIN"))
}

/// Requests to a running portal.
fn requests(options: &Options) -> Result<()> {
    let binary = build::all(Profile::Debug)?;
    let schemathesis = schemathesis()?;
    println!("Without a session, on SQLite:");
    let portal = Portal::start(&binary, None)?;
    process::run(&mut portal.fuzz(&schemathesis, options))?;
    println!("As an administrator, on PostgreSQL:");
    let postgres = Postgres::start()?;
    let portal = Portal::start(&binary, Some(postgres.url()))?;
    process::run(
        portal
            .fuzz(&schemathesis, options)
            .args(ENDS_THE_SESSION.iter().flat_map(|path| ["--exclude-path", *path]))
            .env("SCHEMATHESIS_HOOKS", paths::root().join("crates/xtask/fuzz/session.py"))
            .env("POSTERN_FUZZ_URL", portal.server.url())
            .env("POSTERN_FUZZ_EMAIL", ADMINISTRATOR)
            .env("POSTERN_FUZZ_PASSWORD", PASSWORD),
    )
}

/// A portal with an account that requires a second factor, its administrator and two more users.
struct Portal {
    server: Server,
    folder: TempDir,
}

impl Portal {
    fn start(binary: &Path, database: Option<&str>) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let data_dir = folder.path().join("data");
        let server = Server::start_in(binary, &data_dir, database)?;
        let database = database.map(|url| format!("--database={url}"));
        let postern = |arguments: &[&str]| {
            let arguments: Vec<&str> = arguments.iter().copied().chain(database.as_deref()).collect();
            command_line(binary, &data_dir, &arguments, PASSWORD)
        };
        postern(&["account", "add", "Acme"])?;
        postern(&["account", "require-2fa", "Acme", "on"])?;
        let user = ["--account", "Acme", "--active", "--password-stdin"];
        postern(&[&["user", "add", ADMINISTRATOR, "--admin"], &user[..]].concat())?;
        for email in ["bo@example.com", "cy@example.com"] {
            postern(&[&["user", "add", email], &user[..]].concat())?;
        }
        Ok(Self { server, folder })
    }

    fn fuzz(&self, schemathesis: &Path, options: &Options) -> Command {
        let mut command = Command::new(schemathesis);
        command
            .arg("--config-file")
            .arg(paths::root().join("crates/xtask/fuzz/schemathesis.toml"))
            .args(["run", &format!("{}/api/openapi.json", self.server.url()), "--checks", CHECKS])
            .args(["--phases", "examples,coverage,fuzzing", "--continue-on-failure", "--warnings", "off"])
            .args(["--suppress-health-check", "all", &format!("--max-time={}", 60 * options.minutes)])
            .current_dir(self.folder.path());
        command
    }
}

/// The program, installed on first use.
fn schemathesis() -> Result<PathBuf> {
    let environment = paths::root().join("target/fuzz");
    process::run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    process::run(Command::new(environment.join("bin/pip")).args(["install", "--quiet"]).args(PACKAGES))?;
    Ok(environment.join("bin/schemathesis"))
}
