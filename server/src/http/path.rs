//! Ids in paths.

use axum::extract::{FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use postern_types::ApiError;

use super::error::AppError;
use super::text::is_text;
use crate::ids::{AccountId, ApplicationId, ClientId, MemberId, PasskeyId, ResetId, SessionId};
use crate::state::AppState;

/// `{account}`.
#[derive(Debug)]
pub(crate) struct AccountInPath(pub(crate) AccountId);

/// `{user}`.
#[derive(Debug)]
pub(crate) struct MemberInPath(pub(crate) MemberId);

/// `{session}`.
#[derive(Debug)]
pub(crate) struct SessionInPath(pub(crate) SessionId);

/// `{passkey}`.
#[derive(Debug)]
pub(crate) struct PasskeyInPath(pub(crate) PasskeyId);

/// `{application}`.
#[derive(Debug)]
pub(crate) struct ApplicationInPath(pub(crate) ApplicationId);

/// `{client}`.
#[derive(Debug)]
pub(crate) struct ClientInPath(pub(crate) ClientId);

/// `{request}`.
#[derive(Debug)]
pub(crate) struct ResetInPath(pub(crate) ResetId);

async fn value(parts: &mut Parts, app: &AppState, name: &str) -> Result<String, AppError> {
    let values = RawPathParams::from_request_parts(parts, app).await.map_err(|_| ApiError::NotFound)?;
    let value = values.iter().find(|(key, value)| *key == name && is_text(value)).map(|(_, value)| value.to_owned());
    value.ok_or_else(|| ApiError::NotFound.into())
}

impl FromRequestParts<AppState> for AccountInPath {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        Ok(Self(AccountId::named(value(parts, app, "account").await?)))
    }
}

impl FromRequestParts<AppState> for MemberInPath {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        Ok(Self(MemberId::named(value(parts, app, "user").await?)))
    }
}

impl FromRequestParts<AppState> for SessionInPath {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        Ok(Self(SessionId::named(value(parts, app, "session").await?)))
    }
}

impl FromRequestParts<AppState> for PasskeyInPath {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        Ok(Self(PasskeyId::named(value(parts, app, "passkey").await?)))
    }
}

impl FromRequestParts<AppState> for ApplicationInPath {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        Ok(Self(ApplicationId::named(value(parts, app, "application").await?)))
    }
}

impl FromRequestParts<AppState> for ClientInPath {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        Ok(Self(ClientId::named(value(parts, app, "client").await?)))
    }
}

impl FromRequestParts<AppState> for ResetInPath {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        Ok(Self(ResetId::named(value(parts, app, "request").await?)))
    }
}
