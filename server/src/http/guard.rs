//! Layers around every route: the whole body first, the origin check, and completing requests that were begun.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{FromRequest, Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use postern_types::{ApiError, Reason};
use tokio::time::timeout;

use super::connections::Connection;
use super::error::{AppError, malformed};
use crate::state::AppState;
use crate::tasks;

/// The time for a body without a socket, in tests.
const BODY_TIME: Duration = Duration::from_secs(20);

/// Refuses a mutating request that a page of another origin caused (R28). `Sec-Fetch-Site` decides if the browser sends it,
/// otherwise `Origin`. A request with neither does not come from a browser; only its cookie counts. It must be declared as
/// JSON, with or without a body, which no form can do.
pub(crate) async fn refuse_other_sites(
    State(app): State<AppState>,
    request: Request,
    next: Next,
) -> Result<Response, AppError> {
    if request.method().is_safe() {
        return Ok(next.run(request).await);
    }
    let own_origin = app.config.server.public_url.origin();
    if !is_own(request.headers(), own_origin) {
        if let Some(origin) = request.headers().get(header::ORIGIN)
            && !app.origin_warned.swap(true, Ordering::Relaxed)
        {
            tracing::warn!(
                ?origin,
                "a page of another origin was refused. If people open the portal there, set server.public_url, which is {own_origin}"
            );
        }
        return Err(ApiError::Forbidden { public_url: Some(own_origin.to_owned()) }.into());
    }
    if !is_json(request.headers()) {
        return Err(ApiError::UnsupportedMediaType.into());
    }
    Ok(next.run(request).await)
}

/// Whether every line of `Content-Type` says JSON, and there is one. Parameters do not count.
fn is_json(headers: &HeaderMap) -> bool {
    let essence = |line: &HeaderValue| {
        let essence = line.as_bytes().split(|byte| *byte == b';').next().unwrap_or_default();
        essence.trim_ascii().eq_ignore_ascii_case(b"application/json")
    };
    headers.contains_key(header::CONTENT_TYPE) && headers.get_all(header::CONTENT_TYPE).iter().all(essence)
}

/// Whether a request comes from a page of the given origin, or not from a browser.
pub(crate) fn is_own(headers: &HeaderMap, own_origin: &str) -> bool {
    if headers.contains_key("sec-fetch-site") {
        return headers.get_all("sec-fetch-site").iter().all(|site| site == "same-origin");
    }
    headers.get_all(header::ORIGIN).iter().all(|origin| origin == own_origin)
}

/// Runs a mutating request in its own task: when the client hangs up, hyper only drops the wait for it, while counting,
/// hashing and recording run to completion.
pub(crate) async fn finish_what_was_begun(request: Request, next: Next) -> Result<Response, AppError> {
    if request.method().is_safe() {
        return Ok(next.run(request).await);
    }
    Ok(tasks::to_its_end(next.run(request)).await?)
}

/// Begins a request when its body has arrived, so that nobody can prove who they are, lose that right, and act afterwards with
/// the rest of a slow body. A body that is too large or too slow ends the connection.
pub async fn begin_when_complete(request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<Connection>().cloned();
    let body_time = connection.as_ref().map_or(BODY_TIME, Connection::body_time);
    let request = match timeout(body_time, arrived(request)).await.unwrap_or(Err(ApiError::RequestTimeout)) {
        Ok(request) => request,
        Err(error) => return ([(header::CONNECTION, "close")], AppError::from(error)).into_response(),
    };
    connection.as_ref().inspect(|connection| connection.works());
    let response = next.run(request).await;
    connection.inspect(Connection::waits);
    response
}

/// The request with its whole body in memory.
async fn arrived(request: Request) -> Result<Request, ApiError> {
    if request.body().is_end_stream() {
        return Ok(request);
    }
    let (head, body) = request.into_parts();
    let bytes = Bytes::from_request(Request::from_parts(head.clone(), body), &()).await;
    let bytes = bytes.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => ApiError::TooLarge,
        _ => malformed("body", Reason::Incomplete),
    })?;
    Ok(Request::from_parts(head, Body::from(bytes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(headers: &[(&str, &str)]) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(header::HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        }
        is_own(&map, "https://login.example")
    }

    #[test]
    fn r28_the_origin_decides_where_there_is_no_fetch_metadata() {
        assert!(own(&[]));
        assert!(own(&[("origin", "https://login.example")]));
        for foreign in ["null", "https://evil.example", "http://login.example", "https://login.example:444", ""] {
            assert!(!own(&[("origin", foreign)]), "{foreign}");
        }
        assert!(!own(&[("origin", "https://login.example"), ("origin", "https://evil.example")]));
    }

    #[test]
    fn r28_fetch_metadata_decides_where_it_is_sent() {
        assert!(own(&[("sec-fetch-site", "same-origin"), ("origin", "http://localhost:8081")]));
        for site in ["same-site", "cross-site", "none", "x"] {
            assert!(!own(&[("sec-fetch-site", site), ("origin", "https://login.example")]), "{site}");
        }
    }
}
