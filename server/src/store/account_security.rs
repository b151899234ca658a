//! An account's security settings, which are columns of `accounts`, and their effect on a client.

use postern_types::{AccountMembership, ApiError};
use serde::{Deserialize, Serialize};

use super::cache::{Cacheable, packed, unpacked};
use super::sql::Subject;
use super::{Db, ReportError, Result, Tx};
use crate::addresses::{ClientAddress, stored_allows};
use crate::clock::UnixTime;
use crate::ids::{AccountId, SessionId, UserId};

/// The settings as they are stored.
#[derive(Clone, Debug, sqlx::FromRow, Serialize, Deserialize)]
pub struct Settings {
    /// Since when a second factor is required.
    pub two_factor_required_at: Option<UnixTime>,
    /// Days after which passwords expire.
    pub password_max_age_days: Option<i64>,
    /// The latest list of allowed addresses.
    pub allowed_addresses: String,
    /// The list before it.
    pub previous_addresses: String,
    /// When the list before it comes into force again, unless the latest is confirmed; `None` if there is nothing to confirm.
    pub addresses_confirm_by: Option<UnixTime>,
    /// Incremented with every change.
    pub security_version: i64,
}

impl Settings {
    /// The list of addresses in force.
    #[must_use]
    pub fn addresses_in_force(&self, now: UnixTime) -> &str {
        match self.addresses_confirm_by {
            Some(confirm_by) if confirm_by <= now => &self.previous_addresses,
            _ => &self.allowed_addresses,
        }
    }

    /// When the latest list ceased to be in force because nobody had confirmed it; `None` if that did not happen.
    #[must_use]
    pub fn undone_at(&self, now: UnixTime) -> Option<UnixTime> {
        self.addresses_confirm_by.filter(|confirm_by| *confirm_by <= now)
    }

    /// Until when the latest list must be confirmed; `None` if there is nothing to confirm.
    #[must_use]
    pub fn confirm_until(&self, now: UnixTime) -> Option<UnixTime> {
        self.addresses_confirm_by.filter(|confirm_by| *confirm_by > now)
    }
}

/// A membership, with the settings of its account.
#[derive(Clone, Debug, sqlx::FromRow, Serialize, Deserialize)]
pub struct Access {
    /// The account.
    pub account_id: AccountId,
    /// The account's name.
    pub account_name: String,
    /// Since when the user is an administrator.
    pub admin_since: Option<UnixTime>,
    /// The user's own list of addresses.
    pub user_addresses: String,
    /// The account's settings.
    #[sqlx(flatten)]
    pub settings: Settings,
}

impl Access {
    /// Whether a client with this address can use the account: both lists must allow it.
    #[must_use]
    pub fn allows(&self, address: ClientAddress, now: UnixTime) -> bool {
        stored_allows(self.settings.addresses_in_force(now), address) && stored_allows(&self.user_addresses, address)
    }
}

/// The accounts that a user may use. A new membership is recorded as a change of the user, new settings as a change of the
/// account.
#[derive(Debug)]
pub(super) struct Accesses {
    /// The user.
    pub(super) user_id: UserId,
    /// The accounts in which the user is active, ordered by their names.
    pub(super) all: Vec<Access>,
}

impl Cacheable for Accesses {
    fn subjects(&self) -> Vec<Subject> {
        let accounts = self.all.iter().map(|access| access.account_id.as_str());
        accounts.chain([self.user_id.as_str()]).map(Subject::of).collect()
    }

    fn pack(&self) -> Vec<u8> {
        packed(&(&self.user_id, &self.all))
    }

    fn unpack(bytes: &[u8]) -> Option<Self> {
        let (user_id, all) = unpacked(bytes)?;
        Some(Self { user_id, all })
    }
}

impl From<Access> for AccountMembership {
    fn from(access: Access) -> Self {
        Self { id: access.account_id.to_string(), name: access.account_name, admin: access.admin_since.is_some() }
    }
}

/// Refuses users who are not administrators of the account, or who cannot use it from this address. This is checked when a
/// request arrives, and again in the transaction that decides.
///
/// # Errors
/// `not_found`, `forbidden`, `second_factor_required` or `address_refused`.
pub fn admit_admin(
    access: Option<&Access>,
    factor_shown_at: Option<UnixTime>,
    address: ClientAddress,
    now: UnixTime,
) -> std::result::Result<(), ApiError> {
    let access = access.ok_or(ApiError::NotFound)?;
    if access.admin_since.is_none() {
        return Err(ApiError::Forbidden { public_url: None });
    }
    if access.settings.two_factor_required_at.is_some() && factor_shown_at.is_none() {
        return Err(ApiError::SecondFactorRequired);
    }
    if access.allows(address, now) { Ok(()) } else { Err(ApiError::AddressRefused) }
}

const ACCESSES: &str = "select a.id as account_id, a.name as account_name, m.admin_since,
        m.allowed_addresses as user_addresses, a.two_factor_required_at, a.password_max_age_days, a.allowed_addresses,
        a.previous_addresses, a.addresses_confirm_by, a.security_version
    from memberships m join accounts a on a.id = m.account_id where m.user_id = $1 and m.locked_at is null
    order by a.name";

/// The accounts in which the user is active, ordered by their names. See [`Access::allows`] for those usable from an address.
pub async fn accesses(db: &Db, user_id: &UserId) -> Result<Vec<Access>> {
    sqlx::query_as(ACCESSES).bind(user_id).fetch_all(&db.read).await
}

