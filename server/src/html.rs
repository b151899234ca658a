//! Escaping of text for HTML.

/// Escapes text for elements and for quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Fills in the placeholders of a page, in one pass, so that nothing in a value is mistaken for one.
pub(crate) fn fill(page: &str, values: &[(&str, &str)]) -> String {
    let mut filled = String::with_capacity(page.len());
    let mut rest = page;
    while let Some(start) = rest.find('{') {
        filled.push_str(&rest[..start]);
        rest = &rest[start..];
        let found = values.iter().find(|(place, _)| rest.starts_with(place));
        let (place, value) = found.map_or(("{", "{"), |(place, value)| (*place, *value));
        filled.push_str(value);
        rest = &rest[place.len()..];
    }
    filled.push_str(rest);
    filled
}
