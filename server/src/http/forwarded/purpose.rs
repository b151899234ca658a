//! What a browser needs a request for, which decides how it is refused.

use axum::http::{HeaderMap, header};

use crate::http::header_list::accepts_html;

/// What a request is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// The user opens a page or sends a form. The response can be a page, or a redirect to the log-in.
    Navigation,
    /// A script, an image, a WebSocket or a program. Only the status counts.
    Subresource,
}

impl Purpose {
    /// Fetch Metadata decides if the browser sends it, otherwise `Accept`. A WebSocket (RFC 6455, 4.1) is recognised by its
    /// key, because proxies remove `Upgrade`.
    #[must_use]
    pub fn of(headers: &HeaderMap) -> Self {
        let is_navigation = match headers.get("sec-fetch-mode") {
            Some(mode) => mode == "navigate",
            None => !headers.contains_key("x-requested-with") && accepts_html(headers),
        };
        if is_navigation && !headers.contains_key(header::SEC_WEBSOCKET_KEY) {
            Self::Navigation
        } else {
            Self::Subresource
        }
    }
}
