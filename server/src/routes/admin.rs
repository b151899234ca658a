//! Who may administer an account. Authority is a type: a handler that takes [`AccountAdmin`] is reached by an administrator
//! of the account in the path only, and one that takes [`FactorAdmin`] only with a second factor shown a short while ago (R22).

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use postern_types::ApiError;

use crate::clock::UnixTime;
use crate::error::AppError;
use crate::extract::{Client, FullSession};
use crate::state::AppState;
use crate::store::account_security;
use crate::store::events::Act;
use crate::store::sessions::Session;

/// How long a second factor that was shown lets sensitive actions pass, in seconds.
pub(super) const FRESH_S: i64 = 600;

/// An administrator of the account that the path names.
#[derive(Debug)]
pub(super) struct AccountAdmin {
    pub(super) account_id: String,
    pub(super) session: Session,
    pub(super) client: Client,
}

/// Such an administrator, who has a second factor and has shown it within [`FRESH_S`].
#[derive(Debug)]
pub(super) struct FactorAdmin(pub(super) AccountAdmin);

impl AccountAdmin {
    /// Who acts, for the record.
    pub(super) fn act(&self, now: UnixTime) -> Act<'_> {
        Act { account_id: &self.account_id, actor: &self.session.email, now, address: self.client.address }
    }

    /// For what is sensitive, but must be possible before anybody has a second factor: whoever has one must have shown it a
    /// short while ago.
    pub(super) fn require_fresh(&self, now: UnixTime) -> Result<(), ApiError> {
        require_fresh_if_any(&self.session, now)
    }
}

/// Refuses a session that has not shown a second factor within [`FRESH_S`].
pub(super) fn require_fresh(session: &Session, now: UnixTime) -> Result<(), ApiError> {
    if session.two_factor_since.is_none() {
        return Err(ApiError::SecondFactorRequired);
    }
    match session.factor_shown_at {
        Some(shown_at) if shown_at > now - FRESH_S => Ok(()),
        _ => Err(ApiError::StepUpRequired),
    }
}

/// The same, except for whoever has no second factor to show.
pub(super) fn require_fresh_if_any(session: &Session, now: UnixTime) -> Result<(), ApiError> {
    if session.two_factor_since.is_some() { require_fresh(session, now) } else { Ok(()) }
}

impl FromRequestParts<AppState> for AccountAdmin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let FullSession(session, _) = FullSession::from_request_parts(parts, app).await?;
        let client = Client::from_request_parts(parts, app).await?;
        let account_id = path_value(parts, app, "account").await?;
        let access = account_security::access(&app.db, &account_id, &session.user_id).await?;
        let access = access.ok_or(ApiError::NotFound)?;
        if access.admin_since.is_none() {
            return Err(ApiError::Forbidden { public_url: None }.into());
        }
        if access.settings.two_factor_required_at.is_some() && session.factor_shown_at.is_none() {
            return Err(ApiError::SecondFactorRequired.into());
        }
        if !access.allows(client.address, app.clock.now()) {
            return Err(ApiError::AddressRefused.into());
        }
        Ok(Self { account_id, session, client })
    }
}

impl FromRequestParts<AppState> for FactorAdmin {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let admin = AccountAdmin::from_request_parts(parts, app).await?;
        require_fresh(&admin.session, app.clock.now())?;
        Ok(Self(admin))
    }
}

/// A value of the path.
async fn path_value(parts: &mut Parts, app: &AppState, name: &str) -> Result<String, AppError> {
    let values = RawPathParams::from_request_parts(parts, app).await.map_err(|_| ApiError::NotFound)?;
    let value = values.iter().find(|(key, _)| *key == name).map(|(_, value)| value.to_owned());
    value.ok_or_else(|| ApiError::NotFound.into())
}

/// The user that the path names.
#[derive(Debug)]
pub(super) struct UserId(pub(super) String);

impl FromRequestParts<AppState> for UserId {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        Ok(Self(path_value(parts, app, "user").await?))
    }
}
