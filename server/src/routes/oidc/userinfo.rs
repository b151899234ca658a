//! `/oidc/userinfo`: what a client may learn of the user (OpenID Connect Core 1.0, 5.3).

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::cors;
use super::failure::Failure;
use crate::oidc::claims::UserClaims;
use crate::oidc::parameters::Parameters;
use crate::oidc::refusal::{ACCESS_TOKEN, NO_OPENID, OAuthError, Refusal, TWO_TOKENS};
use crate::oidc::scope::Scope;
use crate::provider::rights::Entitled;
use crate::state::AppState;

/// The claims about a user.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct SubjectClaims {
    /// The user, as in the id token.
    sub: String,
    #[serde(flatten)]
    claims: UserClaims,
}

/// The claims that the scopes of the access token ask for.
#[utoipa::path(get, path = "/oidc/userinfo", tag = "openid connect", responses(
    (status = 200, description = "The claims", body = SubjectClaims),
    (status = 400, description = "Refused", body = Refusal),
    (status = 401, description = "The access token is missing, or does not work"),
    (status = 403, description = "The access token lacks the scope `openid`", body = Refusal),
))]
pub(super) async fn userinfo(State(app): State<AppState>, headers: HeaderMap) -> Response {
    cors::readable(answer(&app, &headers, &Parameters::default()).await)
}

/// The same with POST. The access token is in the header, or in a form-encoded body (RFC 6750, 2.2).
#[utoipa::path(post, path = "/oidc/userinfo", tag = "openid connect", responses(
    (status = 200, description = "The claims", body = SubjectClaims),
    (status = 400, description = "Refused", body = Refusal),
    (status = 401, description = "The access token is missing, or does not work"),
    (status = 403, description = "The access token lacks the scope `openid`", body = Refusal),
))]
pub(super) async fn userinfo_by_form(State(app): State<AppState>, headers: HeaderMap, body: Bytes) -> Response {
    cors::readable(answer(&app, &headers, &Parameters::parse(&body)).await)
}

async fn answer(app: &AppState, headers: &HeaderMap, body: &Parameters) -> Result<Response, Failure> {
    let token = match access_token(headers, body) {
        Ok(Some(token)) => token,
        Ok(None) => return Ok(refused(StatusCode::UNAUTHORIZED, None)),
        Err(refusal) => return Ok(refused(StatusCode::BAD_REQUEST, Some(refusal))),
    };
    let Some((entitled, token)) = Entitled::of_access_token(app, token).await? else {
        return Ok(refused(StatusCode::UNAUTHORIZED, Some(ACCESS_TOKEN)));
    };
    if !token.scopes.contain(Scope::Openid) {
        return Ok(refused(StatusCode::FORBIDDEN, Some(NO_OPENID)));
    }
    let claims = entitled.user_claims(app, &token.scopes).await?;
    Ok(Json(SubjectClaims { sub: entitled.grant.user_id.to_string(), claims }).into_response())
}

/// The access token of a request (RFC 6750, section 2). One in the query is ignored, because addresses are logged.
fn access_token<'a>(headers: &'a HeaderMap, body: &'a Parameters) -> Result<Option<&'a str>, Refusal> {
    let value = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let pair = value.and_then(|value| value.split_once(' '));
    let in_header = pair.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer")).map(|(_, token)| token.trim());
    match (in_header, body.get("access_token")?) {
        (Some(_), Some(_)) => Err(TWO_TOKENS),
        (in_header, in_body) => Ok(in_header.or(in_body)),
    }
}

/// A refusal, in the header and in the body. Without a token, the answer only says how to send one (RFC 6750, 3.1).
fn refused(status: StatusCode, refusal: Option<Refusal>) -> Response {
    let challenge = match refusal {
        None => "Bearer realm=\"postern\"".to_owned(),
        Some(Refusal { error, error_description }) => {
            let (error, scope) = (error.as_str(), needed_scope(error));
            format!("Bearer realm=\"postern\", error=\"{error}\", error_description=\"{error_description}\"{scope}")
        }
    };
    let challenge = HeaderValue::try_from(challenge).unwrap_or(HeaderValue::from_static("Bearer"));
    let headers = [(header::WWW_AUTHENTICATE, challenge)];
    match refusal {
        None => (status, headers).into_response(),
        Some(refusal) => (status, headers, Json(refusal)).into_response(),
    }
}

fn needed_scope(error: OAuthError) -> &'static str {
    if error == OAuthError::InsufficientScope { ", scope=\"openid\"" } else { "" }
}
