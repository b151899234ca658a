use postern_types::{Detail, Factor, MyPasskeys, Outcome, PasskeyPolicy, What};

use super::change_refused::ChangeRefused;
use super::claim::claim_own;
use super::complete_sign_in::{Promotion, promote};
use super::stop_reset::cancel_about;
use crate::auth::passkey::NewCredential;
use crate::auth::password::PasswordHash;
use crate::display_name::DisplayName;
use crate::ids::{AccountId, PasskeyId, UserId};
use crate::mail::Queued;
use crate::store::authority::Authority;
use crate::store::events::{self, Act, Subject};
use crate::store::sessions::Renewal;
use crate::store::{
    Db, Result as StoreResult, Tx, account_security, accounts, factors, known_browsers, outbox, passkey_policy,
    passkeys, sessions, set_up_codes, unfinished_log_ins, users,
};

/// A passkey to add.
#[derive(Clone, Copy, Debug)]
pub struct NewPasskey<'a> {
    /// A new id.
    pub id: &'a PasskeyId,
    /// What the authenticator made.
    pub credential: &'a NewCredential,
    /// The user's name for it.
    pub name: &'a DisplayName,
    /// Hash of the set-up code that was entered, for a user without a second factor.
    pub set_up_code: Option<&'a PasswordHash>,
    /// Notifies the user.
    pub notice: &'a Queued,
}

/// What became of a passkey to add.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PasskeyAdded {
    /// It was added.
    Yes,
    /// It was added as the user's first second factor, and the session has its new token.
    First,
    /// Too late: the session has ended, or the user has since set up a second factor.
    TooLate,
    /// A set-up code is needed, and the one that was entered no longer works.
    NoSetUpCode,
    /// An account of the user allows no passkeys.
    NotAllowed,
    /// The user has as many as possible.
    TooMany,
    /// The credential is registered already.
    Exists,
}

/// Completes a set-up with a passkey, as [`super::set_up_factor`] does with an authenticator app: the user's other sessions end, the
/// session becomes full, and the result is recorded. Only if the user has no second factor.
pub async fn set_up_passkey(db: &Db, promotion: &Promotion<'_>, new: &NewPasskey<'_>) -> StoreResult<PasskeyAdded> {
    let (user_id, now) = (promotion.renewal.user_id, promotion.renewal.now);
    let mut tx = db.begin().await?;
    if !users::claim_active(&mut tx, user_id).await? || users::two_factor_since(&mut tx, user_id).await?.is_some() {
        return Ok(PasskeyAdded::TooLate);
    }
    let email = users::email_in(&mut tx, user_id).await?;
    let added = add(&mut tx, &Act::of_person(&email, now, promotion.arrival.address), user_id, new).await?;
    if added != PasskeyAdded::Yes {
        return Ok(added);
    }
    sessions::end_others(&mut tx, user_id, promotion.renewal.session_id).await?;
    if !promote(&mut tx, promotion, Outcome::SetUp).await? {
        return Ok(PasskeyAdded::TooLate);
    }
    tx.commit().await?;
    Ok(PasskeyAdded::Yes)
}

/// Adds a passkey at the user's own request. A user's first second factor ends their other sessions, and gives this one its new token.
///
/// # Errors
/// If the session has ended, or has not shown a second factor recently enough.
pub async fn add_passkey(
    db: &Db,
    by: &Authority<'_>,
    new: &NewPasskey<'_>,
    renewal: &Renewal<'_>,
) -> Result<PasskeyAdded, ChangeRefused> {
    let user_id = by.session.user_id();
    let mut tx = db.begin().await?;
    claim_own(&mut tx, by).await?;
    let is_first = users::two_factor_since(&mut tx, user_id).await?.is_none();
    let added = add(&mut tx, &by.act(), user_id, new).await?;
    if added != PasskeyAdded::Yes {
        return Ok(added);
    }
    if is_first {
        if !sessions::renew(&mut tx, renewal).await? {
            return Ok(PasskeyAdded::TooLate);
        }
        sessions::end_others(&mut tx, user_id, by.session.id()).await?;
        sessions::note_factor(&mut tx, by.session.id(), Factor::Passkey, by.at).await?;
        unfinished_log_ins::complete(&mut tx, user_id, by.session.id(), by.address).await?;
    }
    tx.commit().await?;
    Ok(if is_first { PasskeyAdded::First } else { PasskeyAdded::Yes })
}

