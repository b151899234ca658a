//! Who asks for what is not there.

use axum::extract::Request;
use axum::http::header;

use crate::http::header_list::elements;

/// Whether a person asks, who is answered with a page. Programs are answered with JSON.
pub(super) fn is_for_a_person(request: &Request) -> bool {
    let is_html =
        |range: &str| range.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("text/html"));
    let accepts_pages = elements(request.headers(), &header::ACCEPT).flatten().any(is_html);
    accepts_pages && !is_for_programs(request.uri().path())
}

/// Whether a path is one that only programs ask for, however it is written.
fn is_for_programs(path: &str) -> bool {
    let first = path.split('/').find(|segment| !segment.is_empty()).unwrap_or_default();
    ["api", "health", ".well-known"].iter().any(|name| first.eq_ignore_ascii_case(name))
}
