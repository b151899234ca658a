//! A portal of a test's own: a data directory, a database, and the program at work on them.

use std::fs::{self, File};
use std::io::Write;
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use crate::answers::Answer;
use crate::browser::{Browser, code};
use crate::database::Database;

pub(crate) const PASSWORD: &str = "correct horse battery staple";
pub(crate) const ADA: &str = "ada@example.com";
/// Of a server that logs elsewhere.
const NO_LOG: &str = "/dev/null";
pub(crate) const ACCOUNT: &str = "Acme";

/// A data directory and a database. The directory goes with it.
pub(crate) struct Portal {
    dir: TempDir,
    pub(crate) database: Database,
}

/// A running `postern serve`. Dropping it kills the process.
pub(crate) struct Server {
    child: Child,
    pub(crate) port: u16,
    log: PathBuf,
    printed: PathBuf,
}

impl Portal {
    pub(crate) fn on_sqlite() -> Self {
        let dir = folder();
        let database = Database::sqlite(&dir.path().join("data"));
        Self { dir, database }
    }

    pub(crate) fn on_postgres() -> Self {
        Self { dir: folder(), database: Database::postgres() }
    }

    /// One on each database, not started yet.
    pub(crate) fn on_both() -> [Self; 2] {
        [Self::on_sqlite(), Self::on_postgres()]
    }

    /// Not created before the first start.
    pub(crate) fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A place for a test's own files.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn key_file(&self) -> PathBuf {
        self.data_dir().join("postern.key")
    }

    /// The program with these arguments, on this portal's data, in an environment without settings.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = bare(arguments);
        command.arg("--data-dir").arg(self.data_dir()).current_dir(self.dir.path());
        if let Database::Postgres(url) = &self.database {
            command.arg("--database").arg(url);
        }
        command
    }

    /// What a command printed; it must succeed.
    #[track_caller]
    pub(crate) fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", said(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    #[track_caller]
    pub(crate) fn run_json(&self, arguments: &[&str]) -> Value {
        let text = self.run(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
    }

    /// What a command said on standard error; it must fail with exit code 1 and without a panic.
    #[track_caller]
    pub(crate) fn refused(&self, arguments: &[&str]) -> String {
        refusal(&mut self.command(arguments))
    }

    /// Adds an account that requires a second factor.
    pub(crate) fn add_account(&self) {
        self.run(&["account", "add", ACCOUNT]);
        self.run(&["account", "require-2fa", ACCOUNT, "on"]);
    }

    /// Adds an active user with [`PASSWORD`].
    pub(crate) fn add_user(&self, email: &str) {
        let arguments = ["user", "add", email, "--account", ACCOUNT, "--active", "--password-stdin"];
        let output = with_input(&mut self.command(&arguments), &format!("{PASSWORD}\n"));
        assert!(output.status.success(), "{}", said(&output));
    }

    /// With one account that requires a second factor, and Ada in it.
    pub(crate) fn with_ada(self) -> Self {
        self.add_account();
        self.add_user(ADA);
        self
    }

    pub(crate) fn start(&self) -> Server {
        self.start_with(&[])
    }

    /// Starts the program with these variables, and waits until it is ready.
    pub(crate) fn start_with(&self, variables: &[(&str, &str)]) -> Server {
        let mut server = self.launch(self.command(&["serve"]), variables);
        server.wait_until_ready();
        server
    }

    /// Starts a command that becomes the server, and does not wait.
    pub(crate) fn launch(&self, command: Command, variables: &[(&str, &str)]) -> Server {
        let kept = |kind: &str| self.beside(&format!("{kind}-{}", postern::auth::token::random_id()));
        let (log, printed) = (kept("log"), kept("printed"));
        let file = |path| Stdio::from(File::options().create_new(true).append(true).open(path).unwrap());
        let mut server = self.spawn(command, variables, file(&log), file(&printed));
        (server.log, server.printed) = (log, printed);
        server
    }

    /// The same, with another end for the log than a file.
    pub(crate) fn launch_logging_to(&self, command: Command, variables: &[(&str, &str)], log: Stdio) -> Server {
        self.spawn(command, variables, log, Stdio::null())
    }

    fn spawn(&self, mut command: Command, variables: &[(&str, &str)], log: Stdio, printed: Stdio) -> Server {
        let port = free_port();
        command.env("POSTERN_LISTEN", format!("127.0.0.1:{port}"));
        command.env("POSTERN_PUBLIC_URL", format!("http://localhost:{port}")).envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(printed).stderr(log);
        Server { child: command.spawn().unwrap(), port, log: NO_LOG.into(), printed: NO_LOG.into() }
    }
}

