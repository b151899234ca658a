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
use crate::auth::freshness::Freshness;
use crate::ids::AccountId;
use crate::state::AppState;
use crate::store::account_security;
use crate::store::authority::AdminAuthority;

/// An administrator of the account that the path names.
#[derive(Debug)]
pub(crate) struct Admin {
    account_id: AccountId,
    session: FullSession,
    client: Client,
    freshness: Freshness,
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

    /// By what right the administrator changes something: checked again in the transaction.
    pub(crate) fn authority(&self) -> AdminAuthority<'_> {
        AdminAuthority { user: self.session.authority(&self.client, self.freshness), account_id: &self.account_id }
    }

    /// The same, for a change that needs a fresh code.
    ///
    /// # Errors
    /// `step_up_required`.
    pub(crate) fn fresh_authority(&self) -> Result<AdminAuthority<'_>, ApiError> {
        let freshness = Freshness::FreshIfSetUp;
        self.session.require(freshness)?;
        Ok(AdminAuthority { user: self.session.authority(&self.client, freshness), ..self.authority() })
    }

    async fn admit(parts: &mut Parts, app: &AppState, freshness: Freshness) -> Result<Self, AppError> {
        let session = FullSession::from_request_parts(parts, app).await?;
        let client = Client::from_request_parts(parts, app).await?;
        let AccountInPath(account_id) = AccountInPath::from_request_parts(parts, app).await?;
        let access = account_security::access(&app.db, &account_id, session.user_id()).await?;
        let (shown_at, address) = (session.factor_shown_at(), client.address());
        account_security::admit_admin(access.as_ref(), shown_at, address, app.clock.now())?;
        session.require(freshness)?;
        Ok(Self { account_id, session, client, freshness })
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
        Self::admit(parts, app, Freshness::Any).await
    }
}

impl FromRequestParts<AppState> for FreshAdmin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        Admin::admit(parts, app, Freshness::FreshIfSetUp).await.map(Self)
    }
}

impl FromRequestParts<AppState> for FactorAdmin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        Admin::admit(parts, app, Freshness::Fresh).await.map(Self)
    }
}
