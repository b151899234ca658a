//! `cargo xtask fuzz`: schemathesis generates requests from the OpenAPI document, first without a session, then with one.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::build::{self, Profile};
use crate::postgres::Postgres;
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
    /// Seconds for each of the two runs.
    #[arg(long, default_value_t = 600)]
    seconds: u32,
}

/// `cargo xtask fuzz`. Needs Python 3.
pub(crate) fn command(options: &Options) -> Result<()> {
    setup::ensure(&[Part::Postgres])?;
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
            .args(["--suppress-health-check", "all", &format!("--max-time={}", options.seconds)])
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
