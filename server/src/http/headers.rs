//! Headers of every response: the id of its request, and the security headers (R29).

use std::fmt;

use axum::extract::{Request, State};
use axum::http::{HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::auth::token::request_id;
use crate::config::Config;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The default policy: a response of the API may do nothing in a browser.
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

/// The id of a request. Always generated; one from the client is ignored.
#[derive(Clone, Copy, Debug)]
pub struct RequestId(u128);

impl RequestId {
    /// Gives a request its id.
    pub(crate) fn give(request: &mut Request) -> Self {
        let id = Self(request_id());
        request.extensions_mut().insert(id);
        id
    }
}

/// 32 hexadecimal digits.
impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// The part of the headers that depends on the configuration.
#[derive(Clone, Copy, Debug)]
pub struct Headers {
    /// Whether browsers reach the portal over TLS, so that they should use nothing else (HSTS).
    pub is_https: bool,
}

/// The outermost layer of the portal: gives the request an id, logs its completion, and adds the headers to the response.
pub async fn add(State(headers): State<Headers>, mut request: Request, next: Next) -> Response {
    let id = RequestId::give(&mut request);
    let method = request.method().clone();
    let uri = request.uri().clone();
    let mut response = next.run(request).await;
    tracing::debug!(request_id = %id, %method, path = uri.path(), status = response.status().as_u16(), "request");
    headers.complete(&mut response, id);
    response
}

impl Headers {
    /// The headers of this configuration.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        Self { is_https: config.server.public_url.is_https() }
    }

    /// Adds the headers to a response.
    pub(crate) fn complete(self, response: &mut Response, id: RequestId) {
        let map = response.headers_mut();
        map.reserve(ALWAYS.len() + 4);
        if let Ok(id) = HeaderValue::try_from(id.to_string()) {
            map.insert(REQUEST_ID, id);
        }
        for (name, value) in ALWAYS {
            map.insert(name, value);
        }
        map.entry(header::CONTENT_SECURITY_POLICY).or_insert(API_POLICY);
        map.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
        if self.is_https {
            map.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::HeaderMap;
    use axum::routing::get;
    use axum::{Extension, Router, middleware};
    use tower::ServiceExt;

    use super::*;

    async fn headers(is_https: bool, path: &str) -> HeaderMap {
        let page = [(header::CONTENT_SECURITY_POLICY, "script-src 'self'"), (header::CACHE_CONTROL, "public")];
        let router = Router::new()
            .route(
                "/api/flow",
                get(async |Extension(id): Extension<RequestId>| [("seen-by-the-handler", id.to_string())]),
            )
            .route("/page", get(async move || page))
            .layer(middleware::from_fn_with_state(Headers { is_https }, add));
        let request = Request::get(path).header(REQUEST_ID, "chosen by the client").body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap().headers().clone()
    }

    #[tokio::test]
    async fn r29_every_answer_tells_the_browser_what_it_must_not_do() {
        for path in ["/api/flow", "/page", "/nothing"] {
            let headers = headers(false, path).await;
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert_eq!(headers["referrer-policy"], "no-referrer");
            assert_eq!(headers["x-frame-options"], "DENY");
            assert_eq!(headers["cross-origin-opener-policy"], "same-origin");
            assert_eq!(headers["cross-origin-resource-policy"], "same-origin");
            assert!(headers["permissions-policy"].to_str().unwrap().contains("clipboard-write=(self)"));
        }
    }

    #[tokio::test]
    async fn r29_browsers_are_bound_to_https_only_where_it_is_served() {
        assert_eq!(headers(true, "/page").await["strict-transport-security"], "max-age=31536000");
        assert!(!headers(false, "/page").await.contains_key("strict-transport-security"));
    }

    #[tokio::test]
    async fn an_answer_of_the_api_is_never_stored_and_may_do_nothing() {
        let headers = headers(false, "/api/flow").await;
        assert_eq!(headers["cache-control"], "no-store");
        assert_eq!(headers["content-security-policy"], "default-src 'none'; frame-ancestors 'none'");
    }

    #[tokio::test]
    async fn what_a_handler_has_set_stays() {
        let headers = headers(false, "/page").await;
        assert_eq!(headers["cache-control"], "public");
        assert_eq!(headers["content-security-policy"], "script-src 'self'");
    }

    #[tokio::test]
    async fn a_request_has_a_fresh_id_that_no_client_chooses() {
        let first = headers(false, "/api/flow").await;
        let second = headers(false, "/api/flow").await;
        assert_eq!(first[REQUEST_ID].len(), 32);
        assert_eq!(first[REQUEST_ID], first["seen-by-the-handler"]);
        assert_ne!(first[REQUEST_ID], second[REQUEST_ID]);
    }
}
