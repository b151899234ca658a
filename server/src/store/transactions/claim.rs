//! The first statements of every transaction of somebody who is logged in. They lock rows in one order: the account, the user who
//! is changed, the session of whoever changes something. What the request was admitted by is then checked again: a session that
//! has ended, a role that was taken or a lock that was set while the request waited refuses it.

use postern_types::{ApiError, Email};

use super::change_refused::ChangeRefused;
use crate::clock::UnixTime;
use crate::ids::{AccountId, MemberId};
use crate::store::authority::{AdminAuthority, Authority};
use crate::store::members::{self, Whom};
use crate::store::{Tx, account_security, accounts, sessions, users};

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

/// Locks the session, so that it does not end before the commit. Returns when it last showed a second factor.
async fn check_session(tx: &mut Tx, by: &Authority<'_>) -> Result<Option<UnixTime>> {
    let shown = sessions::claim(tx, by.session.id(), by.token, by.at).await?;
    let factor_shown_at = shown.ok_or(ChangeRefused::NoAuthority(ApiError::SessionExpired))?;
    let two_factor_since = users::two_factor_since(tx, by.session.user_id()).await?;
    by.freshness.check(two_factor_since, factor_shown_at, by.at).map_err(ChangeRefused::NoAuthority)?;
    Ok(factor_shown_at)
}

/// The account's row is locked, so nobody else changes the role.
async fn check_admin(tx: &mut Tx, by: &AdminAuthority<'_>) -> Result<()> {
    let Authority { session, address, at, .. } = by.user;
    let factor_shown_at = check_session(tx, &by.user).await?;
    let access = account_security::access_in(tx, by.account_id, session.user_id()).await?;
    account_security::admit_admin(access.as_ref(), factor_shown_at, address, at).map_err(ChangeRefused::NoAuthority)
}
