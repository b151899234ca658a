//! The first statements of every transaction of somebody who is logged in. They lock rows in one order: the account, the user who
//! is changed, the session of whoever changes something. What the request was admitted by is then checked again: a session that
//! has ended, a role that was taken or a lock that was set while the request waited refuses it.

use postern_types::{ApiError, Email};

use super::change_refused::ChangeRefused;
use crate::clock::UnixTime;
use crate::ids::{AccountId, MemberId, ResetId};
use crate::store::authority::{AdminAuthority, Authority};
use crate::store::members::{self, Whom};
use crate::store::reset_requests::{self, Request};
use crate::store::{Result as StoreResult, Tx, account_security, accounts, sessions, users};

type Result<T> = std::result::Result<T, ChangeRefused>;

/// Begins a change of the person's own.
pub(super) async fn claim_own(tx: &mut Tx, by: &Authority<'_>) -> Result<()> {
    users::claim(tx, by.session.user_id()).await?;
    check_session(tx, by).await.map(drop)
}

/// Begins a change of the person's own in an account.
pub(super) async fn claim_own_in(tx: &mut Tx, by: &Authority<'_>, account_id: &AccountId) -> Result<()> {
    accounts::claim(tx, account_id).await?;
    claim_own(tx, by).await
}

/// Begins a change of an account by an administrator.
pub(super) async fn claim_account(tx: &mut Tx, by: &AdminAuthority<'_>) -> Result<()> {
    accounts::claim(tx, by.account_id).await?;
    check_admin(tx, by).await
}

/// Begins a change of an account's user by an administrator; returns whom the id stands for, and their user name.
pub(super) async fn claim_member(tx: &mut Tx, by: &AdminAuthority<'_>, id: &MemberId) -> Result<(Whom, Email)> {
    accounts::claim(tx, by.account_id).await?;
    let found = members::find(tx, by.account_id, id).await?;
    if let Some((Whom::Member(user_id), _)) = &found {
        users::claim(tx, user_id).await?;
    }
    check_admin(tx, by).await?;
    found.ok_or(ChangeRefused::NoSuchUser)
}

/// Begins a change of a request to reset a second factor, by an administrator of one of the accounts that it concerns. All accounts of
/// the person are locked, so that nobody loses a role meanwhile.
pub(super) async fn claim_reset(tx: &mut Tx, by: &AdminAuthority<'_>, id: &ResetId) -> Result<Request> {
    let request = claim_request(tx, id, by.user.at, Some(by.account_id)).await?;
    check_admin(tx, by).await?;
    let request = request.ok_or(ChangeRefused::NoSuchRequest)?;
    if reset_requests::concerns(tx, id, by.account_id).await? { Ok(request) } else { Err(ChangeRefused::NoSuchRequest) }
}

/// The same without an administrator. `None` if the request is not open.
pub(super) async fn claim_request(
    tx: &mut Tx,
    id: &ResetId,
    now: UnixTime,
    also: Option<&AccountId>,
) -> StoreResult<Option<Request>> {
    let mut account_ids = reset_requests::accounts_of(tx, id).await?;
    account_ids.extend(also.cloned());
    account_ids.sort();
    account_ids.dedup();
    for account_id in &account_ids {
        accounts::claim(tx, account_id).await?;
    }
    let Some(user_id) = reset_requests::user_of(tx, id).await? else { return Ok(None) };
    users::claim(tx, &user_id).await?;
    reset_requests::find(tx, id, now).await
}

/// Locks the session, so that it does not end before the commit. Returns when it last showed a second factor.
async fn check_session(tx: &mut Tx, by: &Authority<'_>) -> Result<Option<UnixTime>> {
    let shown = sessions::claim(tx, by.session.id(), by.token, by.at).await?;
    let factor_shown_at = shown.ok_or(ChangeRefused::NoAuthority(ApiError::SessionExpired))?;
    let two_factor_since = users::two_factor_since(tx, by.session.user_id()).await?;
    by.freshness.check(two_factor_since, factor_shown_at, by.at).map_err(ChangeRefused::NoAuthority)?;
    Ok(factor_shown_at)
}

/// Refuses somebody without a second factor. Whoever has one has shown it recently, where the request asked for that.
pub(super) async fn require_factor(tx: &mut Tx, by: &Authority<'_>) -> Result<()> {
    match users::two_factor_since(tx, by.session.user_id()).await? {
        Some(_) => Ok(()),
        None => Err(ChangeRefused::NoAuthority(ApiError::SecondFactorRequired)),
    }
}

/// The account's row is locked, so nobody else changes the role.
async fn check_admin(tx: &mut Tx, by: &AdminAuthority<'_>) -> Result<()> {
    let Authority { session, address, at, .. } = by.user;
    let factor_shown_at = check_session(tx, &by.user).await?;
    let access = account_security::access_in(tx, by.account_id, session.user_id()).await?;
    account_security::admit_admin(access.as_ref(), factor_shown_at, address, at).map_err(ChangeRefused::NoAuthority)
}
