//! An e-mail address in a list: long ones break before their punctuation, not within words.

use leptos::prelude::*;

/// An e-mail address, which may break before its `@` and its dots.
#[component]
pub(super) fn EMail(address: String) -> impl IntoView {
    let parts: Vec<_> = parts(&address).map(str::to_owned).collect();
    view! { <span class="e-mail">{parts.into_iter().map(|part| view! { <wbr/>{part} }).collect_view()}</span> }
}

/// The parts between which it may break.
fn parts(address: &str) -> impl Iterator<Item = &str> {
    let mut rest = address;
    std::iter::from_fn(move || {
        let (first, _) = rest.char_indices().next()?;
        let end = rest.match_indices(['@', '.']).map(|(at, _)| at).find(|at| *at > first).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        rest = after;
        Some(part)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_breaks_before_its_punctuation() {
        assert_eq!(parts("bo.k@example.com").collect::<Vec<_>>(), ["bo", ".k", "@example", ".com"]);
        assert_eq!(parts(".x").collect::<Vec<_>>(), [".x"]);
        assert_eq!(parts("").count(), 0);
    }
}
