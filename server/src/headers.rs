//! What every answer carries: its request's id, and the headers that tell a browser what it must not do (R29).

use std::fmt;
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::auth::token::random_id;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Where nothing else was set: an answer of the API may do nothing in a browser.
const API_POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const ALWAYS: [(HeaderName, HeaderValue); 6] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    (header::REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
    (header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (
        HeaderName::from_static("permissions-policy"),
        HeaderValue::from_static(
            "camera=(), geolocation=(), microphone=(), payment=(), usb=(), clipboard-write=(self)",
        ),
    ),
];
/// One year.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=31536000");

/// The id of a request, fresh for each; a client's own is never taken over.
#[derive(Clone, Debug)]
pub struct RequestId(Arc<str>);

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What of the headers depends on the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Headers {
    /// Whether browsers reach the portal over TLS, and should from now on do nothing else.
    pub is_https: bool,
}

/// The outermost layer: gives the request an id, logs its end, and completes the headers of the answer.
pub async fn add(State(headers): State<Headers>, mut request: Request, next: Next) -> Response {
    let id = RequestId(random_id().into());
    request.extensions_mut().insert(id.clone());
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).await;
    tracing::debug!(request_id = %id, %method, path, status = response.status().as_u16(), "request");
    let map = response.headers_mut();
    if let Ok(id) = HeaderValue::try_from(&*id.0) {
        map.insert(REQUEST_ID, id);
    }
    for (name, value) in ALWAYS {
        map.insert(name, value);
    }
    map.entry(header::CONTENT_SECURITY_POLICY).or_insert(API_POLICY);
    map.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    if headers.is_https {
        map.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    response
}
