//! Shown if another administrator has saved in the meantime.

use leptos::prelude::*;
use postern_types::AccountSecurity;

use super::saved::Saved;
use crate::console::text::settings as text;

/// Both versions, and the choice between them. The form keeps what was chosen in it.
#[component]
pub(super) fn Theirs(
    settings: Saved,
    /// The text for this part of the settings.
    words: fn(&AccountSecurity) -> String,
    mine: Signal<String>,
) -> impl IntoView {
    move || {
        settings.theirs.get().map(|(theirs, _)| {
            view! {
                <div class="notice theirs" role="alert">
                    <p>{text::SOMEBODY_WAS_FIRST}</p>
                    <dl>
                        <dt>{text::THEIRS}</dt>
                        <dd>{words(&theirs)}</dd>
                        <dt>{text::MINE}</dt>
                        <dd>{mine}</dd>
                    </dl>
                    <div class="row">
                        <button type="button" on:click=move |_| settings.take_theirs()>{text::TAKE_THEIRS}</button>
                        <button type="button" on:click=move |_| settings.keep_mine()>{text::KEEP_MINE}</button>
                    </div>
                </div>
            }
        })
    }
}
