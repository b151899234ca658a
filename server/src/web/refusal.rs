//! What is said where there is no page.

use axum::extract::Request;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use postern_types::ApiError;

use crate::http::error::AppError;
use crate::http::header_list::elements;

/// A refusal: a sentence for people who open a page, and JSON for everybody else.
pub(super) fn refusal(request: &Request, error: ApiError) -> Response {
    let sentence = match error {
        ApiError::MethodNotAllowed => "This page supports only GET.\n",
        _ => "There is nothing at this address.\n",
    };
    let response = AppError::from(error).into_response();
    let accepts_pages = elements(request.headers(), &header::ACCEPT)
        .flatten()
        .any(|range| range.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("text/html")));
    if accepts_pages && !is_for_programs(request.uri().path()) {
        return (response.status(), sentence).into_response();
    }
    response
}

/// Whether a path is one that only programs ask for, however it is written.
fn is_for_programs(path: &str) -> bool {
    let first = path.split('/').find(|segment| !segment.is_empty()).unwrap_or_default();
    ["api", "health", ".well-known"].iter().any(|name| first.eq_ignore_ascii_case(name))
}
