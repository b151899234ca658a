//! Versions of what several administrators may change, as entity tags (RFC 9110, section 8.8.3).

use axum::http::{HeaderMap, header};
use postern_types::ApiError;

/// The version that a change is based on; `None` if the tag is not one of this server.
///
/// # Errors
/// `precondition_required` without `If-Match`.
pub(crate) fn required_version(headers: &HeaderMap) -> Result<Option<i64>, ApiError> {
    let tag = headers.get(header::IF_MATCH).ok_or(ApiError::PreconditionRequired)?;
    Ok(tag.to_str().ok().and_then(parse))
}

/// The tag of a version.
pub(crate) fn entity_tag(version: i64) -> String {
    format!("\"{version}\"")
}

/// The version in an entity tag, strong or weak.
fn parse(text: &str) -> Option<i64> {
    let text = text.trim();
    text.strip_prefix("W/").unwrap_or(text).strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}
