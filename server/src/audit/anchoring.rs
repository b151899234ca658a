//! Makes anchors regularly, and keeps them in a file, in the system log and in the operator's mailbox.

use std::io::Write;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use tokio::time::{MissedTickBehavior, interval};

use super::anchor::Anchor;
use super::heads::all_opened;
use crate::clock::UnixTime;
use crate::mail::Mail;
use crate::state::AppState;
use crate::store::transactions;
use crate::{private_file, tasks};

/// Interval at which the server checks whether anchors are due, and retries what has failed.
const EVERY: Duration = Duration::from_secs(60);
/// How long the system log may take for a line.
const PATIENCE: Duration = Duration::from_secs(5);
/// Facility `authpriv` and severity `info` (RFC 5424, section 6.2.1).
const PRIORITY: u8 = 10 * 8 + 6;

/// Keeps anchors for one server.
#[derive(Debug)]
pub struct Anchoring {
    app: AppState,
    kept_at: Option<UnixTime>,
}

/// Runs until the task is dropped. The first anchors are made at the start.
pub async fn run(app: AppState) {
    let settings = &app.config.audit;
    if settings.anchor_file.is_none() && settings.anchor_syslog.is_none() && settings.anchor_mail.is_none() {
        return;
    }
    let mut anchoring = Anchoring::new(app.clone());
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = anchoring.round().await {
            tracing::error!(
                error = format!("{error:#}"),
                "the anchors of the audit log could not be written or sent; trying again"
            );
        }
    }
}

impl Anchoring {
    /// A server that has not kept any anchors yet.
    #[must_use]
    pub const fn new(app: AppState) -> Self {
        Self { app, kept_at: None }
    }

    /// Keeps anchors if it is time. All servers send one e-mail together.
    ///
    /// # Errors
    /// If they cannot be kept in one of the places, or a head cannot be opened. The other places get them, and the other chains have some.
    pub async fn round(&mut self) -> anyhow::Result<()> {
        let (now, settings) = (self.app.clock.now(), &self.app.config.audit);
        let every_s = settings.anchor_every_hours * 3_600;
        if self.kept_at.is_some_and(|at| (0..every_s).contains(&(now - at))) {
            return Ok(());
        }
        let (anchors, damaged) = Anchor::all(&self.app.db, &self.app.cipher, now).await?;
        if anchors.is_empty() {
            // The log has not begun yet.
            return all_opened(&damaged);
        }
        let lines: Vec<String> = anchors.iter().map(Anchor::line).collect();
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        let mut kept = Ok(());
        if let Some(file) = settings.anchor_file.clone() {
            kept = kept.and(tasks::blocking(move || append(&file, &text)).await?);
        }
        if let Some(socket) = settings.anchor_syslog.clone() {
            let lines = lines.clone();
            kept = kept.and(tasks::blocking(move || log(&socket, &lines)).await?);
        }
        if let Some(to) = &settings.anchor_mail {
            let mail = self.app.mail(to, &Mail::AuditAnchors { at: now, lines });
            kept = kept.and(transactions::mail_anchors(&self.app.db, &mail, every_s).await.map_err(Into::into));
        }
        kept?;
        self.kept_at = Some(now);
        all_opened(&damaged)
    }
}

fn append(file: &Path, text: &str) -> anyhow::Result<()> {
    let written = private_file::open(file).and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()
    });
    written.with_context(|| format!("cannot write {}", file.display()))
}

/// Sends each line to a local socket of syslog (RFC 3164, section 4.1, without time and host, which the receiver knows).
fn log(socket: &Path, lines: &[String]) -> anyhow::Result<()> {
    let process = std::process::id();
    let logged = UnixDatagram::unbound().and_then(|sender| {
        sender.set_write_timeout(Some(PATIENCE))?;
        sender.connect(socket)?;
        lines
            .iter()
            .try_for_each(|line| sender.send(format!("<{PRIORITY}>postern[{process}]: {line}").as_bytes()).map(drop))
    });
    logged.with_context(|| format!("cannot send to {}", socket.display()))
}
