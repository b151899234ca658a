//! What pages of other origins may read (CORS): what clients in browsers need. No cookie counts at these paths.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::oidc::client::{Client, ClientKind};

const ANYONE: HeaderValue = HeaderValue::from_static("*");

/// Lets the pages of all origins read a response.
pub(super) fn readable(response: impl IntoResponse) -> Response {
    let mut response = response.into_response();
    let headers = response.headers_mut();
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, ANYONE);
    headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, HeaderValue::from_static("www-authenticate"));
    response
}

/// Lets the pages of all origins read the response to a public client, which may be such a page. A client with a secret is a server.
pub(super) fn readable_by(client: &Client, response: impl IntoResponse) -> Response {
    if client.kind == ClientKind::Public { readable(response) } else { response.into_response() }
}

/// Answers the question that a browser asks before a request with other headers than those of a form.
pub(super) async fn preflight() -> Response {
    let allowed = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, ANYONE),
        (header::ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("GET, POST")),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, HeaderValue::from_static("authorization, content-type")),
        (header::ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("7200")),
    ];
    (StatusCode::NO_CONTENT, allowed).into_response()
}
