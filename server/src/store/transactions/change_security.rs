use postern_types::{Detail, PasskeyPolicy, ResetPolicy, What};

use super::change_passkeys::change_passkey_policy;
use super::change_refused::ChangeRefused;
use super::claim::claim_account;
use super::undo_addresses::undo_in;
use crate::addresses::AddressList;
use crate::clock::UnixTime;
use crate::ids::{AccountId, SessionId};
use crate::store::account_security::{self, Settings};
use crate::store::authority::AdminAuthority;
use crate::store::events::{self, Act, Subject};
use crate::store::{Db, Result as StoreResult, Tx, reset_policy};

/// Seconds within which a changed list of addresses must be confirmed.
const CONFIRM_WITHIN_S: i64 = 60;

/// An account's settings after a change.
#[derive(Clone, Debug)]
pub struct SecurityChange<'a> {
    /// The version that the change is based on.
    pub version: i64,
    /// Whether a second factor is required.
    pub two_factor_required: bool,
    /// Ends all sessions that have shown no second factor, except this one; `None` to end no session.
    pub end_sessions_but: Option<&'a SessionId>,
    /// Days after which passwords expire.
    pub password_max_age_days: Option<u16>,
    /// The list of addresses. It must be confirmed if it differs from the one in force.
    pub addresses: &'a AddressList,
    /// What a reset of a second factor needs; `None` to leave it.
    pub reset: Option<ResetPolicy>,
    /// How users can use passkeys; `None` to leave it.
    pub passkeys: Option<PasskeyPolicy>,
}

/// Changes an account's settings. `false`, and no change, if somebody else has changed them in the meantime.
///
/// # Errors
/// If the administrator may not do it any more.
pub async fn change_security(
    db: &Db,
    by: &AdminAuthority<'_>,
    change: &SecurityChange<'_>,
) -> Result<bool, ChangeRefused> {
    let (act, account_id) = (&by.act(), by.account_id);
    let mut tx = db.begin().await?;
    // Nobody else can change what is read next.
    claim_account(&mut tx, by).await?;
    let Some(before) = account_security::read_in(&mut tx, account_id).await? else { return Ok(false) };
    undo_in(&mut tx, account_id, &before, act.now).await?;
    let after = after(&before, change, act.now);
    if !account_security::write(&mut tx, account_id, &after).await? {
        return Ok(false);
    }
    if let Some(spared) = change.end_sessions_but.filter(|_| change.two_factor_required) {
        account_security::end_sessions_without_factor(&mut tx, account_id, spared).await?;
    }
    record(&mut tx, act, account_id, &before, change).await?;
    if let Some(policy) = change.reset {
        change_reset_policy(&mut tx, act, account_id, policy).await?;
    }
    if let Some(policy) = change.passkeys {
        change_passkey_policy(&mut tx, act, account_id, policy).await?;
    }
    tx.commit().await?;
    Ok(true)
}

async fn change_reset_policy(
    tx: &mut Tx,
    act: &Act<'_>,
    account_id: &AccountId,
    policy: ResetPolicy,
) -> StoreResult<()> {
    if policy == reset_policy::read_in(tx, account_id).await? {
        return Ok(());
    }
    reset_policy::write(tx, account_id, policy, act.now).await?;
    let ResetPolicy { set_up_code, second_administrator, delay_h } = policy;
    let detail = Detail::Reset { set_up_code, second_administrator, delay_h };
    events::record(tx, act, account_id, Subject::Account, What::ResetPolicyChanged, &detail).await
}

/// The new settings. If a change of the addresses is not confirmed yet, a further change still falls back to the list that
/// was confirmed last.
fn after(before: &Settings, change: &SecurityChange<'_>, now: UnixTime) -> Settings {
    let in_force = before.addresses_in_force(now);
    let wanted = change.addresses.to_stored();
    let waits_until = before.confirm_until(now);
    let previous = if waits_until.is_some() { &before.previous_addresses } else { in_force };
    let confirm_by = match waits_until {
        _ if wanted == *previous => None,
        Some(waits_until) if wanted == in_force => Some(waits_until),
        _ => Some(now + CONFIRM_WITHIN_S),
    };
    Settings {
        two_factor_required_at: change.two_factor_required.then(|| before.two_factor_required_at.unwrap_or(now)),
        password_max_age_days: change.password_max_age_days.map(i64::from),
        previous_addresses: previous.to_owned(),
        allowed_addresses: wanted,
        addresses_confirm_by: confirm_by,
        security_version: change.version,
    }
}

/// Records each change as an event.
async fn record(
    tx: &mut Tx,
    act: &Act<'_>,
    account_id: &AccountId,
    before: &Settings,
    change: &SecurityChange<'_>,
) -> StoreResult<()> {
    let required_before = before.two_factor_required_at.is_some();
    let mut changes = Vec::new();
    if required_before && !change.two_factor_required {
        changes.push((What::TwoFactorNotRequired, Detail::None));
    }
    if !required_before && change.two_factor_required {
        changes.push((What::TwoFactorRequired, Detail::None));
    }
    if change.two_factor_required && change.end_sessions_but.is_some() {
        changes.push((What::SessionsEnded, Detail::None));
    }
    if before.password_max_age_days != change.password_max_age_days.map(i64::from) {
        changes.push((What::PasswordExpiryChanged, Detail::MaxAge { days: change.password_max_age_days }));
    }
    if before.addresses_in_force(act.now) != change.addresses.to_stored() {
        changes.push((What::AddressesChanged, Detail::Addresses { allowed: change.addresses.entries() }));
    }
    for (what, detail) in changes {
        events::record(tx, act, account_id, Subject::Account, what, &detail).await?;
    }
    Ok(())
}

/// Confirms the latest list of addresses; `false` if there is nothing to confirm.
///
/// # Errors
/// If the administrator may not do it any more.
pub async fn confirm_addresses(db: &Db, by: &AdminAuthority<'_>) -> Result<bool, ChangeRefused> {
    let (act, account_id) = (&by.act(), by.account_id);
    let mut tx = db.begin().await?;
    claim_account(&mut tx, by).await?;
    if !account_security::keep_addresses(&mut tx, account_id, act.now).await? {
        return Ok(false);
    }
    events::record(&mut tx, act, account_id, Subject::Account, What::AddressesConfirmed, &Detail::None).await?;
    tx.commit().await?;
    Ok(true)
}
