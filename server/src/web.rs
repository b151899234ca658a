//! The browser's pages and files, embedded: pages with the configured product name filled in, and hashed files that were
//! compressed at build time. They never contain anything about a user.

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, Method, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use postern_types::ApiError;

use crate::http::cookies::Cookies;
use crate::http::error::AppError;

mod encoding;
mod files;
mod index;
mod not_found;
mod person;

use encoding::{Encoding, preferred};
use files::{Files, hashed_file};
use index::Index;
use not_found::NotFound;
use person::is_for_a_person;

const NOT_BUILT: &str = "The browser app was not built into this server. Build it with: cargo xtask build\n";

/// The pages, prepared once at start.
#[derive(Debug)]
pub struct Web {
    index: Option<Index>,
    set_up: Option<Index>,
    console: Option<Index>,
    not_found: NotFound,
}

impl Web {
    /// Loads the embedded pages and fills in the product name.
    ///
    /// # Errors
    /// If an embedded page is not one that the build makes.
    pub fn load(product_name: &str) -> anyhow::Result<Self> {
        let page = |name| Files::get(name).map(|page| Index::new(&page.data, product_name)).transpose();
        Ok(Self {
            index: page("index.html")?,
            set_up: page("set-up.html")?,
            console: page("console.html")?,
            not_found: NotFound::new(product_name),
        })
    }
}

/// The paths of the pages and files. Everything else is 404, so that a missing file is never answered with a page.
pub fn router(web: Arc<Web>) -> Router {
    Router::new()
        .route("/", axum::routing::get(log_in_page))
        .route("/set-up", axum::routing::get(set_up_page))
        .route("/console", axum::routing::get(console_page))
        .route("/console/{*place}", axum::routing::get(console_page))
        .route("/.well-known/change-password", axum::routing::get(change_password))
        .route("/robots.txt", axum::routing::get(async || "User-agent: *\nDisallow: /\n"))
        .method_not_allowed_fallback(method_not_allowed)
        .fallback(file)
        .with_state(web)
}

async fn log_in_page(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    page(web.index.as_ref(), &headers)
}

async fn set_up_page(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    page(web.set_up.as_ref(), &headers)
}

/// All places of the console are one page, which reads its own address to know what to show.
async fn console_page(State(web): State<Arc<Web>>, headers: HeaderMap) -> Response {
    page(web.console.as_ref(), &headers)
}

fn page(page: Option<&Index>, headers: &HeaderMap) -> Response {
    let Some(index) = page else {
        return (StatusCode::SERVICE_UNAVAILABLE, NOT_BUILT).into_response();
    };
    let has_session = Cookies::read(headers).names_session();
    index.respond(&preferred(headers), has_session)
}

/// Where password managers send people (W3C, *A Well-Known URL for Changing Passwords*).
async fn change_password() -> Redirect {
    Redirect::to("/console/password")
}

/// A form that is sent without scripts ends here, so that its fields never become part of an address.
async fn method_not_allowed(request: Request) -> Response {
    let allow = [(header::ALLOW, "GET, HEAD")];
    if is_for_a_person(&request) {
        return (StatusCode::METHOD_NOT_ALLOWED, allow, "This page supports only GET.\n").into_response();
    }
    (allow, AppError::from(ApiError::MethodNotAllowed)).into_response()
}

