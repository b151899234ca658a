//! Form-encoded requests.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, header};

use super::failure::Failure;
use crate::oidc::parameters::Parameters;
use crate::oidc::refusal::NOT_A_FORM;
use crate::state::AppState;

/// The parameters in a body.
pub(super) struct Form(pub(super) Parameters);

impl FromRequest<AppState> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, Failure> {
        if !is_form(request.headers()) {
            return Err(NOT_A_FORM.into());
        }
        // It has arrived already (`guard.rs`).
        let bytes = Bytes::from_request(request, app).await.map_err(|_| NOT_A_FORM)?;
        Ok(Self(Parameters::parse(&bytes)))
    }
}

/// Whether the body is declared as a form. Parameters such as `charset` do not count.
fn is_form(headers: &HeaderMap) -> bool {
    let declared = headers.get(header::CONTENT_TYPE).map_or(&[][..], |value| value.as_bytes());
    let essence = declared.split(|byte| *byte == b';').next().unwrap_or_default();
    essence.trim_ascii().eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}
