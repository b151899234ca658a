//! A private PostgreSQL for tests, in its own directory and on its own port. The system's cluster is never touched.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::{paths, process, source_tree};

/// If this variable is set, tests use that server instead of a private one.
pub(crate) const URL_VARIABLE: &str = "POSTERN_TEST_POSTGRES_URL";

/// The system user that runs the server if we are root, because PostgreSQL refuses to run as root.
const ROOT_RUNS_AS: &str = "postgres";

/// The directory of `initdb` and `pg_ctl`: Debian keeps them off the PATH, one directory a version.
pub(crate) fn programs() -> Option<PathBuf> {
    let version = |dir: &Path| dir.file_name()?.to_str()?.parse::<u32>().ok();
    let debian = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|dir| dir.join("bin/initdb").is_file())
        .max_by_key(|dir| version(dir))
        .map(|dir| dir.join("bin"));
    debian.or_else(|| Some(paths::which("initdb")?.parent()?.to_owned()))
}

/// A server for tests.
pub(crate) enum Postgres {
    /// The one in the environment variable.
    Given(String),
    /// A private one.
    Private(Cluster),
}

impl Postgres {
    /// The server of `POSTERN_TEST_POSTGRES_URL`, else a private one.
    pub(crate) fn start() -> Result<Self> {
        match std::env::var(URL_VARIABLE) {
            Ok(url) => Ok(Self::Given(url)),
            Err(_) => Cluster::start().map(Self::Private),
        }
    }

    /// Where to connect, as somebody who may create databases.
    pub(crate) fn url(&self) -> &str {
        match self {
            Self::Given(url) => url,
            Self::Private(cluster) => &cluster.url,
        }
    }
}

/// A running private cluster. Dropping it stops the server and removes its files.
pub(crate) struct Cluster {
    programs: PathBuf,
    dir: TempDir,
    url: String,
}

impl Cluster {
    fn start() -> Result<Self> {
        let programs = programs().context("PostgreSQL is missing: run `cargo xtask setup`")?;
        let dir = tempfile::Builder::new().prefix("postern-postgres-").tempdir()?;
        give_away(dir.path())?;
        let password = random_hex()?;
        let password_file = dir.path().join("password");
        fs::write(&password_file, &password)?;
        give_away(&password_file)?;
        let port = free_port()?;
        let url = format!("postgres://postern:{password}@127.0.0.1:{port}/postgres");
        let cluster = Self { programs, dir, url };

        process::read(
            cluster
                .command("initdb")
                .args([
                    "--username=postern",
                    "--auth=scram-sha-256",
                    "--encoding=UTF8",
                    "--locale=C.UTF-8",
                    "--no-sync",
                ])
                .arg(format!("--pwfile={}", password_file.display()))
                .arg("--pgdata")
                .arg(cluster.data()),
        )?;
        // The data is temporary, so nothing needs to be synced.
        let options = format!(
            "-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c max_connections=300 \
             -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
        );
        let log = cluster.dir.path().join("log");
        let started = process::read(
            cluster
                .command("pg_ctl")
                .args(["start", "--wait", "--silent", "--options", &options])
                .arg("--log")
                .arg(&log)
                .arg("--pgdata")
                .arg(cluster.data()),
        );
        if let Err(error) = started {
            bail!("PostgreSQL did not start: {error:#}\n{}", fs::read_to_string(log).unwrap_or_default());
        }
        Ok(cluster)
    }

    fn data(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A program of PostgreSQL, as a user that it accepts.
    fn command(&self, program: &str) -> Command {
        let program = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = Command::new("runuser");
            command.args(["-u", ROOT_RUNS_AS, "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        // The checkout may lie where that user cannot look.
        command.current_dir(self.dir.path());
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        // Not `process::read`: after an interrupt that refuses, and this is what must still happen.
        let stopped =
            self.command("pg_ctl").args(["stop", "--mode=immediate", "--silent", "--pgdata"]).arg(self.data()).status();
        if !stopped.is_ok_and(|status| status.success()) {
            eprintln!("PostgreSQL in {} could not be stopped", self.dir.path().display());
        }
    }
}

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// Hands a path to the user that runs PostgreSQL, and to nobody else.
fn give_away(path: &Path) -> Result<()> {
    let mode = if path.is_dir() { 0o700 } else { 0o600 };
    fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    if is_root() {
        let id =
            |flag| -> Result<u32> { Ok(process::read(Command::new("id").args([flag, ROOT_RUNS_AS]))?.trim().parse()?) };
        chown(path, Some(id("-u")?), Some(id("-g")?))?;
    }
    Ok(())
}

/// A port that nobody listens on at this moment.
pub(crate) fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port())
}

fn random_hex() -> Result<String> {
    let mut bytes = [0; 16];
    std::io::Read::read_exact(&mut fs::File::open("/dev/urandom")?, &mut bytes)?;
    Ok(source_tree::hex(&bytes))
}
