//! An account's security settings, and what they mean for one client.

use std::net::IpAddr;

use super::events::{Act, What, event};
use super::{Db, Error, Result, on};
use crate::addresses::{AddressList, stored_allows};
use crate::clock::UnixTime;

/// Seconds in which a changed list of addresses must be confirmed.
pub const CONFIRM_WITHIN_S: i64 = 60;

/// The settings as they are stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Settings {
    /// Since when a second factor is required.
    pub two_factor_required_at: Option<UnixTime>,
    /// Days after which passwords expire.
    pub password_max_age_days: Option<i64>,
    /// The latest list of addresses.
    pub allowed_addresses: String,
    /// The one before it.
    pub previous_addresses: String,
    /// From when on the one before it is in force again; `None` where nothing waits.
    pub addresses_confirm_by: Option<UnixTime>,
    /// Counts changes.
    pub security_version: i64,
}

impl Settings {
    /// The list of addresses that is in force now.
    #[must_use]
    pub fn addresses_in_force(&self, now: UnixTime) -> &str {
        match self.addresses_confirm_by {
            Some(confirm_by) if confirm_by <= now => &self.previous_addresses,
            _ => &self.allowed_addresses,
        }
    }

    /// Until when the latest list waits to be confirmed.
    #[must_use]
    pub fn confirm_until(&self, now: UnixTime) -> Option<UnixTime> {
        self.addresses_confirm_by.filter(|confirm_by| *confirm_by > now)
    }
}

/// A membership, as the rules about an account see it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Access {
    /// Since when the user is an administrator.
    pub admin_since: Option<UnixTime>,
    /// The user's own list of addresses.
    pub user_addresses: String,
    #[sqlx(flatten)]
    /// The account's settings.
    pub settings: Settings,
}

impl Access {
    /// Whether a client at this address can use the account: both lists must let it in.
    #[must_use]
    pub fn allows(&self, address: IpAddr, now: UnixTime) -> bool {
        stored_allows(self.settings.addresses_in_force(now), address) && stored_allows(&self.user_addresses, address)
    }
}

/// The settings after a change.
#[derive(Clone, Debug)]
pub struct Change<'a> {
    /// The version that the change is based on.
    pub version: i64,
    /// Whether a second factor is required.
    pub two_factor_required: bool,
    /// The session to spare where all others that have shown no second factor end now; `None` where nobody is cut off.
    pub end_sessions_but: Option<&'a str>,
    /// Days after which passwords expire.
    pub password_max_age_days: Option<i64>,
    /// The list of addresses; it waits to be confirmed where it differs from the one in force.
    pub addresses: &'a AddressList,
}

/// What a user's membership in an account allows; `None` where there is none.
///
/// # Errors
/// Where the database fails.
pub async fn access(db: &Db, account_id: &str, user_id: &str) -> Result<Option<Access>> {
    let sql = "select m.admin_since, m.allowed_addresses as user_addresses, a.two_factor_required_at,
            a.password_max_age_days, a.allowed_addresses, a.previous_addresses, a.addresses_confirm_by, a.security_version
        from memberships m join accounts a on a.id = m.account_id where m.account_id = $1 and m.user_id = $2";
    on!(db.read, pool => sqlx::query_as(sql).bind(account_id).bind(user_id).fetch_optional(pool).await)
}

/// Whether a client may use any of the user's accounts; a user of none is not held up.
///
/// # Errors
/// Where the database fails.
pub async fn any_allows(db: &Db, user_id: &str, address: IpAddr, now: UnixTime) -> Result<bool> {
    let sql = "select m.admin_since, m.allowed_addresses as user_addresses, a.two_factor_required_at,
            a.password_max_age_days, a.allowed_addresses, a.previous_addresses, a.addresses_confirm_by, a.security_version
        from memberships m join accounts a on a.id = m.account_id where m.user_id = $1";
    let all: Vec<Access> = on!(db.read, pool => sqlx::query_as(sql).bind(user_id).fetch_all(pool).await)?;
    Ok(all.is_empty() || all.iter().any(|access| access.allows(address, now)))
}

const READ: &str = "select two_factor_required_at, password_max_age_days, allowed_addresses, previous_addresses,
    addresses_confirm_by, security_version from accounts where id = $1";

/// An account's settings; `None` where there is no such account.
///
/// # Errors
/// Where the database fails.
pub async fn read(db: &Db, account_id: &str) -> Result<Option<Settings>> {
    on!(db.write, pool => sqlx::query_as(READ).bind(account_id).fetch_optional(pool).await)
}

