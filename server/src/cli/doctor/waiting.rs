//! What the doctor finds about what waits: e-mails and log-outs to be sent, a backup to be made, and people to be noticed.

use crate::audit;
use crate::backup::schedule;
use crate::cli::checks::Finding;
use crate::clock::{DAY_S, UnixTime, rfc3339};
use crate::config::{Backup, Config};
use crate::keys;
use crate::store::coverage::{self, Administrators, Factors};
use crate::store::{Db, events, meta, oidc_log_ins, outbox};

/// What waits for longer than this, in seconds, does not wait for its turn.
const LONG_S: i64 = 3_600;
/// The same for a row that waits for its entry in the audit log.
const AUDIT_S: i64 = 300;
/// An administrator who has not logged in for so many days is not needed.
const UNUSED_DAYS: i64 = 90;
/// So many days a new administrator has for the first log-in.
const NEW_DAYS: i64 = 14;

/// The e-mails that wait, and those that were lost.
pub(super) async fn outbox(db: &Db, now: UnixTime) -> anyhow::Result<Finding> {
    let (mails, since) = outbox::waiting(db).await?;
    let waiting = since.map_or_else(
        || "no e-mails are waiting".to_owned(),
        |since| format!("e-mails waiting: {mails}, the oldest since {}", rfc3339(since).0),
    );
    let found = match events::undelivered_mails(db).await? {
        (mails, Some(latest)) => {
            format!("{waiting}; e-mails that could not be delivered: {mails}, the latest on {}", rfc3339(latest).0)
        }
        _ => waiting,
    };
    Ok(if since.is_some_and(|since| now - since > LONG_S) {
        Finding::warning(
            found,
            "Check the mail server, and that the portal is running; its log says why an e-mail was not sent",
        )
    } else {
        Finding::ok(found)
    })
}

/// The rows that wait for their entry in the audit log.
pub(super) async fn audit(db: &Db, config: &Config, now: UnixTime) -> anyhow::Result<Finding> {
    let cipher = keys::open(db, &config.keys.source).await?;
    Ok(match audit::oldest_waiting(db, &cipher, now).await? {
        Some(since) if now - since > AUDIT_S => Finding::warning(
            format!("rows have been waiting for the audit log since {}", rfc3339(since).0),
            "Start the server; if it is running, its log says why the audit log cannot be written",
        ),
        Some(_) => Finding::ok("rows are waiting for the audit log, but have not waited long"),
        None => Finding::ok("no rows are waiting for the audit log"),
    })
}

/// The log-outs that clients of OpenID Connect have not been told of yet.
pub(super) async fn log_outs(db: &Db, now: UnixTime) -> anyhow::Result<Finding> {
    Ok(match oidc_log_ins::waiting(db).await? {
        (0, _) => Finding::ok("clients have been told of all log-outs"),
        (count, Some(since)) if now - since > LONG_S => Finding::warning(
            format!(
                "log-outs that clients have not been told of: {count}, the oldest tried since {}",
                rfc3339(since).0
            ),
            "Check the addresses for log-outs (postern client list); the log says what they answer",
        ),
        (count, _) => Finding::ok(format!("log-outs that clients are being told of: {count}")),
    })
}

/// Whether the server makes its backups.
pub(super) async fn backup(db: &Db, settings: &Backup, now: UnixTime) -> anyhow::Result<Finding> {
    let Some(folder) = &settings.folder else {
        return Ok(Finding::note(
            "the server makes no backups by itself",
            "Set backup.folder, or let a system timer run postern backup",
        ));
    };
    let (latest, folder) = (meta::scheduled_backup_at(db).await?, folder.display());
    let found = latest.map_or_else(
        || format!("the server has made no backup in {folder} yet"),
        |at| format!("the server made its latest backup in {folder} at {}", rfc3339(at).0),
    );
    Ok(if latest.is_some_and(|at| now - at <= 2 * schedule::every_s(settings)) {
        Finding::ok(found)
    } else {
        Finding::warning(
            found,
            format!(
                "Check that the portal is running, and that its user can write to {folder}; its log says why a backup failed"
            ),
        )
    })
}

/// Whether those who need a second factor have one that works.
pub(super) async fn factors(db: &Db) -> anyhow::Result<Finding> {
    let Factors { users, missing, unusable } = coverage::factors(db).await?;
    let found = format!("users who need a second factor: {users}, of whom {missing} have none yet");
    Ok(match (missing, unusable) {
        (_, 1..) => Finding::warning(
            format!("{found}, and {unusable} have one that is disabled or lost"),
            "Let them log in with a recovery code, or run: postern user reset-2fa",
        ),
        (1.., _) => Finding::note(found, "They set it up at their next log-in"),
        _ => Finding::ok(found),
    })
}

/// Whether there are administrators whom nobody needs.
pub(super) async fn administrators(db: &Db, now: UnixTime) -> anyhow::Result<Finding> {
    let found = coverage::administrators(db, now - NEW_DAYS * DAY_S, now - UNUSED_DAYS * DAY_S).await?;
    let Administrators { all, never, long_ago } = found;
    let found = format!(
        "administrators: {all}, of whom {never} have never logged in, and {long_ago} not for {UNUSED_DAYS} days"
    );
    Ok(if never + long_ago > 0 {
        Finding::warning(found, "See postern user list; take the role away from them, or lock them")
    } else {
        Finding::ok(found)
    })
}