/// The caller has locked the user's row.
async fn add(tx: &mut Tx, act: &Act<'_>, user_id: &UserId, new: &NewPasskey<'_>) -> StoreResult<PasskeyAdded> {
    if passkey_policy::of_user_in(tx, user_id).await? < PasskeyPolicy::SecondFactor {
        return Ok(PasskeyAdded::NotAllowed);
    }
    if passkeys::number_in(tx, user_id).await? >= MyPasskeys::MOST.into() {
        return Ok(PasskeyAdded::TooMany);
    }
    if users::two_factor_since(tx, user_id).await?.is_none() {
        if !set_up_codes::use_up(tx, user_id, new.set_up_code, act.now).await? {
            return Ok(PasskeyAdded::NoSetUpCode);
        }
        // A browser that was known without a second factor may be somebody else's.
        known_browsers::forget(tx, user_id).await?;
    }
    if !passkeys::add(tx, new.id, user_id, new.credential, new.name, act.now).await? {
        return Ok(PasskeyAdded::Exists);
    }
    factors::mark(tx, user_id, act.now).await?;
    outbox::queue(tx, new.notice).await?;
    record(tx, act, user_id, What::PasskeyAdded, new.name.as_str()).await?;
    Ok(PasskeyAdded::Yes)
}

/// Renames one of the user's own passkeys.
///
/// # Errors
/// If the session has ended, or there is no such passkey.
pub async fn rename_passkey(
    db: &Db,
    by: &Authority<'_>,
    id: &PasskeyId,
    name: &DisplayName,
) -> Result<(), ChangeRefused> {
    let mut tx = db.begin().await?;
    claim_own(&mut tx, by).await?;
    if !passkeys::rename(&mut tx, id, by.session.user_id(), name).await? {
        return Err(ChangeRefused::NoSuchPasskey);
    }
    Ok(tx.commit().await?)
}

/// Removes one of the user's own passkeys, and ends their other sessions: the device may be lost.
///
/// # Errors
/// If the session has ended or has not shown a second factor recently enough, if there is no such passkey, or if it is the only second
/// factor that works, and an account requires one or demands set-up codes, or codes of an authenticator app are disabled.
pub async fn remove_passkey(db: &Db, by: &Authority<'_>, id: &PasskeyId, notice: &Queued) -> Result<(), ChangeRefused> {
    let user_id = by.session.user_id();
    let mut tx = db.begin().await?;
    claim_own(&mut tx, by).await?;
    let name = passkeys::remove(&mut tx, id, user_id).await?.ok_or(ChangeRefused::NoSuchPasskey)?;
    let (enabled_apps, disabled_apps) = factors::number_in(&mut tx, user_id).await?;
    if passkeys::number_in(&mut tx, user_id).await? == 0 && enabled_apps == 0 {
        if disabled_apps > 0 || accounts::any_relies_on_factor(&mut tx, user_id).await? {
            return Err(ChangeRefused::LastFactor);
        }
        cancel_about(&mut tx, &by.act(), user_id).await?;
        factors::unmark(&mut tx, user_id).await?;
    }
    sessions::end_others(&mut tx, user_id, by.session.id()).await?;
    known_browsers::forget(&mut tx, user_id).await?;
    outbox::queue(&mut tx, notice).await?;
    record(&mut tx, &by.act(), user_id, What::PasskeyRemoved, &name).await?;
    Ok(tx.commit().await?)
}

async fn record(tx: &mut Tx, act: &Act<'_>, user_id: &UserId, what: What, name: &str) -> StoreResult<()> {
    let email = users::email_in(tx, user_id).await?;
    events::record_of_person_with(tx, act, &email, what, &Detail::Passkey { name: name.to_owned() }).await
}

/// Changes how the users of the account with this name can use passkeys. `false` if there is no such account.
pub async fn set_passkey_policy(db: &Db, act: &Act<'_>, account: &str, policy: PasskeyPolicy) -> StoreResult<bool> {
    let mut tx = db.begin().await?;
    let Some(account_id) = accounts::claim_named(&mut tx, account).await? else { return Ok(false) };
    if let Some(settings) = account_security::read_in(&mut tx, &account_id).await? {
        // Only the version changes.
        account_security::write(&mut tx, &account_id, &settings).await?;
    }
    change_passkey_policy(&mut tx, act, &account_id, policy).await?;
    tx.commit().await?;
    Ok(true)
}

/// The same in a transaction that has locked the account's row. Nothing is recorded if the policy does not change.
pub(super) async fn change_passkey_policy(
    tx: &mut Tx,
    act: &Act<'_>,
    account_id: &AccountId,
    policy: PasskeyPolicy,
) -> StoreResult<()> {
    if policy == passkey_policy::read_in(tx, account_id).await? {
        return Ok(());
    }
    passkey_policy::write(tx, account_id, policy).await?;
    let detail = Detail::Passkeys { allowed: policy };
    events::record(tx, act, account_id, Subject::Account, What::PasskeyPolicyChanged, &detail).await
}
