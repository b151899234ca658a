//! The page for an unknown address.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use super::files::Files;
use crate::html::escape;

const PAGE: &str = include_str!("not-found.html");
/// The page has no script and nothing to send.
const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";
const TEXT: &str = "There is nothing at this address.\n";

/// The page, filled in at start. It looks like the log-in page.
#[derive(Debug)]
pub(super) struct NotFound(Option<String>);

impl NotFound {
    /// Without the files of the build there is no page.
    pub(super) fn new(product_name: &str) -> Self {
        Self(page(product_name))
    }

    /// 404 with the page, or with a line of text if the files of the build are missing.
    pub(super) fn respond(&self) -> Response {
        let Some(page) = &self.0 else {
            return (StatusCode::NOT_FOUND, [(header::VARY, "Accept")], TEXT).into_response();
        };
        let headers = [(header::CONTENT_SECURITY_POLICY, POLICY), (header::VARY, "Accept")];
        (StatusCode::NOT_FOUND, headers, Html(page.clone())).into_response()
    }
}

fn page(product_name: &str) -> Option<String> {
    let file = |prefix: &str, suffix: &str| {
        Files::iter().find(|name| name.starts_with(prefix) && name.ends_with(suffix)).map(String::from)
    };
    let icon = file("icon-", ".svg")?;
    let drawing = String::from_utf8(Files::get(&icon)?.data.into_owned()).ok()?;
    let page = PAGE
        .replace("{icon}", &icon)
        .replace("{style}", &file("log-in-", ".css")?)
        .replace("{drawing}", &drawing)
        .replace("{name}", &escape(product_name));
    Some(page)
}