const END_WITHOUT_FACTOR: &str = "delete from sessions where factor_shown_at is null and id <> $2
    and user_id in (select user_id from memberships where account_id = $1)";

/// Changes an account's settings, unless somebody else was first: then `false`, and nothing has changed.
///
/// # Errors
/// Where the database fails.
pub async fn change(db: &Db, act: Act<'_>, change: &Change<'_>) -> Result<bool> {
    let sql = "update accounts set security_version = security_version + 1,
            two_factor_required_at = case when $3 = 0 then null else coalesce(two_factor_required_at, $4) end,
            password_max_age_days = $5, previous_addresses = $6, allowed_addresses = $7, addresses_confirm_by = $8
        where id = $1 and security_version = $2";
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        // Claims the row, so that what is read next is what the statement after it changes.
        sqlx::query("update accounts set security_version = security_version where id = $1").bind(act.account_id)
            .execute(&mut *tx).await?;
        let Some(before): Option<Settings> =
            sqlx::query_as(READ).bind(act.account_id).fetch_optional(&mut *tx).await? else { return Ok(false) };
        let (in_force, wanted) = (before.addresses_in_force(act.now).to_owned(), change.addresses.to_stored());
        let addresses_change = wanted != in_force;
        // While one change waits, a further one still falls back to the list that was confirmed last.
        let waits = before.confirm_until(act.now);
        let previous = if waits.is_some() { &before.previous_addresses } else { &in_force };
        let confirm_by = match waits {
            _ if wanted == *previous => None,
            Some(waits) if !addresses_change => Some(waits),
            _ => Some(act.now + CONFIRM_WITHIN_S),
        };
        let changed = sqlx::query(sql).bind(act.account_id).bind(change.version)
            .bind(i64::from(change.two_factor_required)).bind(act.now).bind(change.password_max_age_days)
            .bind(previous).bind(&wanted).bind(confirm_by).execute(&mut *tx).await?.rows_affected();
        if changed == 0 {
            return Ok(false);
        }
        let required = before.two_factor_required_at.is_some();
        if required != change.two_factor_required {
            let what = if required { What::TwoFactorNotRequired } else { What::TwoFactorRequired };
            event!(act, what, "", "").execute(&mut *tx).await?;
        }
        if let Some(spared) = change.end_sessions_but.filter(|_| change.two_factor_required) {
            sqlx::query(END_WITHOUT_FACTOR).bind(act.account_id).bind(spared).execute(&mut *tx).await?;
            event!(act, What::SessionsEnded, "", "").execute(&mut *tx).await?;
        }
        if before.password_max_age_days != change.password_max_age_days {
            let detail = change.password_max_age_days.map_or("never".to_owned(), |days| format!("{days} days"));
            event!(act, What::PasswordExpiryChanged, "", detail).execute(&mut *tx).await?;
        }
        if addresses_change {
            event!(act, What::AddressesChanged, "", change.addresses.entries().join(", ")).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok::<_, Error>(true)
    })
}

/// Keeps the latest list of addresses for good; `false` where nothing waits any more.
///
/// # Errors
/// Where the database fails.
pub async fn confirm_addresses(db: &Db, act: Act<'_>) -> Result<bool> {
    let sql = "update accounts set addresses_confirm_by = null, previous_addresses = '', security_version = security_version + 1
        where id = $1 and addresses_confirm_by > $2";
    on!(db.write, pool => {
        let mut tx = pool.begin().await?;
        let kept = sqlx::query(sql).bind(act.account_id).bind(act.now).execute(&mut *tx).await?.rows_affected();
        if kept == 1 {
            event!(act, What::AddressesConfirmed, "", "").execute(&mut *tx).await?;
            tx.commit().await?;
        }
        Ok::<_, Error>(kept == 1)
    })
}

/// Whom the settings concern: users, those with a second factor, those who never logged in.
///
/// # Errors
/// Where the database fails.
pub async fn effect(db: &Db, account_id: &str) -> Result<(u64, u64, u64)> {
    let sql = "select count(*), count(u.two_factor_since), count(u.last_sign_in_at)
        from memberships m join users u on u.id = m.user_id where m.account_id = $1";
    let (users, set_up, signed_in): (i64, i64, i64) =
        on!(db.read, pool => sqlx::query_as(sql).bind(account_id).fetch_one(pool).await)?;
    Ok((users.unsigned_abs(), set_up.unsigned_abs(), (users - signed_in).unsigned_abs()))
}
