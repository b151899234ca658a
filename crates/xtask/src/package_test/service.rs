//! The service of a package, started as its unit says, and a person who uses it.

use std::fs::{self, File};
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use tempfile::TempDir;

use super::browser::Browser;
use super::sandbox::Sandbox;
use crate::process;

/// How long a start may take.
const START_LIMIT: Duration = Duration::from_secs(30);
const EMAIL: &str = "ada@example.com";
const PASSWORD: &str = "quiet harbour lamp anchor";

/// A running service. Dropping it stops it.
pub(super) struct Service {
    child: Child,
    log: TempDir,
    port: u16,
}

impl Service {
    /// Runs what the unit says as the user that it names, and waits until it is ready.
    pub(super) fn start(sandbox: &Sandbox, unit: &str, port: u16) -> Result<Self> {
        let unit = sandbox.run("cat", &[unit])?;
        let setting = |name: &str| -> Result<&str> {
            let line = unit.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='));
            line.with_context(|| format!("the unit has no {name}"))
        };
        let words: Vec<&str> = setting("ExecStart")?.split_whitespace().collect();
        let mut command = sandbox.command_of(setting("User")?, &words)?;
        let log = tempfile::tempdir()?;
        command.stdout(File::create(log.path().join("printed"))?).stderr(File::create(log.path().join("log"))?);
        let mut service = Self { child: process::spawn(&mut command)?, log, port };
        service.wait_until_ready()?;
        Ok(service)
    }

    fn wait_until_ready(&mut self) -> Result<()> {
        let begun = Instant::now();
        while Browser::new(self.port).get("/health/ready").is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("the service ended while it was starting ({status}):\n{}", self.read("log"));
            }
            ensure!(begun.elapsed() < START_LIMIT, "the service is not ready:\n{}", self.read("log"));
            process::sleep(Duration::from_millis(20))?;
        }
        Ok(())
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.log.path().join(name)).unwrap_or_default()
    }

    /// The first run: follows the link that was printed, creates the first administrator and sets up an authenticator app.
    pub(super) fn first_run(&self) -> Result<Person> {
        let printed = self.read("printed");
        let token = printed.split("/console/link#").nth(1).and_then(|rest| rest.split_whitespace().next());
        let token = token.with_context(|| format!("no link was printed:\n{printed}"))?;
        let mut browser = Browser::new(self.port);
        let administrator =
            json!({"token": token, "account": "Acme", "email": EMAIL, "name": "Ada", "password": PASSWORD});
        let step = browser.post("/api/first-run", &administrator)?;
        let key = step["security_key"].as_str().with_context(|| format!("no set-up: {step}"))?.replace(' ', "");
        let code = process::read(Command::new("oathtool").args(["--totp", "--base32", &key]))?;
        browser.post("/api/set-up/confirm", &json!({"code": code.trim()}))?;
        browser.post("/api/set-up/recovery-codes/saved", &json!({}))?;
        Ok(Person { browser })
    }

    /// Begins another log-in: the password is known, and the second factor is asked for.
    pub(super) fn expect_asked_for_a_code(&self) -> Result<()> {
        let credentials = json!({"email": EMAIL, "password": PASSWORD});
        let step = Browser::new(self.port).post("/api/sign-in", &credentials)?;
        ensure!(step["step"] == "code", "{step}");
        Ok(())
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        if let Err(error) = process::stop(&mut self.child) {
            eprintln!("the service could not be stopped: {error}");
        }
    }
}

/// The administrator of the first run, in a browser that stays open.
pub(super) struct Person {
    browser: Browser,
}

impl Person {
    /// Checks that the session is live.
    pub(super) fn expect_signed_in(&mut self) -> Result<()> {
        let step = self.browser.get("/api/flow")?;
        ensure!(step["step"] == "signed_in", "not logged in: {step}");
        Ok(())
    }
}
