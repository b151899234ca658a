//! A running program.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

use axum::http::Method;

use crate::authenticator;
use crate::browser::Browser;
use crate::wait::end_within;

/// A running `postern serve`, from [`Installation::start`](crate::Installation::start). Dropping it kills the process.
#[derive(Debug)]
pub struct Server {
    pub(crate) child: Child,
    /// The port on 127.0.0.1 on which it listens.
    pub port: u16,
    /// `None` if it does not log to a file.
    pub(crate) log: Option<PathBuf>,
    pub(crate) printed: PathBuf,
}

impl Server {
    /// A browser without cookies.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(self)
    }

    /// The process id.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Everything that it has printed on standard output.
    #[must_use]
    pub fn printed(&self) -> String {
        fs::read_to_string(&self.printed).unwrap()
    }

    /// Everything that it has logged to its file.
    #[must_use]
    pub fn log(&self) -> String {
        let bytes = self.log.as_ref().map(|path| fs::read(path).unwrap());
        String::from_utf8_lossy(&bytes.unwrap_or_default()).into_owned()
    }

    /// Waits until it is ready, at most 30 s.
    pub async fn wait_until_ready(&mut self) {
        let begun = Instant::now();
        while !self.is_ready().await {
            if let Some(status) = self.child.try_wait().unwrap() {
                panic!("the server ended while it was starting, {status}:\n{}", self.log());
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "not ready:\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Whether its readiness check responds with 200.
    pub async fn is_ready(&self) -> bool {
        let answer = self.browser().try_send(Method::GET, "/health/ready", "").await;
        answer.is_ok_and(|answer| answer.status == 200)
    }

    /// A user's first log-in with a set-up, whose recovery codes are saved; returns the browser, which is logged in, and the security key.
    pub async fn set_up(&self, email: &str) -> (Browser, String) {
        let mut browser = self.browser();
        let key = browser.begin_set_up(email).await;
        browser.confirm(&authenticator::code(&key)).await.expect(200);
        browser.save_recovery_codes().await;
        (browser, key)
    }

    /// Kills the process, like a power failure.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill").args(["-s", name, &self.id().to_string()]).status();
        assert!(status.unwrap().success());
    }

    /// Waits for its end, which must come within this time.
    #[track_caller]
    pub fn wait(&mut self, limit: Duration) -> ExitStatus {
        let status = end_within(&mut self.child, limit);
        status.unwrap_or_else(|| panic!("still running after {limit:?}:\n{}", self.log()))
    }

    /// Memory in use, in KiB.
    #[must_use]
    pub fn memory_kib(&self) -> u64 {
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
