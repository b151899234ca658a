//! A page, filled in at start and compressed when it is first asked for, and the policy that allows only its own inline
//! scripts.

use std::sync::OnceLock;

use anyhow::ensure;
use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::encoding::Encoding;
use crate::html::escape;

/// Replaced by whether the request has a session cookie.
const SESSION_MARK: &str = "data-session=\"unknown\"";

/// The page in its two variants.
#[derive(Debug)]
pub(super) struct Index {
    policy: HeaderValue,
    without_session: Variant,
    with_session: Variant,
}

#[derive(Debug)]
struct Variant {
    plain: Bytes,
    brotli: OnceLock<Option<Bytes>>,
    gzip: OnceLock<Option<Bytes>>,
}

impl Index {
    pub(super) fn new(page: &[u8], product_name: &str, public_url: &str) -> anyhow::Result<Self> {
        let page = std::str::from_utf8(page)?;
        let name = escape(product_name);
        let page = page
            .replace("<title>Postern</title>", &format!("<title>{name}</title>"))
            .replace("class=\"brand-name\">Postern<", &format!("class=\"brand-name\">{name}<"))
            .replace("name=\"product-name\" content=\"Postern\"", &format!("name=\"product-name\" content=\"{name}\""))
            .replace(
                "name=\"public-url\" content=\"\"",
                &format!("name=\"public-url\" content=\"{}\"", escape(public_url)),
            );
        ensure!(page.contains(SESSION_MARK), "the embedded page has no {SESSION_MARK}");
        Ok(Self {
            policy: HeaderValue::try_from(policy(&page))?,
            without_session: Variant::new(page.replacen(SESSION_MARK, "data-session=\"none\"", 1)),
            with_session: Variant::new(page.replacen(SESSION_MARK, "data-session=\"maybe\"", 1)),
        })
    }

    pub(super) fn respond(&self, accepted: &[Encoding], has_session: bool) -> Response {
        let variant = if has_session { &self.with_session } else { &self.without_session };
        let compressed = accepted.iter().find_map(|encoding| Some((encoding, variant.compressed(*encoding)?)));
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
            (header::CONTENT_SECURITY_POLICY, self.policy.clone()),
            (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (header::VARY, HeaderValue::from_static("Accept-Encoding, Cookie")),
        ];
        let Some((encoding, body)) = compressed else {
            return (headers, variant.plain.clone()).into_response();
        };
        let mut response = (headers, body.clone()).into_response();
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
        response
    }
}

impl Variant {
    fn new(page: String) -> Self {
        Self { plain: page.into(), brotli: OnceLock::new(), gzip: OnceLock::new() }
    }

    fn compressed(&self, encoding: Encoding) -> Option<&Bytes> {
        let copy = match encoding {
            Encoding::Brotli => &self.brotli,
            Encoding::Gzip => &self.gzip,
        };
        copy.get_or_init(|| encoding.compress(&self.plain).ok().map(Bytes::from)).as_ref()
    }
}

/// Content-Security-Policy without `unsafe-inline`: inline scripts are allowed by the hash of their text (R29).
fn policy(page: &str) -> String {
    let hashes: String = inline_scripts(page)
        .map(|script| format!(" 'sha256-{}'", STANDARD.encode(Sha256::digest(script.as_bytes()))))
        .collect();
    format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{hashes}; style-src 'self'; img-src 'self'; \
         connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
}

/// The texts of the page's inline scripts.
fn inline_scripts(page: &str) -> impl Iterator<Item = &str> {
    page.split("<script").skip(1).filter_map(|rest| {
        let (tag, rest) = rest.split_once('>')?;
        let (text, _) = rest.split_once("</script>")?;
        (!tag.contains("src=") && !text.is_empty()).then_some(text)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAGE: &str = "<html data-session=\"unknown\"><title>Postern</title><meta name=\"product-name\" content=\"Postern\">\
        <meta name=\"public-url\" content=\"\">\
        <b class=\"brand-name\">Postern</b><script type=\"module\">start()</script><script src=\"/x.js\"></script></html>";

    fn text(variant: &Variant) -> &str {
        std::str::from_utf8(&variant.plain).unwrap()
    }

    #[test]
    fn the_products_name_is_filled_in_and_escaped() {
        let index = Index::new(PAGE.as_bytes(), "A & <B>", "https://a.example").unwrap();
        assert_eq!(text(&index.with_session).matches("A &amp; &lt;B&gt;").count(), 3);
        assert!(!text(&index.with_session).contains("Postern"));
    }

    #[test]
    fn the_page_knows_the_address_of_the_portal() {
        let index = Index::new(PAGE.as_bytes(), "Postern", "https://a.example").unwrap();
        assert!(text(&index.without_session).contains("name=\"public-url\" content=\"https://a.example\""));
    }

    #[test]
    fn the_page_says_whether_a_session_cookie_came() {
        let index = Index::new(PAGE.as_bytes(), "Postern", "").unwrap();
        assert!(text(&index.with_session).contains("data-session=\"maybe\""));
        assert!(text(&index.without_session).contains("data-session=\"none\""));
    }

    #[test]
    fn an_inline_script_is_allowed_by_its_hash() {
        let index = Index::new(PAGE.as_bytes(), "Postern", "").unwrap();
        let policy = index.policy.to_str().unwrap();
        let hash = STANDARD.encode(Sha256::digest(b"start()"));
        assert!(policy.contains(&format!("script-src 'self' 'wasm-unsafe-eval' 'sha256-{hash}';")), "{policy}");
        assert_eq!(policy.matches("sha256-").count(), 1);
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
    }

    #[test]
    fn a_page_that_the_build_did_not_make_is_refused() {
        assert!(Index::new(b"<html></html>", "Postern", "").is_err());
    }
}
