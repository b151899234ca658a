//! Every authentication result: who, when, from where, with which factor (R30). Never what was typed.

use std::net::IpAddr;

use super::{Db, Result, on};
use crate::clock::UnixTime;

/// Which proof was shown.
#[derive(Clone, Copy, Debug)]
pub enum Factor {
    /// The password.
    Password,
    /// A one-time code.
    Totp,
}

/// How it ended.
#[derive(Clone, Copy, Debug)]
pub enum Outcome {
    /// The user is in.
    SignedIn,
    /// Right, and the next factor is asked for.
    NextFactor,
    /// The user set up a second factor and is in.
    SetUp,
    /// There is no such user.
    UnknownUser,
    /// The password was wrong.
    WrongPassword,
    /// The password was right, but the user is locked.
    Locked,
    /// The code was wrong.
    WrongCode,
    /// The code was right, but was used before.
    Replayed,
    /// The second factor is missing, damaged or disabled.
    FactorUnusable,
    /// A set-up was tried on a user who has a second factor.
    SetUpRefused,
    /// Everything was right, but none of the user's accounts can be used from this address.
    AddressRefused,
    /// A code was shown again in the middle of a session.
    SteppedUp,
    /// A new authenticator app took the place of the old one.
    Replaced,
}

impl Factor {
    /// The word in the column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Totp => "totp",
        }
    }
}

impl Outcome {
    /// The word in the column.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SignedIn => "signed_in",
            Self::NextFactor => "next_factor",
            Self::SetUp => "set_up",
            Self::UnknownUser => "unknown_user",
            Self::WrongPassword => "wrong_password",
            Self::Locked => "locked",
            Self::WrongCode => "wrong_code",
            Self::Replayed => "replayed",
            Self::FactorUnusable => "factor_unusable",
            Self::SetUpRefused => "set_up_refused",
            Self::AddressRefused => "address_refused",
            Self::SteppedUp => "stepped_up",
            Self::Replaced => "replaced",
        }
    }
}

/// One row.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The user, where there is one.
    pub user_id: Option<&'a str>,
    /// When.
    pub at: UnixTime,
    /// From where.
    pub address: IpAddr,
    /// With what.
    pub factor: Factor,
    /// How it ended.
    pub outcome: Outcome,
}

/// One row for each account of the user; one where there is none.
pub(super) const INSERT: &str =
    "insert into login_history (id, at, user_id, account_id, email, address, factor, result)
    select $1 || coalesce('-' || m.account_id, ''), $2, $3, m.account_id, coalesce(u.email, ''), $4, $5, $6
    from (select 1) one left join users u on u.id = $3 left join memberships m on m.user_id = u.id";

/// Binds an entry to [`INSERT`], for the database in use.
macro_rules! insert {
    ($entry:expr) => {
        sqlx::query($crate::store::login_history::INSERT)
            .bind($crate::auth::token::random_id())
            .bind($entry.at)
            .bind($entry.user_id)
            .bind($entry.address.to_string())
            .bind($entry.factor.as_str())
            .bind($entry.outcome.as_str())
    };
}
pub(super) use insert;

/// Writes a row, and a line in the log.
///
/// # Errors
/// Where the database fails.
pub async fn record(db: &Db, entry: Entry<'_>) -> Result<()> {
    on!(db.write, pool => insert!(entry).execute(pool).await.map(drop))?;
    log(entry);
    Ok(())
}

/// Removes rows before a time, a bounded number at once so that nobody waits for it; whether there are more.
///
/// # Errors
/// Where the database fails.
pub async fn remove_before(db: &Db, before: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from login_history where id in (select id from login_history where at < $1 limit $2)";
    let removed = on!(db.write, pool => sqlx::query(sql).bind(before).bind(limit).execute(pool).await?.rows_affected());
    Ok(removed == limit.unsigned_abs())
}

/// The line in the log: an operator sees results without the database.
pub(super) fn log(Entry { user_id, address, factor, outcome, .. }: Entry<'_>) {
    let user = user_id.unwrap_or("unknown");
    tracing::info!(user, %address, factor = factor.as_str(), result = outcome.as_str(), "authentication");
}
