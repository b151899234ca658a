//! The record of administration: what administrators and the operator did (R22, R30). Rows hold copies of names, so that they
//! outlive the users.

use postern_types::{Detail, Email, EventEntry, What};

use super::{Db, Listing, ReportError, Result, Tx, memberships};
use crate::addresses::ClientAddress;
use crate::auth::token::ordered_id;
use crate::clock::{UnixTime, rfc3339};
use crate::ids::{AccountId, UserId};

/// The target of the lines in the log, by which `log.level` can leave them out.
const RECORD: &str = "postern::record";

/// Who did it.
#[derive(Clone, Copy, Debug)]
pub enum Actor<'a> {
    /// A person, in a browser.
    Person(&'a Email),
    /// The operator, at the command line.
    Operator,
}

/// Who does something, when, and from where.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// Who.
    pub actor: Actor<'a>,
    /// When.
    pub now: UnixTime,
    /// The client's address; `None` at the command line.
    pub address: Option<ClientAddress>,
}

impl<'a> Act<'a> {
    /// By the operator, at the command line.
    #[must_use]
    pub const fn of_operator(now: UnixTime) -> Self {
        Self { actor: Actor::Operator, now, address: None }
    }

    /// By a person, in a browser.
    #[must_use]
    pub const fn of_person(email: &'a Email, now: UnixTime, address: ClientAddress) -> Self {
        Self { actor: Actor::Person(email), now, address: Some(address) }
    }
}

/// Whom an event concerns.
#[derive(Clone, Copy, Debug)]
pub(super) enum Subject<'a> {
    /// The account itself.
    Account,
    /// A person.
    Person(&'a Email),
}

/// Records an event of an account. After the commit it also writes a line to the log.
pub(super) async fn record(
    tx: &mut Tx,
    act: &Act<'_>,
    account_id: &AccountId,
    subject: Subject<'_>,
    what: What,
    detail: &Detail,
) -> Result<()> {
    let sql = "insert into events (id, at, account_id, actor, subject, what, detail, address)
        values ($1, $2, $3, $4, $5, $6, $7, $8)";
    let actor = match act.actor {
        Actor::Person(email) => email.as_str(),
        Actor::Operator => "",
    };
    let subject = match subject {
        Subject::Person(email) => email.as_str(),
        Subject::Account => "",
    };
    sqlx::query(sql)
        .bind(ordered_id(act.now))
        .bind(act.now)
        .bind(account_id)
        .bind(actor)
        .bind(subject)
        .bind(what.as_str())
        .bind(stored(detail))
        .bind(act.address.map(|address| address.to_string()).unwrap_or_default())
        .execute(&mut **tx)
        .await?;
    let (account, actor, subject, what) = (account_id.clone(), actor.to_owned(), subject.to_owned(), what.as_str());
    let (detail, address) = (stored(detail), act.address);
    tx.after_commit(move || {
        let address = address.map(|address| address.to_string()).unwrap_or_default();
        tracing::info!(target: RECORD, %account, actor, subject, what, detail, address, "event");
    });
    Ok(())
}

/// Records what the operator did to a person in every account.
pub(super) async fn record_in_all_accounts(
    tx: &mut Tx,
    act: &Act<'_>,
    user_id: &UserId,
    email: &Email,
    what: What,
) -> Result<()> {
    let accounts = memberships::account_ids(tx, user_id).await?;
    record_in(tx, act, &accounts, email, what).await
}

/// Records what an administrator did, or what was done to one, in the accounts that they administer: the others do not learn
/// that they administer any.
pub(super) async fn record_where_admin(
    tx: &mut Tx,
    act: &Act<'_>,
    user_id: &UserId,
    email: &Email,
    what: What,
) -> Result<()> {
    let accounts = memberships::administered(tx, user_id).await?;
    record_in(tx, act, &accounts, email, what).await
}

/// Records what a person did in the accounts that see what the person does, as the login history is.
pub(super) async fn record_of_person(tx: &mut Tx, act: &Act<'_>, email: &Email, what: What) -> Result<()> {
    record_of_person_with(tx, act, email, what, &Detail::None).await
}

