//! Mails that wait to be sent. Written in the transaction of the change that they report.

use postern_types::{Email, MailKind};

use super::links::Kind;
use super::{Db, Result, Tx};
use crate::auth::cipher::Sealed;
use crate::auth::token::TokenHash;
use crate::clock::{SKEW_S, UnixTime};
use crate::ids::{AccountId, MailId, ResetId, UserId};
use crate::mail::Queued;
use crate::mail::pace::{LINK, Pace, longest_wait_s, paces, priority};

/// Mails that all nodes together send to one domain at the same time.
const AT_ONCE_TO_A_DOMAIN: i64 = 2;

/// A mail that this node has claimed.
#[derive(Debug, sqlx::FromRow)]
pub struct Waiting {
    /// Id of the row and of the message.
    pub id: MailId,
    /// The recipient.
    pub to_address: Email,
    /// The mail, sealed.
    pub message_sealed: Sealed,
    /// When it was queued.
    pub created_at: UnixTime,
    /// Attempts to send it, including this one.
    pub attempts: i64,
    /// Word of its kind.
    pub kind: String,
    /// The account whose administrator caused it.
    pub account_id: Option<AccountId>,
    /// Hash of the token of its link.
    pub link_hash: Option<TokenHash>,
    /// When its link expires.
    pub expires_at: Option<UnixTime>,
    /// Earlier mails in whose place it is sent.
    pub joined: i64,
    /// The open request that it asks to approve.
    pub reset_request_id: Option<ResetId>,
}

impl Waiting {
    /// Its kind.
    #[must_use]
    pub fn kind(&self) -> MailKind {
        self.kind.parse().unwrap_or(MailKind::Unknown)
    }
}

/// Where a mail is in the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is a mail of its own.
    Own,
    /// It took the place of one that waits.
    Joined,
}

/// Puts a mail into the outbox, in place of one that waits, if it is of the same kind, account and recipient, and about the same.
/// It is due when the limits of its account and recipient allow. The commit wakes the mailer.
pub(super) async fn queue(tx: &mut Tx, mail: &Queued) -> Result<Place> {
    let replaced = take_waiting(tx, mail).await?;
    let (attempts, joined) = replaced.map_or((0, 0), |replaced| (replaced.attempts, replaced.joined + 1));
    let due = match replaced {
        // It has its turn already, or waits for its next attempt.
        Some(replaced) if replaced.scheduled_at <= mail.at + SKEW_S => replaced.next_attempt_at,
        _ => next_turn(tx, mail).await?,
    };
    let due = due.min(mail.at.saturating_add(longest_wait_s(mail.kind)));
    let sql =
        "insert into outbox (id, to_address, message_sealed, created_at, attempts, next_attempt_at, kind, priority,
            account_id, to_domain, link_hash, expires_at, joined, scheduled_at, about, reset_request_id)
        values ($1, $2, $3, $4, $13, $5, $6, $7, $8, $9, $10,
            coalesce((select expires_at from links where token_hash = $10), $11), $12, $4, $14, $15)";
    let link_is_to_be_made = mail.kind == MailKind::PasswordLink && mail.link.is_none();
    sqlx::query(sql)
        .bind(&mail.id)
        .bind(&mail.to)
        .bind(&mail.message)
        .bind(mail.at)
        .bind(due)
        .bind(mail.kind.as_str())
        .bind(priority(mail.kind))
        .bind(&mail.account_id)
        .bind(domain(&mail.to))
        .bind(&mail.link)
        .bind(link_is_to_be_made.then_some(mail.at + Kind::Password.lifetime_s()))
        .bind(joined)
        .bind(attempts)
        .bind(&mail.about)
        .bind(&mail.request_id)
        .execute(&mut **tx)
        .await?;
    tx.wake_mailer_after_commit();
    Ok(if joined == 0 { Place::Own } else { Place::Joined })
}

/// What is known of a mail in whose place another one is sent.
#[derive(Clone, Copy, sqlx::FromRow)]
struct Replaced {
    next_attempt_at: UnixTime,
    attempts: i64,
    joined: i64,
    scheduled_at: UnixTime,
}

/// Removes a mail of the same kind, account, recipient and subject that is not being sent.
async fn take_waiting(tx: &mut Tx, mail: &Queued) -> Result<Option<Replaced>> {
    let sql = "delete from outbox where to_address = $1 and kind = $2 and coalesce(account_id, '') = $3
            and about = $5 and (claimed_until is null or claimed_until <= $4)
        returning next_attempt_at, attempts, joined, scheduled_at";
    let account_id = mail.account_id.as_ref().map_or("", AccountId::as_str);
    let replaced = sqlx::query_as(sql).bind(&mail.to).bind(mail.kind.as_str()).bind(account_id).bind(mail.at);
    let replaced = replaced.bind(&mail.about);
    let replaced: Vec<Replaced> = replaced.fetch_all(&mut **tx).await?;
    Ok(replaced.last().copied())
}

/// Counts a mail on all its limits; returns when it may be sent.
async fn next_turn(tx: &mut Tx, mail: &Queued) -> Result<UnixTime> {
    let sql = "insert into mail_pace (key, full_at, changed_at) values ($1, $2 + $3, $2)
        on conflict (key) do update set changed_at = $2, full_at = $3 + case
            when mail_pace.full_at < $2 or mail_pace.changed_at > $4 then $2 else mail_pace.full_at end
        returning full_at";
    let mut due = mail.at;
    for pace in paces(mail) {
        let Pace { key, every_s, .. } = &pace;
        let full_at = sqlx::query_scalar(sql).bind(key).bind(mail.at).bind(*every_s).bind(mail.at + SKEW_S);
        due = due.max(pace.due(full_at.fetch_one(&mut **tx).await?));
    }
    Ok(due)
}

