//! The built binary on a free port, with a temporary data directory.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::{postgres, process};

/// How long a server may take until it is ready.
const START_LIMIT: Duration = Duration::from_secs(30);

/// A running server. Dropping it stops the process and removes its data.
pub(crate) struct Server {
    child: Child,
    port: u16,
    dir: TempDir,
    /// Time from the start of the process until it was ready.
    pub(crate) ready_after: Duration,
}

impl Server {
    /// Starts the binary on SQLite, or on the database of the URL, and waits until it is ready.
    pub(crate) fn start(binary: &Path, database: Option<&str>) -> Result<Self> {
        let dir = folder()?;
        let data_dir = dir.path().join("data");
        Self::spawn(binary, dir, &data_dir, database)
    }

    /// The same with this data directory.
    pub(crate) fn start_in(binary: &Path, data_dir: &Path, database: Option<&str>) -> Result<Self> {
        Self::spawn(binary, folder()?, data_dir, database)
    }

    /// Its address.
    pub(crate) fn url(&self) -> String {
        format!("http://localhost:{}", self.port)
    }

    fn spawn(binary: &Path, dir: TempDir, data_dir: &Path, database: Option<&str>) -> Result<Self> {
        let port = postgres::free_port()?;
        let log = File::create(dir.path().join("log"))?;
        let mut command = Command::new(binary);
        command
            .args(["serve", &format!("--listen=127.0.0.1:{port}"), &format!("--public-url=http://localhost:{port}")])
            .arg("--data-dir")
            .arg(data_dir)
            .args(database.map(|url| format!("--database={url}")))
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log);
        let start = Instant::now();
        let child = process::spawn(&mut command)?;
        let mut server = Self { child, port, dir, ready_after: Duration::ZERO };
        server.wait_until_ready(start)?;
        server.ready_after = start.elapsed();
        Ok(server)
    }

    fn wait_until_ready(&mut self, start: Instant) -> Result<()> {
        while !self.get("/health/ready").is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
            if let Some(status) = self.child.try_wait()? {
                bail!("the server ended while it was starting ({status}):\n{}", self.log());
            }
            if start.elapsed() > START_LIMIT {
                bail!("the server was not ready after {} s:\n{}", START_LIMIT.as_secs(), self.log());
            }
            process::sleep(Duration::from_millis(1))?;
        }
        Ok(())
    }

    /// The complete response to a GET request.
    pub(crate) fn get(&self, path: &str) -> Result<String> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: localhost:{}\r\nConnection: close\r\n\r\n", self.port)?;
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer)?;
        Ok(String::from_utf8_lossy(&answer).into_owned())
    }

    /// Memory in use, in KiB, without what other processes use too (proportional set size): all of it, and the part that belongs to
    /// no file.
    pub(crate) fn memory_kib(&self) -> Result<(u64, u64)> {
        let rollup = fs::read_to_string(format!("/proc/{}/smaps_rollup", self.child.id()))?;
        let of = |name: &str| -> Result<u64> {
            let line = rollup.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
            line.trim().trim_end_matches(" kB").parse().with_context(|| format!("{name} is not a number"))
        };
        Ok((of("Pss:")?, of("Pss_Anon:")?))
    }

    fn log(&self) -> String {
        fs::read_to_string(self.dir.path().join("log")).unwrap_or_default()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = process::stop(&mut self.child) {
            eprintln!("the server with process id {} could not be stopped: {error}", self.child.id());
        }
    }
}

/// A place for what a server writes.
fn folder() -> Result<TempDir> {
    Ok(tempfile::Builder::new().prefix("postern-server-").tempdir()?)
}

/// Runs a command of the server's command line on a data directory, with this text as standard input.
pub(crate) fn command_line(binary: &Path, data_dir: &Path, arguments: &[&str], input: &str) -> Result<()> {
    let mut command = Command::new(binary);
    command.args(arguments).arg("--data-dir").arg(data_dir).stdin(Stdio::piped()).stdout(Stdio::null());
    let mut child = process::spawn(&mut command)?;
    child.stdin.take().context("no standard input")?.write_all(input.as_bytes())?;
    let status = process::wait(&mut child)?;
    ensure!(status.success(), "`postern {}` failed ({status})", arguments.join(" "));
    Ok(())
}