async fn file(State(web): State<Arc<Web>>, request: Request) -> Response {
    let name = request.uri().path().strip_prefix('/').unwrap_or_default();
    let is_url =
        !name.ends_with(".html") && !Encoding::COMPRESSED.iter().any(|encoding| name.ends_with(encoding.suffix()));
    let readable = matches!(*request.method(), Method::GET | Method::HEAD);
    match Files::get(name) {
        Some(plain) if is_url && readable => hashed_file(name, plain, preferred(request.headers())),
        _ if is_for_a_person(&request) => web.not_found.respond(),
        _ => AppError::from(ApiError::NotFound).into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, Bytes};
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    const PAGE: &[u8] = b"<html data-session=\"unknown\"><title>Postern</title></html>";

    struct Answer {
        status: u16,
        headers: HeaderMap,
        body: Bytes,
    }

    impl Answer {
        fn header(&self, name: &str) -> &str {
            self.headers.get(name).map_or("", |value| value.to_str().unwrap())
        }
    }

    fn built() -> Web {
        let page = || Some(Index::new(PAGE, "Postern").unwrap());
        Web { index: page(), set_up: page(), console: page(), not_found: NotFound::new("Postern & Co") }
    }

    async fn send(web: Web, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let response = router(Arc::new(web)).oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    async fn get(path: &str) -> Answer {
        send(built(), "GET", path, &[]).await
    }

    #[tokio::test]
    async fn the_page_is_never_stored() {
        let page = get("/").await;
        assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
        assert_eq!((page.header("cache-control"), page.header("vary")), ("no-store", "Accept-Encoding, Cookie"));
    }

    #[tokio::test]
    async fn every_place_of_the_console_is_its_page() {
        for path in ["/console", "/console/link", "/console/a1/reports/administration", "/console/x?search=y"] {
            let page = get(path).await;
            assert_eq!((page.status, page.header("cache-control")), (200, "no-store"), "{path}");
            assert!(page.header("content-security-policy").contains("script-src 'self'"), "{path}");
        }
    }

    #[tokio::test]
    async fn set_up_has_a_page_of_its_own() {
        let page = get("/set-up").await;
        assert_eq!((page.status, page.header("cache-control")), (200, "no-store"));
        assert_eq!(get("/set-up/x").await.status, 404);
        assert_eq!(get("/set-up.html").await.status, 404);
    }

    #[tokio::test]
    async fn the_page_follows_the_session_cookie_and_no_other() {
        let session = |cookie: &'static str| async move {
            let page = send(built(), "GET", "/", &[("cookie", cookie)]).await;
            String::from_utf8(page.body.to_vec()).unwrap().contains("data-session=\"maybe\"")
        };
        assert!(session("theme=dark; __Host-postern=x").await);
        assert!(!session("__Host-postern-browser=x").await);
    }

    #[tokio::test]
    async fn the_page_is_sent_in_the_compression_that_was_asked_for() {
        for (accepted, encoding) in [("br", "br"), ("gzip", "gzip"), ("br;q=0", "")] {
            let page = send(built(), "GET", "/", &[("accept-encoding", accepted)]).await;
            assert_eq!(page.header("content-encoding"), encoding);
        }
    }

    #[tokio::test]
    async fn head_is_answered_like_get_without_the_body_and_other_methods_are_refused() {
        let head = send(built(), "HEAD", "/", &[]).await;
        assert_eq!((head.status, head.body.len()), (200, 0));
        let post = send(built(), "POST", "/", &[]).await;
        assert_eq!((post.status, post.header("allow")), (405, "GET, HEAD"));
    }

    #[tokio::test]
    async fn what_is_no_file_is_404_and_never_the_page() {
        let paths = [
            "/gone-1234.js",
            "/index.html",
            "/console.html",
            "/consoles",
            "/account",
            "/favicon.ico",
            "/api",
            "/api/x",
            "/..%2fCargo.toml",
            "//",
        ];
        for path in paths {
            let answer = get(path).await;
            assert_eq!(answer.status, 404, "{path}");
            assert!(!answer.body.starts_with(b"<"), "{path}");
        }
    }

    #[tokio::test]
    async fn a_person_at_an_unknown_address_gets_a_page_in_the_portals_style() {
        let browser = [("accept", "text/html,application/xhtml+xml,*/*;q=0.8")];
        for path in ["/favicon.ico", "/consoles", "/set-up/x", "//", "/a/b?c=d"] {
            let answer = send(built(), "GET", path, &browser).await;
            assert_eq!((answer.status, answer.header("content-type")), (404, "text/html; charset=utf-8"), "{path}");
            assert!(answer.header("content-security-policy").starts_with("default-src 'none'; style-src 'self'"));
            let page = String::from_utf8(answer.body.to_vec()).unwrap();
            assert!(page.contains("<title>Page not found – Postern &amp; Co</title>"), "{page}");
            for file in page.split("href=\"/").skip(1).filter_map(|rest| rest.split('"').next()) {
                assert_eq!(get(&format!("/{file}")).await.status, 200, "{file}");
            }
        }
    }

    #[tokio::test]
    async fn every_file_of_the_app_has_its_type_and_is_kept_for_ever() {
        for name in Files::iter().filter(|name| !name.ends_with(".html")) {
            let file = send(built(), "GET", &format!("/{name}"), &[("accept-encoding", "gzip, br")]).await;
            if name.ends_with(".br") || name.ends_with(".gz") {
                assert_eq!(file.status, 404, "{name} is no address of its own");
                continue;
            }
            assert_eq!((file.status, file.header("content-encoding")), (200, "br"), "{name}");
            assert_eq!(file.header("cache-control"), "public, max-age=31536000, immutable");
            assert_eq!(file.header("vary"), "Accept-Encoding");
            assert_ne!(file.header("content-type"), "application/octet-stream", "{name}");
            assert_eq!(get(&format!("//{name}")).await.status, 404, "one address for each file");
        }
    }

    #[tokio::test]
    async fn without_the_app_the_answer_says_how_to_build_it() {
        let not_found = NotFound::new("Postern");
        let answer = send(Web { index: None, set_up: None, console: None, not_found }, "GET", "/", &[]).await;
        assert_eq!(answer.status, 503);
        assert!(answer.body.ends_with(b"cargo xtask build\n"));
    }

    #[tokio::test]
    async fn robots_are_sent_away() {
        assert_eq!(&get("/robots.txt").await.body[..], b"User-agent: *\nDisallow: /\n");
    }
}
