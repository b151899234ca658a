//! The QR code.

use leptos::prelude::*;
use postern_types::QrCode;

use crate::text;

/// Whole pixels per module keep the edges sharp and screenshots readable.
const PIXELS_PER_MODULE: u32 = 4;

/// Black on white with its margin, in every colour scheme. The label says what it is, not what it contains.
#[component]
pub(crate) fn Qr(code: QrCode) -> impl IntoView {
    let side = code.size * PIXELS_PER_MODULE;
    view! {
        <svg
            class="qr"
            role="img"
            aria-label=text::set_up::QR_LABEL
            width=side
            height=side
            viewBox=format!("0 0 {0} {0}", code.size)
            shape-rendering="crispEdges"
        >
            <rect width="100%" height="100%"/>
            <path d=code.path/>
        </svg>
    }
}
