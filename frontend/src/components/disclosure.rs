//! Advice that can be expanded.

use leptos::prelude::*;

use crate::text::Paragraph;

/// A summary line and its paragraphs.
#[component]
pub(crate) fn Disclosure(
    summary: &'static str,
    paragraphs: &'static [Paragraph],
    /// A paragraph before the others.
    #[prop(optional_no_strip)]
    first: Option<String>,
) -> impl IntoView {
    view! {
        <details>
            <summary>{summary}</summary>
            {first.map(|first| view! { <p>{first}</p> })}
            {paragraphs.iter().map(|(lead, rest)| view! { <p><b>{*lead}</b>" "{*rest}</p> }).collect_view()}
        </details>
    }
}