/// A user's membership in an account, unless they are locked there, in a transaction.
pub(super) async fn access_in(tx: &mut Tx, account_id: &AccountId, user_id: &UserId) -> Result<Option<Access>> {
    let all: Vec<Access> = sqlx::query_as(ACCESSES).bind(user_id).fetch_all(&mut **tx).await?;
    Ok(all.into_iter().find(|access| access.account_id == *account_id))
}

/// A user's membership in an account, unless they are locked there.
pub async fn access(db: &Db, account_id: &AccountId, user_id: &UserId) -> Result<Option<Access>> {
    Ok(accesses(db, user_id).await?.into_iter().find(|access| access.account_id == *account_id))
}

/// Whether a client may use any of the user's accounts; `true` for a user without accounts.
pub async fn any_allows(db: &Db, user_id: &UserId, address: ClientAddress, now: UnixTime) -> Result<bool> {
    let all = accesses(db, user_id).await?;
    Ok(all.is_empty() || all.iter().any(|access| access.allows(address, now)))
}

const READ: &str = "select two_factor_required_at, password_max_age_days, allowed_addresses, previous_addresses,
    addresses_confirm_by, security_version from accounts where id = $1";

/// An account's settings.
pub async fn read(db: &Db, account_id: &AccountId) -> Result<Option<Settings>> {
    sqlx::query_as(READ).bind(account_id).fetch_optional(&db.write).await
}

/// An account's settings, read within a transaction.
pub(super) async fn read_in(tx: &mut Tx, account_id: &AccountId) -> Result<Option<Settings>> {
    sqlx::query_as(READ).bind(account_id).fetch_optional(&mut **tx).await
}

/// Writes the settings and increments the version. `false` if the version is not the one in `settings` any more.
pub(super) async fn write(tx: &mut Tx, account_id: &AccountId, settings: &Settings) -> Result<bool> {
    let sql = "update accounts set security_version = security_version + 1, two_factor_required_at = $3,
            password_max_age_days = $4, previous_addresses = $5, allowed_addresses = $6, addresses_confirm_by = $7
        where id = $1 and security_version = $2";
    let written = sqlx::query(sql)
        .bind(account_id)
        .bind(settings.security_version)
        .bind(settings.two_factor_required_at)
        .bind(settings.password_max_age_days)
        .bind(&settings.previous_addresses)
        .bind(&settings.allowed_addresses)
        .bind(settings.addresses_confirm_by)
        .execute(&mut **tx)
        .await?;
    Ok(written.rows_affected() == 1)
}

/// Makes the list before the latest one permanent, if the latest was not confirmed by `confirm_by`; `false` if somebody else
/// has done so.
pub(super) async fn undo_addresses(tx: &mut Tx, account_id: &AccountId, confirm_by: UnixTime) -> Result<bool> {
    let sql = "update accounts set allowed_addresses = previous_addresses, previous_addresses = '',
            addresses_confirm_by = null
        where id = $1 and addresses_confirm_by = $2";
    let undone = sqlx::query(sql).bind(account_id).bind(confirm_by).execute(&mut **tx).await?;
    Ok(undone.rows_affected() == 1)
}

/// Confirms the latest list of addresses; `false` if there is nothing to confirm.
pub(super) async fn keep_addresses(tx: &mut Tx, account_id: &AccountId, now: UnixTime) -> Result<bool> {
    let sql = "update accounts set addresses_confirm_by = null, previous_addresses = '',
            security_version = security_version + 1
        where id = $1 and addresses_confirm_by > $2";
    let kept = sqlx::query(sql).bind(account_id).bind(now).execute(&mut **tx).await?;
    Ok(kept.rows_affected() == 1)
}

/// Ends the sessions of an account's users that have shown no second factor, except one.
pub(super) async fn end_sessions_without_factor(tx: &mut Tx, account_id: &AccountId, spared: &SessionId) -> Result<()> {
    let sql = "delete from sessions where factor_shown_at is null and id <> $2
        and user_id in (select user_id from memberships where account_id = $1 and locked_at is null)";
    sqlx::query(sql).bind(account_id).bind(spared).execute(&mut **tx).await.map(drop)
}

/// How many users an account's settings affect.
#[derive(Clone, Copy, Debug, Default, sqlx::FromRow)]
pub struct Effect {
    /// Its users.
    pub users: i64,
    /// Those who have a second factor.
    pub set_up: i64,
    /// Those who have logged in at least once.
    pub signed_in: i64,
    /// Those who have passkeys and no authenticator app that works.
    pub passkeys_alone: i64,
    /// Whether this user is one of them: `0` or `1`.
    pub own_passkeys_alone: i64,
}

/// Counts the users whom the settings affect. `asker` is one of them.
pub async fn effect(db: &Db, account_id: &AccountId, asker: &UserId) -> std::result::Result<Effect, ReportError> {
    const ALONE: &str = "from memberships m where m.account_id = $1
        and exists (select 1 from passkeys p where p.user_id = m.user_id)
        and not exists (select 1 from totp_factors f where f.user_id = m.user_id and f.disabled_at is null)";
    let sql = format!(
        "select count(*) as users, count(case when two_factor = 1 then 1 end) as set_up,
            count(case when last_sign_in_at > 0 then 1 end) as signed_in,
            (select count(*) {ALONE}) as passkeys_alone,
            (select count(*) {ALONE} and m.user_id = $2) as own_passkeys_alone
        from roster where account_id = $1"
    );
    let counted = db.report(sql).bind(account_id.clone())?.bind(asker.clone())?.rows().await?;
    Ok(counted.into_iter().next().unwrap_or_default())
}
