//! The program as an operator uses it: a data directory, a database, and the command line.

use std::fs::File;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::thread;

use postern::auth::token::random_id;
use postern::config::{DatabaseUrl, KeySource};
use postern::keys;
use postern::store::Db;
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

use crate::database::Database;
use crate::server::Server;
use crate::{ACCOUNT, ADA, PASSWORD, program};

/// A data directory and a database. Dropping it removes the directory.
#[derive(Debug)]
pub struct Installation {
    dir: TempDir,
    /// The rows.
    pub database: Database,
}

impl Installation {
    /// An installation on SQLite, not started yet.
    #[must_use]
    pub fn on_sqlite() -> Self {
        let dir = folder();
        let database = Database::sqlite(&dir.path().join("data")).closing();
        Self { dir, database }
    }

    /// An installation on PostgreSQL, not started yet.
    pub async fn on_postgres() -> Self {
        Self { dir: folder(), database: Database::postgres().await.closing() }
    }

    /// An installation on this database, not started yet.
    #[must_use]
    pub fn on(database: Database) -> Self {
        Self { dir: folder(), database: database.closing() }
    }

    /// One installation on each database.
    pub async fn on_both() -> [Self; 2] {
        [Self::on_sqlite(), Self::on_postgres().await]
    }

    /// The data directory. It does not exist before the first start.
    #[must_use]
    pub fn data_dir(&self) -> PathBuf {
        self.dir.path().join("data")
    }

    /// A path for a test's own files.
    #[must_use]
    pub fn beside(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    /// The file of the master key.
    #[must_use]
    pub fn key_file(&self) -> PathBuf {
        self.data_dir().join("postern.key")
    }

    /// The program with these arguments, for this data, in an environment without settings.
    #[must_use]
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program::command(arguments);
        command.arg("--data-dir").arg(self.data_dir()).current_dir(self.dir.path());
        if let DatabaseUrl::Postgres(url) = &self.database.url {
            command.arg("--database").arg(url);
        }
        command
    }

    /// Runs a command, which must succeed; returns what it printed.
    #[track_caller]
    pub fn run(&self, arguments: &[&str]) -> String {
        let output = self.command(arguments).output().unwrap();
        assert!(output.status.success(), "{arguments:?}: {}", program::output_text(&output));
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// Runs a command with `--json`, which must succeed; returns what it printed.
    #[track_caller]
    #[must_use]
    pub fn run_json(&self, arguments: &[&str]) -> Value {
        let text = self.run(&[arguments, &["--json"]].concat());
        serde_json::from_str(&text).unwrap_or_else(|_| panic!("no JSON: {text}"))
    }

    /// Runs a command, which must fail; returns the reason (see [`program::refusal`]).
    #[track_caller]
    pub fn refused(&self, arguments: &[&str]) -> String {
        program::refusal(&mut self.command(arguments))
    }

    /// Creates the database and the key file, as the first start does.
    pub fn create(&self) {
        let (url, source) = (self.database.url.clone(), KeySource::File(self.key_file()));
        // A runtime of its own, because the caller may have one.
        let created = thread::spawn(move || {
            Runtime::new().unwrap().block_on(async {
                let db = Db::connect(&url).await.unwrap();
                db.migrate(&url).await.unwrap();
                keys::create(&db, &source).await.unwrap();
                db.close().await;
            });
        });
        created.join().unwrap();
    }

    /// Adds [`ACCOUNT`], which requires a second factor, to a new database too.
    pub fn add_account(&self) {
        self.create();
        self.run(&["account", "add", ACCOUNT]);
        self.run(&["account", "require-2fa", ACCOUNT, "on"]);
    }

    /// Adds an active user of [`ACCOUNT`] with [`PASSWORD`].
    pub fn add_user(&self, email: &str) {
        let arguments = ["user", "add", email, "--account", ACCOUNT, "--active", "--password-stdin"];
        let output = program::with_input(&mut self.command(&arguments), &format!("{PASSWORD}\n"));
        assert!(output.status.success(), "{}", program::output_text(&output));
    }

    /// Adds an account that requires a second factor, and the user Ada.
    #[must_use]
    pub fn with_ada(self) -> Self {
        self.add_account();
        self.add_user(ADA);
        self
    }

    /// Starts the program, and waits until it is ready. A second call starts another node on the same database.
    pub async fn start(&self) -> Server {
        self.start_with(&[]).await
    }

    /// The same, with these variables in the program's environment.
    pub async fn start_with(&self, variables: &[(&str, &str)]) -> Server {
        let mut server = self.launch(self.command(&["serve"]), variables);
        server.wait_until_ready().await;
        server
    }

    /// Starts a command that becomes the server, without waiting.
    #[must_use]
    pub fn launch(&self, command: Command, variables: &[(&str, &str)]) -> Server {
        let log = self.new_file("log");
        let mut server = self.launch_logging_to(command, variables, open(&log));
        server.log = Some(log);
        server
    }

    /// The same, with the log to somewhere else than a file.
    #[must_use]
    pub fn launch_logging_to(&self, mut command: Command, variables: &[(&str, &str)], log: Stdio) -> Server {
        let port = free_port();
        let printed = self.new_file("printed");
        command.env("POSTERN_LISTEN", format!("127.0.0.1:{port}"));
        command.env("POSTERN_PUBLIC_URL", format!("http://localhost:{port}")).envs(variables.iter().copied());
        command.stdin(Stdio::null()).stdout(open(&printed)).stderr(log);
        Server { child: command.spawn().unwrap(), port, log: None, printed }
    }

    fn new_file(&self, kind: &str) -> PathBuf {
        self.beside(&format!("{kind}-{}", random_id()))
    }
}

fn open(path: &Path) -> Stdio {
    File::options().create_new(true).append(true).open(path).unwrap().into()
}

/// With a space in its path, which is common.
fn folder() -> TempDir {
    tempfile::Builder::new().prefix("postern test ").tempdir().unwrap()
}

/// A free port, below those of outgoing connections. Every call returns another one.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let base = 15_000 + u16::try_from(std::process::id() % 64).unwrap() * 250;
    loop {
        let port = base + NEXT.fetch_add(1, Ordering::Relaxed) % 250;
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
