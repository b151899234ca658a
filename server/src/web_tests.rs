//! Tests of the pages and files.

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
    let page = || Some(Index::new(PAGE, "Postern", "").unwrap());
    Web {
        index: page(),
        set_up: page(),
        launcher: page(),
        console: page(),
        not_found: NotFound::new("Postern & Co"),
        notices: Notices::new("Postern & Co", "https://login.example.com"),
        forms: Forms::new("Postern"),
        origin: String::new(),
    }
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
async fn set_up_and_the_applications_have_pages_of_their_own() {
    for path in ["/set-up", "/applications"] {
        let page = get(path).await;
        assert_eq!((page.status, page.header("cache-control")), (200, "no-store"), "{path}");
        assert_eq!(get(&format!("{path}/x")).await.status, 404, "{path}");
        assert_eq!(get(&format!("{path}.html")).await.status, 404, "{path}");
    }
    assert_eq!(get("/launcher.html").await.status, 404);
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
        "/console/..%2f.postern/x",
        "/console/../.postern/x",
        "/console/%2e%2e/x",
        "/console//x",
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
    let notices = Notices::new("Postern", "https://login.example.com");
    let web = Web {
        index: None,
        set_up: None,
        launcher: None,
        console: None,
        not_found,
        notices,
        forms: Forms::new("Postern"),
        origin: String::new(),
    };
    let answer = send(web, "GET", "/", &[]).await;
    assert_eq!(answer.status, 503);
    assert!(answer.body.ends_with(b"cargo xtask build\n"));
}

#[tokio::test]
async fn robots_are_sent_away() {
    assert_eq!(&get("/robots.txt").await.body[..], b"User-agent: *\nDisallow: /\n");
}
