//! Logs requests that were refused: because a right was missing, because they were malformed, because a page of another origin caused them,
//! or because there were too many (ASVS 5.0, 16.3.2 and 16.3.3). Of what was sent, only the path is logged.

use std::sync::{Arc, OnceLock};

use axum::extract::{FromRequestParts, MatchedPath, Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::Response;
use postern_types::ApiError;

use super::client::Client;
use super::error::Refused;
use super::headers::RequestId;
use crate::addresses::ClientAddress;
use crate::ids::UserId;
use crate::state::AppState;

/// The user of a request: empty until its session has been found.
#[derive(Clone, Debug, Default)]
pub(crate) struct UserOfRequest(Arc<OnceLock<UserId>>);

impl UserOfRequest {
    /// Notes the user of the session.
    pub(crate) fn note(&self, user_id: &UserId) {
        self.0.get_or_init(|| user_id.clone());
    }
}

/// Layer around the API: logs refusals.
pub(crate) async fn log(State(app): State<AppState>, request: Request, next: Next) -> Response {
    let (mut parts, body) = request.into_parts();
    let address =
        Client::from_request_parts(&mut parts, &app).await.map_or(ClientAddress::Unknown, |client| client.address());
    let user = UserOfRequest::default();
    parts.extensions.insert(user.clone());
    let id = parts.extensions.get::<RequestId>().copied();
    let path = parts.extensions.get::<MatchedPath>().cloned();
    let method = parts.method.clone();
    let response = next.run(Request::from_parts(parts, body)).await;
    if let Some(Refused(error)) = response.extensions().get()
        && is_noteworthy(error)
    {
        let path = path.as_ref().map_or("", MatchedPath::as_str);
        say(&app, error, &Refusal { id, address, user: user.0.get(), method: &method, path });
    }
    response
}

/// The request that was refused.
struct Refusal<'a> {
    id: Option<RequestId>,
    address: ClientAddress,
    user: Option<&'a UserId>,
    method: &'a Method,
    path: &'a str,
}

fn say(app: &AppState, error: &ApiError, refusal: &Refusal<'_>) {
    let Refusal { id, address, user, method, path } = *refusal;
    let reason = error.name();
    let Some(left_out) = is_due(app, address, user, reason) else { return };
    let request_id = id.map(|id| id.to_string()).unwrap_or_default();
    let user = user.map_or("unknown", UserId::as_str);
    tracing::warn!(request_id, user, %address, %method, path, reason, left_out, "a request was refused");
}

/// Says that a request to an application was refused, or that its description cannot be trusted.
pub(crate) fn say_of_application(app: &AppState, address: ClientAddress, user: Option<&UserId>, reason: &str) {
    let Some(left_out) = is_due(app, address, user, reason) else { return };
    let user = user.map_or("unknown", UserId::as_str);
    tracing::warn!(user, %address, reason, left_out, "a request to an application was refused");
}

fn is_due(app: &AppState, address: ClientAddress, user: Option<&UserId>, reason: &str) -> Option<u64> {
    app.refusals.is_due((address, user.cloned(), reason.to_owned()), app.clock.now())
}

/// Whether users do not cause such a refusal in normal use. What they enter wrongly is in the login history, which is logged, too.
const fn is_noteworthy(error: &ApiError) -> bool {
    matches!(error.status(), 400 | 403 | 404 | 405 | 413 | 415 | 429) && !matches!(error, ApiError::StepUpRequired)
}
