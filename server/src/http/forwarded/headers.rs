//! Headers that a proxy sets: each must occur exactly once, and no other header may be mistaken for one of them.

use axum::http::{HeaderMap, HeaderName, header};

use super::odd::Odd;
use crate::http::header_list::elements;

/// Prefixes of the headers that a proxy or the portal sets.
const OURS: [&str; 3] = ["remote-", "x-forwarded-", "x-original-"];

/// The value of a header that must occur exactly once.
pub(super) fn one<'a>(headers: &'a HeaderMap, name: &'static str) -> Result<&'a str, Odd> {
    let mut lines = headers.get_all(name).iter();
    let line = lines.next().ok_or(Odd::Missing(name))?;
    if lines.next().is_some() {
        return Err(Odd::Repeated(name));
    }
    line.to_str().map_err(|_| Odd::NotAscii(name))
}

/// Refuses names that differ from ours only in `_` or `.`, because CGI and similar gateways map them to the same name (RFC
/// 3875, 4.1.18). Refuses a `Connection` header that makes proxies remove ours (RFC 9110, 7.6.1).
pub(super) fn no_alias(headers: &HeaderMap) -> Result<(), Odd> {
    let has_other_separators = |name: &&HeaderName| name.as_str().contains(['_', '.']);
    if headers.keys().filter(has_other_separators).any(|name| is_ours(&name.as_str().replace(['_', '.'], "-"))) {
        return Err(Odd::Alias);
    }
    let names_ours = |option: Option<&str>| option.is_none_or(|option| is_ours(&option.to_ascii_lowercase()));
    if elements(headers, &header::CONNECTION).any(names_ours) {
        return Err(Odd::Removal);
    }
    Ok(())
}

/// Whether a lower-case name is that of a header that a proxy or the portal sets, or `cookie`.
fn is_ours(name: &str) -> bool {
    name == "cookie" || OURS.iter().any(|beginning| name.starts_with(beginning))
}