impl Server {
    pub(crate) fn browser(&self) -> Browser {
        Browser::new(self.port)
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// All that it has printed on standard output.
    pub(crate) fn printed(&self) -> String {
        fs::read_to_string(&self.printed).unwrap()
    }

    /// All that it has logged.
    pub(crate) fn log(&self) -> String {
        String::from_utf8_lossy(&fs::read(&self.log).unwrap()).into_owned()
    }

    #[track_caller]
    pub(crate) fn wait_until_ready(&mut self) {
        let begun = Instant::now();
        loop {
            if self.browser().try_send("GET", "/health/ready", b"").is_ok_and(|answer| answer.status == 200) {
                return;
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the server ended at its start, {status}:\n{}", self.log());
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "not ready:\n{}", self.log());
            sleep(Duration::from_millis(5));
        }
    }

    /// A user's first log-in with a set-up; returns the browser, signed in, and the security key.
    #[track_caller]
    pub(crate) fn set_up(&self, email: &str) -> (Browser, String) {
        let mut browser = self.browser();
        let answer = browser.sign_in(email, PASSWORD).expect(200);
        assert_eq!(answer.step(), "set_up");
        let key = answer.json()["security_key"].as_str().unwrap().to_owned();
        assert_eq!(browser.confirm(&code(&key)).expect(200).step(), "signed_in");
        (browser, key)
    }

    /// SIGKILL, as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// How it ended; it must do so in this time.
    #[track_caller]
    pub(crate) fn wait(&mut self, limit: Duration) -> ExitStatus {
        let begun = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(begun.elapsed() < limit, "still running after {limit:?}:\n{}", self.log());
            sleep(Duration::from_millis(10));
        }
    }

    /// Memory in use, in KiB.
    pub(crate) fn memory_kib(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        line.trim().trim_end_matches(" kB").parse().unwrap()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// With a blank in its path, as people have them.
fn folder() -> TempDir {
    tempfile::Builder::new().prefix("postern test ").tempdir().unwrap()
}

/// The program with these arguments and nothing of the environment but where programs are.
pub(crate) fn bare(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_postern"));
    command.args(arguments).env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.stdin(Stdio::null());
    command
}

/// Runs a command that reads standard input.
pub(crate) fn with_input(command: &mut Command, input: &str) -> Output {
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that refuses its arguments does not read.
    drop(child.stdin.take().unwrap().write_all(input.as_bytes()));
    child.wait_with_output().unwrap()
}

/// What a command said on standard error; it must end soon, with exit code 1 and without a panic.
#[track_caller]
pub(crate) fn refusal(command: &mut Command) -> String {
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut server = Server { child, port: 0, log: NO_LOG.into(), printed: NO_LOG.into() };
    let status = server.wait(Duration::from_secs(20));
    let mut text = String::new();
    std::io::Read::read_to_string(server.child.stderr.as_mut().unwrap(), &mut text).unwrap();
    assert_eq!(status.code(), Some(1), "{text}");
    assert!(!text.contains("panicked"), "{text}");
    assert!(!text.trim().is_empty(), "no reason was given");
    text
}

pub(crate) fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// A port on which nobody listens, below those that outgoing connections get, and given to one caller only.
pub(crate) fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 15_000 + u16::try_from(std::process::id() % 64).unwrap() * 250;
    loop {
        let port = base + NEXT.fetch_add(1, Ordering::Relaxed) % 250;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}

/// Asks again until it is so.
#[track_caller]
pub(crate) fn eventually(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < limit, "not within {limit:?}: {what}");
        sleep(Duration::from_millis(50));
    }
}

/// An answer that says when to come back.
#[track_caller]
pub(crate) fn expect_busy(answer: Answer) {
    let answer = answer.expect_error(503, "unavailable");
    let seconds = answer.header("retry-after").expect("Retry-After").parse::<u32>().unwrap();
    assert_eq!(answer.json()["retry_after_s"], seconds);
}