fn domain(to: &Email) -> String {
    to.as_str().rsplit_once('@').map_or_else(String::new, |(_, domain)| domain.to_lowercase())
}

/// Claims the most urgent mail that is due, so that no other node sends it before `until`; with `is_link_only`, only one that
/// somebody waits for. `None` if none is due.
pub async fn claim(db: &Db, now: UnixTime, until: UnixTime, is_link_only: bool) -> Result<Option<Waiting>> {
    let sql = "update outbox set claimed_until = $2, attempts = attempts + 1, scheduled_at = $1,
            created_at = case when created_at > $1 then $1 else created_at end
        where id = (select id from outbox where priority <= $3 and (next_attempt_at <= $1 or scheduled_at > $4)
                and (claimed_until is null or claimed_until <= $1 or scheduled_at > $4)
                and to_domain not in (select to_domain from outbox where claimed_until > $1 and scheduled_at <= $4
                    group by to_domain having count(*) >= $5)
                order by priority, next_attempt_at, id limit 1)
            and (claimed_until is null or claimed_until <= $1 or scheduled_at > $4)
        returning id, to_address, message_sealed, created_at, attempts, kind, account_id, link_hash, expires_at, joined,
            reset_request_id";
    sqlx::query_as(sql)
        .bind(now)
        .bind(until)
        .bind(if is_link_only { LINK } else { i64::MAX })
        .bind(now + SKEW_S)
        .bind(AT_ONCE_TO_A_DOMAIN)
        .fetch_optional(&db.write)
        .await
}

/// Removes a mail that was sent, or is not to be sent any more.
pub async fn remove(db: &Db, id: &MailId) -> Result<()> {
    sqlx::query("delete from outbox where id = $1").bind(id).execute(&db.write).await.map(drop)
}

/// The same in a transaction; `false` if it is gone already.
pub(super) async fn remove_in(tx: &mut Tx, id: &MailId) -> Result<bool> {
    Ok(sqlx::query("delete from outbox where id = $1").bind(id).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Removes what asks the administrators of an account to approve a request, once one of them has.
pub(super) async fn remove_asking(tx: &mut Tx, request_id: &ResetId, account_id: &AccountId) -> Result<()> {
    let sql = "delete from outbox where reset_request_id = $1 and account_id = $2";
    sqlx::query(sql).bind(request_id).bind(account_id).execute(&mut **tx).await.map(drop)
}

/// Removes what asks to approve the requests that a user has made in an account.
pub(super) async fn remove_asking_for(tx: &mut Tx, account_id: &AccountId, asked_by: &UserId) -> Result<()> {
    let sql = "delete from outbox where reset_request_id in
        (select id from reset_requests where account_id = $1 and asked_by = $2)";
    sqlx::query(sql).bind(account_id).bind(asked_by).execute(&mut **tx).await.map(drop)
}

/// Removes what tells a user that an earlier reset will not be done, before another one is requested: it would arrive as the last word.
pub(super) async fn remove_stopped(tx: &mut Tx, to: &Email) -> Result<()> {
    let sql = "delete from outbox where to_address = $1 and about = $1 and kind = $2";
    let kind = MailKind::TwoFactorResetStopped;
    sqlx::query(sql).bind(to).bind(kind.as_str()).execute(&mut **tx).await.map(drop)
}

/// Removes what asks a user who administers an account no more to approve requests.
pub(super) async fn remove_asking_of(tx: &mut Tx, account_id: &AccountId, asked: &UserId) -> Result<()> {
    let sql = "delete from outbox where reset_request_id is not null and account_id = $1
        and to_address = (select email from users where id = $2)";
    sqlx::query(sql).bind(account_id).bind(asked).execute(&mut **tx).await.map(drop)
}

/// Releases the claim, and postpones the mail.
pub async fn postpone(db: &Db, id: &MailId, now: UnixTime, next_attempt_at: UnixTime) -> Result<()> {
    let sql = "update outbox set claimed_until = null, next_attempt_at = $3, scheduled_at = $2 where id = $1";
    sqlx::query(sql).bind(id).bind(now).bind(next_attempt_at).execute(&db.write).await.map(drop)
}

/// Releases the claim on a mail that was not tried after all.
pub async fn release(db: &Db, id: &MailId) -> Result<()> {
    let sql = "update outbox set claimed_until = null, attempts = attempts - 1 where id = $1";
    sqlx::query(sql).bind(id).execute(&db.write).await.map(drop)
}

/// The number of mails that wait, and since when the oldest one does.
pub async fn waiting(db: &Db) -> Result<(i64, Option<UnixTime>)> {
    sqlx::query_as("select count(*), min(created_at) from outbox").fetch_one(&db.read).await
}

/// Removes at most `limit` paces that no longer matter. Returns whether there may be more.
pub async fn remove_stale_paces(db: &Db, now: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from mail_pace where key in (select key from mail_pace where full_at < $1 limit $2)";
    let removed = sqlx::query(sql).bind(now).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
