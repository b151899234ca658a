//! Answers that the browser takes to a client.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::form_urlencoded::Serializer;

use crate::auth::token::Token;
use crate::oidc::refusal::Refusal;
use crate::oidc::request::{ResponseMode, ReturnChannel};
use crate::state::AppState;
use crate::web::{Form, Sent};

/// Sends a code.
pub(super) fn code(app: &AppState, channel: &ReturnChannel, code: &Token) -> Response {
    send(app, channel, &[("code", code.expose())])
}

/// Sends a refusal.
pub(super) fn refuse(app: &AppState, channel: &ReturnChannel, refusal: Refusal) -> Response {
    send(app, channel, &[("error", refusal.error.as_str()), ("error_description", refusal.error_description)])
}

/// With the issuer, so that no client takes the answer of one provider for that of another (RFC 9207).
fn send(app: &AppState, channel: &ReturnChannel, answer: &[(&str, &str)]) -> Response {
    let mut fields = answer.to_vec();
    fields.extend(channel.state.as_deref().map(|state| ("state", state)));
    fields.push(("iss", app.config.server.public_url.origin()));
    match channel.mode {
        ResponseMode::Query => see_other(&with_query(&channel.redirect_uri, &fields)),
        ResponseMode::FormPost => app.web.form(&Form::Answer, Sent { action: &channel.redirect_uri, fields: &fields }),
    }
}

/// A URI with more parameters. It stays as it was registered otherwise.
pub(super) fn with_query(uri: &str, fields: &[(&str, &str)]) -> String {
    if fields.is_empty() {
        return uri.to_owned();
    }
    let query = Serializer::new(String::new()).extend_pairs(fields).finish();
    format!("{uri}{}{query}", if uri.contains('?') { '&' } else { '?' })
}

/// A redirect after which the browser sends GET, whatever it sent here.
pub(super) fn see_other(location: &str) -> Response {
    (StatusCode::SEE_OTHER, [(header::LOCATION, location.to_owned())]).into_response()
}

/// A redirect of a GET request to another page of the portal.
pub(super) fn found(location: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, location.to_owned())]).into_response()
}
