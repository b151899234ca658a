//! The files that the build has made of the browser app.

use axum::body::Bytes;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

use super::encoding::Encoding;

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// The files, by name.
#[derive(Embed)]
#[folder = "../target/web"]
pub(super) struct Files;

/// A file whose name has the hash of its content, in the first of these encodings that the build has made.
pub(super) fn hashed_file(name: &str, plain: EmbeddedFile, accepted: Vec<Encoding>) -> Response {
    let compressed = accepted.into_iter().find_map(|encoding| {
        let file = Files::get(&format!("{name}{}", encoding.suffix()))?;
        Some((Some(encoding), file))
    });
    let (encoding, file) = compressed.unwrap_or((None, plain));
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(media_type(name))),
        (header::CACHE_CONTROL, IMMUTABLE),
        (header::VARY, HeaderValue::from_static("Accept-Encoding")),
    ];
    let mut response = (headers, body(file)).into_response();
    if let Some(encoding) = encoding {
        response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding.name()));
    }
    response
}

/// The bytes of an embedded file, borrowed from the program and not copied.
fn body(file: EmbeddedFile) -> Bytes {
    match file.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    }
}

/// The media types of the build's files. Browsers refuse WebAssembly and modules with any other type.
fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, suffix)| suffix) {
        Some("wasm") => "application/wasm",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