/// The same, with details.
pub(super) async fn record_of_person_with(
    tx: &mut Tx,
    act: &Act<'_>,
    email: &Email,
    what: What,
    detail: &Detail,
) -> Result<()> {
    for account_id in memberships::witnesses(tx, email).await? {
        record(tx, act, &account_id, Subject::Person(email), what, detail).await?;
    }
    Ok(())
}

async fn record_in(tx: &mut Tx, act: &Act<'_>, accounts: &[AccountId], email: &Email, what: What) -> Result<()> {
    for account_id in accounts {
        record(tx, act, account_id, Subject::Person(email), what, &Detail::None).await?;
    }
    Ok(())
}

/// Records in the person's other accounts what an administrator of one account did. They do not learn who, and from where.
pub(super) async fn record_elsewhere(
    tx: &mut Tx,
    now: UnixTime,
    account_id: &AccountId,
    user_id: &UserId,
    email: &Email,
    what: What,
) -> Result<()> {
    let act = Act::of_operator(now);
    for other in memberships::account_ids(tx, user_id).await? {
        if other != *account_id {
            record(tx, &act, &other, Subject::Person(email), what, &Detail::Elsewhere).await?;
        }
    }
    Ok(())
}

/// The JSON for the column.
fn stored(detail: &Detail) -> String {
    serde_json::to_string(detail).unwrap_or_default()
}

/// Reads the column. Version 0.1.0 wrote plain texts, and its nodes may go on for a while beside newer ones.
fn read(what: What, column: &str) -> Detail {
    if let Ok(detail) = serde_json::from_str(column) {
        return detail;
    }
    match what {
        What::UserChanged if column == "name" => Detail::Name,
        What::UserChanged => {
            let addresses = column.strip_prefix("e-mail: ").and_then(|both| both.split_once(" → "));
            addresses.map_or(Detail::Unknown, |(from, to)| Detail::Email { from: from.to_owned(), to: to.to_owned() })
        }
        What::PasswordExpiryChanged => {
            Detail::MaxAge { days: column.strip_suffix(" days").and_then(|days| days.parse().ok()) }
        }
        What::AddressesChanged | What::UserAddressesChanged => {
            let allowed = column.split(", ").filter(|address| !address.is_empty()).map(str::to_owned).collect();
            Detail::Addresses { allowed }
        }
        _ if column.is_empty() => Detail::None,
        _ => Detail::Unknown,
    }
}

type Row = (UnixTime, String, String, String, String, String);

/// A page of an account's events, the latest first, and the total number.
pub async fn page(
    db: &Db,
    account_id: &AccountId,
    listing: &Listing<'_>,
) -> std::result::Result<(Vec<EventEntry>, u64), ReportError> {
    let from = "from events
        where account_id = $1 and ($2 = '%%' or lower(actor) like $2 escape '\\' or lower(subject) like $2 escape '\\')";
    let page =
        format!("select at, actor, subject, what, detail, address {from} order by at desc, id desc limit $3 offset $4");
    let count = format!("select count(*) {from}");
    let found = |sql| db.report(sql).bind(account_id.clone())?.bind(listing.pattern());
    let rows: Vec<Row> = found(page)?.bind(listing.limit())?.bind(listing.offset())?.rows().await?;
    let total = found(count)?.number().await?;
    Ok((rows.into_iter().map(entry).collect(), total))
}

/// The number of mails in the record that could not be delivered, and when the latest one was given up. A mail that is in the
/// records of several accounts counts once.
pub async fn undelivered_mails(db: &Db) -> Result<(i64, Option<UnixTime>)> {
    let sql = "select count(*), max(at) from (select distinct at, subject, detail from events where what = $1) mails";
    sqlx::query_as(sql).bind(What::MailNotDelivered.as_str()).fetch_one(&db.read).await
}

fn entry((at, actor, subject, what, detail, address): Row) -> EventEntry {
    let what = what.parse().unwrap_or(What::Unknown);
    let unless_empty = |text: String| Some(text).filter(|text| !text.is_empty());
    EventEntry {
        at: rfc3339(at),
        actor: unless_empty(actor),
        subject: unless_empty(subject),
        what,
        detail: read(what, &detail),
        address: unless_empty(address),
    }
}

/// Removes at most `limit` events from before a time, so that others do not wait. Returns whether there may be more.
pub async fn remove_before(db: &Db, before: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from events where id in (select id from events where at < $1 limit $2)";
    let removed = sqlx::query(sql).bind(before).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
