//! The browser app, embedded: `index.html` with the configured name filled in, and hashed files that were compressed when
//! they were built. Must never hold anything of a user.

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

use crate::extract::SESSION_COOKIE;

mod encoding;
mod index;

use encoding::{Encoding, preferred};
use index::Index;

#[derive(Embed)]
#[folder = "../target/web"]
struct Files;

const IMMUTABLE: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const NOT_BUILT: &str = "The browser app was not built into this server. Build it with: cargo xtask build\n";

/// The app, made ready once at start.
#[derive(Debug)]
pub struct Web {
    index: Option<Index>,
}

impl Web {
    /// Reads the embedded app and fills in the product's name.
    ///
    /// # Errors
    /// Where the embedded page is not what the build makes.
    pub fn load(product_name: &str) -> anyhow::Result<Self> {
        let page = Files::get("index.html");
        Ok(Self { index: page.map(|page| Index::new(&page.data, product_name)).transpose()? })
    }
}

/// The paths that the app owns, and its files. Everything else is 404, so that a missing file never answers with the page.
pub fn router(web: Arc<Web>) -> Router {
    Router::new()
        .route("/", axum::routing::get(page).fallback(method_not_allowed))
        .route("/robots.txt", axum::routing::get(async || "User-agent: *\nDisallow: /\n"))
        .fallback(file)
        .with_state(web)
}

async fn page(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    let Some(index) = &web.index else {
        return (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT).into_response();
    };
    let has_session = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(cookie::Cookie::split_parse)
        .any(|cookie| cookie.is_ok_and(|cookie| cookie.name() == SESSION_COOKIE));
    index.respond(preferred(&headers), has_session)
}

/// A form that is sent where scripts do not run ends here, never in an address.
async fn method_not_allowed() -> Response {
    (StatusCode::METHOD_NOT_ALLOWED, [(header::ALLOW, "GET, HEAD")], "This page is only read, with GET.\n")
        .into_response()
}

async fn file(request: Request) -> Response {
    let name = request.uri().path().trim_start_matches('/');
    let is_url = name != "index.html" && !Encoding::COMPRESSED.iter().any(|encoding| name.ends_with(encoding.suffix()));
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    match Files::get(name) {
        Some(plain) if is_url && readable => hashed_file(name, plain, preferred(request.headers())),
        _ => (StatusCode::NOT_FOUND, "There is nothing at this address.\n").into_response(),
    }
}

fn hashed_file(name: &str, plain: EmbeddedFile, accepted: Vec<Encoding>) -> Response {
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
        response.headers_mut().insert(header::CONTENT_ENCODING, encoding.name());
    }
    response
}

/// Embedded files are borrowed from the program, not copied.
fn body(file: EmbeddedFile) -> Bytes {
    match file.data {
        std::borrow::Cow::Borrowed(bytes) => Bytes::from_static(bytes),
        std::borrow::Cow::Owned(bytes) => Bytes::from(bytes),
    }
}

/// The kinds of file that the build makes. Browsers refuse WebAssembly and modules under any other name (C109).
fn media_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, suffix)| suffix) {
        Some("wasm") => "application/wasm",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("svg") => "image/svg+xml",
        _ => "application/octet-stream",
    }
}
