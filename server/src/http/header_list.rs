//! Headers that are lists (RFC 9110, 5.6.1). Read byte by byte, so that an element which is not text never hides another one.

use axum::http::{HeaderMap, HeaderName, header};

/// The elements of a comma-separated header, over all its lines, without surrounding white space. `None` is an element that is
/// not UTF-8.
pub(crate) fn elements<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
) -> impl Iterator<Item = Option<&'a str>> + use<'a> {
    separated(headers, name, b',')
}

/// The same, with another separator.
pub(crate) fn separated<'a>(
    headers: &'a HeaderMap,
    name: &HeaderName,
    separator: u8,
) -> impl Iterator<Item = Option<&'a str>> + use<'a> {
    let lines = headers.get_all(name).into_iter();
    let elements = lines.flat_map(move |line| line.as_bytes().split(move |byte| *byte == separator));
    elements.map(|element| str::from_utf8(element.trim_ascii()).ok())
}

/// Whether `Accept` names HTML, as browsers do for pages.
pub(crate) fn accepts_html(headers: &HeaderMap) -> bool {
    let is_html =
        |range: &str| range.split(';').next().is_some_and(|name| name.trim().eq_ignore_ascii_case("text/html"));
    elements(headers, &header::ACCEPT).flatten().any(is_html)
}
