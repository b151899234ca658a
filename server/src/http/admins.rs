//! Who may administer an account, as types: only an administrator of the account in the path reaches the handler, and with
//! [`FreshAdmin`] or [`FactorAdmin`] only one who has shown a second factor recently (R22).

use std::ops::Deref;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use postern_types::ApiError;

use super::client::Client;
use super::error::AppError;
use super::path::AccountInPath;
use super::sessions::FullSession;
use crate::clock::UnixTime;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::store::account_security;
use crate::store::events::Act;

/// An administrator of the account that the path names.
#[derive(Debug)]
pub(crate) struct Admin {
    account_id: AccountId,
    session: FullSession,
    client: Client,
}

/// An [`Admin`] who has shown a second factor within ten minutes. An administrator without one is admitted too, because
/// settings must be possible before anybody has a second factor.
#[derive(Debug)]
pub(crate) struct FreshAdmin(Admin);

/// An [`Admin`] who has a second factor, and has shown it within ten minutes.
#[derive(Debug)]
pub(crate) struct FactorAdmin(Admin);

impl Admin {
    /// The account.
    pub(crate) const fn account_id(&self) -> &AccountId {
        &self.account_id
    }

    /// The administrator's session.
    pub(crate) const fn session(&self) -> &FullSession {
        &self.session
    }

    /// Where the request came from.
    pub(crate) const fn client(&self) -> &Client {
        &self.client
    }

    /// Who acts, for the record of administration.
    pub(crate) fn act(&self, now: UnixTime) -> Act<'_> {
        Act::of_person(self.session.email(), now, self.client.address())
    }
}

impl Deref for FreshAdmin {
    type Target = Admin;

    fn deref(&self) -> &Admin {
        &self.0
    }
}

impl Deref for FactorAdmin {
    type Target = Admin;

    fn deref(&self) -> &Admin {
        &self.0
    }
}

impl FromRequestParts<AppState> for Admin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let session = FullSession::from_request_parts(parts, app).await?;
        let client = Client::from_request_parts(parts, app).await?;
        let AccountInPath(account_id) = AccountInPath::from_request_parts(parts, app).await?;
        let access = account_security::access(&app.db, &account_id, session.user_id()).await?;
        let access = access.ok_or(ApiError::NotFound)?;
        if access.admin_since.is_none() {
            return Err(ApiError::Forbidden { public_url: None }.into());
        }
        if access.settings.two_factor_required_at.is_some() && session.factor_shown_at().is_none() {
            return Err(ApiError::SecondFactorRequired.into());
        }
        if !access.allows(client.address(), app.clock.now()) {
            return Err(ApiError::AddressRefused.into());
        }
        Ok(Self { account_id, session, client })
    }
}

impl FromRequestParts<AppState> for FreshAdmin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let admin = Admin::from_request_parts(parts, app).await?;
        admin.session.require_fresh(app.clock.now())?;
        Ok(Self(admin))
    }
}

impl FromRequestParts<AppState> for FactorAdmin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let admin = Admin::from_request_parts(parts, app).await?;
        admin.session.require_fresh_factor(app.clock.now())?;
        Ok(Self(admin))
    }
}
