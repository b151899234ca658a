//! Whether a person or a program requests something that does not exist.

use axum::extract::Request;

use crate::http::header_list::accepts_html;

/// Whether the response should be a page, for a person, rather than JSON, for a program.
pub(super) fn is_for_a_person(request: &Request) -> bool {
    accepts_html(request.headers()) && !is_for_programs(request.uri().path())
}

/// Whether only programs request this path, however it is written.
fn is_for_programs(path: &str) -> bool {
    let first = path.split('/').find(|segment| !segment.is_empty()).unwrap_or_default();
    ["api", "health", ".well-known"].iter().any(|name| first.eq_ignore_ascii_case(name))
}
