//! A set of recovery codes, with buttons that copy, download and print it. Only the sheet is printed.

use leptos::{html, prelude::*};
use wasm_bindgen::JsCast;
use web_sys::{Blob, HtmlAnchorElement, Url};

use super::copy::copy;
use crate::{clock, page, text::recovery_codes as text};

/// The sheet, and what can be done with it.
#[component]
pub(crate) fn RecoveryCodes(codes: postern_types::RecoveryCodes) -> impl IntoView {
    let sheet = NodeRef::<html::Ol>::new();
    let outcome = RwSignal::new("");
    let product = page::product_name();
    let title = text::sheet_title(&product, codes.email.as_str());
    let made_on = text::made_on(&clock::today(), &page::origin());
    let list = codes.codes.join("\n");
    let file = StoredValue::new([title.as_str(), &made_on, &list, text::SHEET_ADVICE, ""].join("\n\n"));
    let copy_all = move |_| {
        outcome.set("");
        let shown = sheet.get_untracked().map(JsCast::unchecked_into);
        copy(&list, shown, move |copied| outcome.set(if copied { text::COPIED } else { text::COPY_REFUSED }));
    };
    let download = move |_| {
        let saved = file.with_value(|file| save(file, &text::file_name(&product)));
        outcome.set(if saved.is_some() { text::DOWNLOADED } else { text::DOWNLOAD_REFUSED });
    };
    view! {
        <div class="recovery-sheet">
            <div class="on-paper">
                <h2>{title}</h2>
                <p>{made_on}</p>
            </div>
            <ol class="recovery-codes" translate="no" node_ref=sheet>
                {codes.codes.into_iter().map(|code| view! { <li><code>{code}</code></li> }).collect_view()}
            </ol>
            <p class="on-paper">{text::SHEET_ADVICE}</p>
        </div>
        <div class="row">
            <button type="button" on:click=copy_all>{text::COPY}</button>
            <button type="button" on:click=download>{text::DOWNLOAD}</button>
            <button type="button" on:click=move |_| page::print()>{text::PRINT}</button>
        </div>
        <p class="copied" role="status">{outcome}</p>
    }
}

/// Offers a text as a file. The text never becomes part of an address.
fn save(text: &str, name: &str) -> Option<()> {
    let blob = Blob::new_with_str_sequence(&js_sys::Array::of1(&text.into())).ok()?;
    let address = Url::create_object_url_with_blob(&blob).ok()?;
    let link: HtmlAnchorElement = document().create_element("a").ok()?.dyn_into().ok()?;
    link.set_href(&address);
    link.set_download(name);
    link.click();
    Url::revoke_object_url(&address).ok()
}
