//! Refusals as responses (RFC 6749, 5.2; RFC 6750, 3).

use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::http::error::AppError;
use crate::oidc::refusal::{OAuthError, Refusal};
use crate::store;

/// Why a request of a client is not answered as it wishes.
#[derive(Debug)]
pub(super) enum Failure {
    /// It is refused.
    Refused(Refusal),
    /// The client has not proved who it is, by the header `Authorization`.
    Unauthenticated(Refusal),
    /// Something failed here.
    Internal(AppError),
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

impl From<AppError> for Failure {
    fn from(error: AppError) -> Self {
        Self::Internal(error)
    }
}

impl From<store::Error> for Failure {
    fn from(error: store::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(refusal) => {
                let is_client = refusal.error == OAuthError::InvalidClient;
                let status = if is_client { StatusCode::UNAUTHORIZED } else { StatusCode::BAD_REQUEST };
                (status, Json(refusal)).into_response()
            }
            Self::Unauthenticated(refusal) => {
                let basic = HeaderValue::from_static("Basic realm=\"postern\", charset=\"UTF-8\"");
                (StatusCode::UNAUTHORIZED, [(header::WWW_AUTHENTICATE, basic)], Json(refusal)).into_response()
            }
            Self::Internal(error) => error.into_response(),
        }
    }
}
