//! Refusals and internal errors as responses. The cause of an internal error is logged once, with the request's id; the
//! browser receives only the id.

use std::sync::Arc;

use axum::Json;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use postern_types::{ApiError, Reason};

use super::headers::RequestId;
use crate::auth::queue::Busy;
use crate::auth::token::retry_after_s;
use crate::store::transactions::ChangeRefused;
use crate::store::{self, ReportError};

/// What a handler fails with.
#[derive(Debug)]
pub enum AppError {
    /// A refusal that the browser may learn of.
    Api(ApiError),
    /// An internal error.
    Internal(anyhow::Error),
}

/// A field that cannot be accepted.
pub(crate) fn malformed(field: &str, reason: impl Into<Reason>) -> ApiError {
    ApiError::Malformed { field: field.to_owned(), reason: reason.into() }
}

/// Carries the cause of an internal error from the handler to [`report`].
#[derive(Clone, Debug)]
struct Cause(Arc<anyhow::Error>);

/// Carries a refusal from the handler to the log.
#[derive(Clone, Debug)]
pub(crate) struct Refused(pub(crate) ApiError);

impl From<ApiError> for AppError {
    fn from(error: ApiError) -> Self {
        Self::Api(error)
    }
}

impl From<anyhow::Error> for AppError {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<store::Error> for AppError {
    fn from(error: store::Error) -> Self {
        if store::is_unavailable(&error) {
            tracing::error!(error = %error, "the database is not available");
            return ApiError::Unavailable { retry_after_s: retry_after_s() }.into();
        }
        Self::Internal(error.into())
    }
}

impl From<ReportError> for AppError {
    fn from(error: ReportError) -> Self {
        match error {
            ReportError::TooLong => ApiError::ReportTooLong.into(),
            ReportError::Database(error) => error.into(),
        }
    }
}

impl From<ChangeRefused> for AppError {
    fn from(refused: ChangeRefused) -> Self {
        match refused {
            ChangeRefused::NoAuthority(error) => error.into(),
            ChangeRefused::NoSuchUser
            | ChangeRefused::NoSuchSession
            | ChangeRefused::NoSuchRequest
            | ChangeRefused::NoSuchConsent
            | ChangeRefused::NoSuchPasskey => ApiError::NotFound.into(),
            ChangeRefused::LastFactor => ApiError::LastFactor.into(),
            ChangeRefused::LastAdministrator => ApiError::LastAdministrator.into(),
            ChangeRefused::Shared => ApiError::SharedUser.into(),
            ChangeRefused::NothingToSend
            | ChangeRefused::NoCodeNeeded
            | ChangeRefused::CodeNeeded
            | ChangeRefused::ResetRequested => ApiError::OutOfStep.into(),
            ChangeRefused::NoSecondFactor => ApiError::NoSecondFactor.into(),
            ChangeRefused::EmailTaken => ApiError::Conflict.into(),
            ChangeRefused::NeverSignedIn => malformed("email", Reason::NeverSignedIn).into(),
            ChangeRefused::Database(error) => error.into(),
        }
    }
}

impl From<Busy> for AppError {
    fn from(_: Busy) -> Self {
        ApiError::Unavailable { retry_after_s: retry_after_s() }.into()
    }
}

impl IntoResponse for AppError {
    fn into_response(self) -> Response {
        match self {
            Self::Api(error) => api_response(&error),
            Self::Internal(cause) => {
                let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
                response.extensions_mut().insert(Cause(Arc::new(cause)));
                response
            }
        }
    }
}

fn api_response(error: &ApiError) -> Response {
    let status = StatusCode::from_u16(error.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = (status, Json(error)).into_response();
    response.extensions_mut().insert(Refused(error.clone()));
    if let ApiError::Throttled { retry_after_s } | ApiError::Unavailable { retry_after_s } = error {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(*retry_after_s));
    }
    response
}

/// Layer around the API: logs the causes of internal errors, and turns the refusals of axum and of the limits (404, 405, 413, 503,
/// a caught panic) into [`ApiError`]s.
pub async fn report(request: Request, next: Next) -> Response {
    let id = request.extensions().get::<RequestId>().copied();
    let response = next.run(request).await;
    reported(response, id)
}

/// What [`report`] makes of a response.
pub(crate) fn reported(response: Response, id: Option<RequestId>) -> Response {
    if response.status().is_success() {
        return response;
    }
    let id = id.as_ref().map(ToString::to_string).unwrap_or_default();
    if let Some(Cause(cause)) = response.extensions().get() {
        tracing::error!(request_id = id, "{cause:#}");
    }
    let is_json = response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == "application/json");
    let error = match response.status() {
        _ if is_json => return response,
        StatusCode::NOT_FOUND => ApiError::NotFound,
        StatusCode::METHOD_NOT_ALLOWED => ApiError::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge,
        StatusCode::INTERNAL_SERVER_ERROR => ApiError::Internal { request_id: id },
        StatusCode::SERVICE_UNAVAILABLE => ApiError::Unavailable { retry_after_s: retry_after_s() },
        _ => return response,
    };
    let mut answer = api_response(&error);
    if let Some(allow) = response.headers().get(header::ALLOW) {
        answer.headers_mut().insert(header::ALLOW, allow.clone());
    }
    answer
}
