//! What administrators did (R22, R30). Rows hold copies of names, so that they outlive whom they speak of.

use std::net::IpAddr;

use postern_types::EventEntry;

use super::{Db, Listing, Result, on};
use crate::clock::{UnixTime, rfc3339};

/// One act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// The account requires a second factor from now on.
    TwoFactorRequired,
    /// It no longer does.
    TwoFactorNotRequired,
    /// Sessions that had shown no second factor were ended.
    SessionsEnded,
    /// Passwords last for another while.
    PasswordExpiryChanged,
    /// The account's list of addresses was changed.
    AddressesChanged,
    /// The changed list was confirmed.
    AddressesConfirmed,
    /// A user was added.
    UserAdded,
    /// A user's name or e-mail was changed.
    UserChanged,
    /// A user was locked.
    UserLocked,
    /// A user was unlocked.
    UserUnlocked,
    /// A user was removed.
    UserRemoved,
    /// A user became an administrator.
    AdminGranted,
    /// A user is no administrator any more.
    AdminTaken,
    /// A user's second factor was taken away.
    TwoFactorReset,
    /// A user's own list of addresses was changed.
    UserAddressesChanged,
    /// Somebody who is a user elsewhere has joined.
    InvitationAccepted,
}

impl What {
    /// The word in the column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::TwoFactorRequired => "two_factor_required",
            Self::TwoFactorNotRequired => "two_factor_not_required",
            Self::SessionsEnded => "sessions_ended",
            Self::PasswordExpiryChanged => "password_expiry_changed",
            Self::AddressesChanged => "addresses_changed",
            Self::AddressesConfirmed => "addresses_confirmed",
            Self::UserAdded => "user_added",
            Self::UserChanged => "user_changed",
            Self::UserLocked => "user_locked",
            Self::UserUnlocked => "user_unlocked",
            Self::UserRemoved => "user_removed",
            Self::AdminGranted => "admin_granted",
            Self::AdminTaken => "admin_taken",
            Self::TwoFactorReset => "two_factor_reset",
            Self::UserAddressesChanged => "user_addresses_changed",
            Self::InvitationAccepted => "invitation_accepted",
        }
    }
}

/// Who acts, on which account, when and from where.
#[derive(Clone, Copy, Debug)]
pub struct Act<'a> {
    /// The account.
    pub account_id: &'a str,
    /// E-mail of the administrator.
    pub actor: &'a str,
    /// Now.
    pub now: UnixTime,
    /// The client's address.
    pub address: IpAddr,
}

pub(super) const INSERT: &str = "insert into events (id, at, account_id, actor, subject, what, detail, address)
    values ($1, $2, $3, $4, $5, $6, $7, $8)";

/// Binds an act to [`INSERT`], for the database in use: `event!(act, what, subject, detail)`.
macro_rules! event {
    ($act:expr, $what:expr, $subject:expr, $detail:expr) => {
        sqlx::query($crate::store::events::INSERT)
            .bind($crate::auth::token::random_id())
            .bind($act.now)
            .bind($act.account_id)
            .bind($act.actor)
            .bind($subject)
            .bind($what.as_str())
            .bind($detail)
            .bind($act.address.to_string())
    };
}
pub(super) use event;

type Row = (UnixTime, String, String, String, String, String);

/// A page of an account's events, the latest first, and how many there are.
///
/// # Errors
/// Where the database fails.
pub async fn page(db: &Db, account_id: &str, listing: &Listing<'_>) -> Result<(Vec<EventEntry>, u64)> {
    let rows_sql = "select at, actor, subject, what, detail, address from events
        where account_id = $1 and ($2 = '%%' or lower(actor) like $2 escape '\\' or lower(subject) like $2 escape '\\')
        order by at desc, id limit $3 offset $4";
    let count_sql = "select count(*) from events
        where account_id = $1 and ($2 = '%%' or lower(actor) like $2 escape '\\' or lower(subject) like $2 escape '\\')";
    let pattern = listing.pattern();
    let (rows, total): (Vec<Row>, i64) = on!(db.read, pool => (
        sqlx::query_as(rows_sql).bind(account_id).bind(&pattern).bind(listing.limit()).bind(listing.offset())
            .fetch_all(pool).await?,
        sqlx::query_scalar(count_sql).bind(account_id).bind(&pattern).fetch_one(pool).await?,
    ));
    let entry = |(at, actor, subject, what, detail, address): Row| EventEntry {
        at: rfc3339(at),
        actor,
        subject,
        what,
        detail,
        address,
    };
    Ok((rows.into_iter().map(entry).collect(), total.unsigned_abs()))
}

/// Removes events before a time, a bounded number at once so that nobody waits for it; whether there are more.
///
/// # Errors
/// Where the database fails.
pub async fn remove_before(db: &Db, before: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from events where id in (select id from events where at < $1 limit $2)";
    let removed = on!(db.write, pool => sqlx::query(sql).bind(before).bind(limit).execute(pool).await?.rows_affected());
    Ok(removed == limit.unsigned_abs())
}
