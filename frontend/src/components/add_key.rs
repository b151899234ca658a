//! How a security key gets into an authenticator app.

use leptos::prelude::*;
use postern_types::QrCode;

use super::{qr::Qr, security_key::SecurityKey};
use crate::{page, text::set_up as text};

/// The QR code for the camera of another device, and the key as text. On a touch device, the app is most likely on the same
/// device: the link that opens it comes first, and the QR code is folded away.
#[component]
pub(crate) fn AddKey(security_key: String, otpauth_uri: String, qr: QrCode) -> impl IntoView {
    let or_copy = view! { <p class="soft"><b>{text::OR}</b>{text::OR_COPY}</p> };
    if page::is_touched() {
        view! {
            <p><a class="button primary" href=otpauth_uri>{text::OPEN}</a></p>
            {or_copy}
            <SecurityKey key=security_key/>
            <details>
                <summary>{text::SHOW_QR}</summary>
                <Qr code=qr/>
            </details>
        }
        .into_any()
    } else {
        view! {
            <Qr code=qr/>
            {or_copy}
            <SecurityKey key=security_key/>
            <p><a href=otpauth_uri>{text::OPEN_IN_APP}</a></p>
        }
        .into_any()
    }
}

/// The heading for it.
pub(crate) fn heading() -> &'static str {
    if page::is_touched() { text::ADD } else { text::SCAN }
}
