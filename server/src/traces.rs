//! Traces for OpenTelemetry (OTLP over HTTP), which are off by default (`traces.endpoint`).
//!
//! A span names a route, a method, a status or a step of the work: never an address, a user, or anything that was sent. Spans have a
//! target of their own, so that they are not in the log, and are not made while traces are off.

use hyper::Method;
use tracing::Span;

pub mod export;

/// The target of spans.
pub const TARGET: &str = "postern::traces";

/// A request, until its response is complete.
#[must_use]
pub fn request(method: &Method, route: &str) -> Span {
    let method = well_known(method);
    tracing::info_span!(
        target: TARGET,
        "request",
        otel.name = format_args!("{method} {route}"),
        otel.kind = "server",
        http.request.method = method,
        http.route = route,
        http.response.status_code = tracing::field::Empty,
    )
}

/// A client can send any word as its method.
fn well_known(method: &Method) -> &str {
    match *method {
        Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::PATCH | Method::DELETE | Method::OPTIONS => {
            method.as_str()
        }
        _ => "_OTHER",
    }
}

/// Completes the span of a request.
pub fn answered(span: &Span, status: u16) {
    span.record("http.response.status_code", status);
    if status >= 500 {
        span.record("otel.status_code", "ERROR");
    }
}

/// A transaction of the database, until it is committed or rolled back.
#[must_use]
pub fn transaction() -> Span {
    tracing::info_span!(target: TARGET, "transaction", otel.kind = "client")
}

/// The hash of a password or a code, with the wait for a processor.
#[must_use]
pub fn hash() -> Span {
    tracing::info_span!(target: TARGET, "hash")
}

/// An attempt to send an e-mail.
#[must_use]
pub fn mail() -> Span {
    tracing::info_span!(target: TARGET, "mail", otel.kind = "client")
}
