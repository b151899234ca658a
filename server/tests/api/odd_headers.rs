//! Headers that hold what no client should send. Whatever one of them holds, no other header and no cookie is lost by it.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderValue, Method, Request};
use http_body_util::BodyExt;
use postern::http::cookies::SESSION_COOKIE;
use postern_testkit::{ADA, Portal, on_both_databases};
use postern_types::route;
use serde_json::Value;
use tower::ServiceExt;

/// Every header that the server reads, and some that it must not believe.
const HEADERS: [&str; 16] = [
    "accept",
    "accept-encoding",
    "connection",
    "content-type",
    "cookie",
    "forwarded",
    "host",
    "if-match",
    "origin",
    "postern-user",
    "sec-fetch-site",
    "user-agent",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-proto",
    "x-request-id",
];

/// Each byte that is not ASCII, alone and among letters; nothing; 16 KiB; and two lines that differ.
fn odd_lines() -> Vec<Vec<Vec<u8>>> {
    let bytes = (0x80..=0xff_u8).flat_map(|byte| [vec![vec![byte]], vec![vec![b'a', byte, b'b']]]);
    bytes.chain([vec![vec![]], vec![vec![b'a'; 16 * 1024]], vec![b"a=1".to_vec(), b"b=2".to_vec()]]).collect()
}

/// A request in a session, with these additional lines.
fn request(method: Method, token: &str, name: &'static str, lines: &[Vec<u8>]) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(route::MY_SESSIONS).body(Body::empty()).unwrap();
    let headers = request.headers_mut();
    headers.insert("content-type", HeaderValue::from_static("application/json"));
    headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
    headers.insert("cookie", format!("{SESSION_COOKIE}={token}").parse().unwrap());
    for line in lines {
        headers.append(name, HeaderValue::from_bytes(line).unwrap());
    }
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([198, 51, 100, 7], 40_000))));
    request
}

async fn status_and_body(portal: &Portal, request: Request<Body>) -> (u16, Vec<u8>) {
    let answer = portal.router.clone().oneshot(request).await.unwrap();
    (answer.status().as_u16(), answer.into_body().collect().await.unwrap().to_bytes().to_vec())
}

on_both_databases! {
    async fn whatever_a_header_holds_the_session_and_the_address_are_still_read(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser().at("198.51.100.7");
        browser.sign_in(ADA).await.expect(200);
        let token = browser.session().unwrap();
        for name in HEADERS {
            for lines in odd_lines() {
                let (status, body) = status_and_body(portal, request(Method::GET, &token, name, &lines)).await;
                if name == "postern-user" {
                    assert_eq!(status, 409, "{lines:?}");
                    continue;
                }
                assert_eq!(status, 200, "{name}: {lines:?}");
                if name != "accept-encoding" {
                    let sessions: Value = serde_json::from_slice(&body).unwrap();
                    assert_eq!(sessions[0]["address"], "198.51.100.7", "{name}: {lines:?}");
                }
            }
        }
    }

    async fn whatever_a_header_holds_a_change_is_made_or_refused_for_that_header_alone(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let token = browser.session().unwrap();
        for name in HEADERS {
            let right = match name {
                "content-type" => 415,
                "sec-fetch-site" => 403,
                "postern-user" => 409,
                _ => 204,
            };
            for lines in odd_lines() {
                let (status, _) = status_and_body(portal, request(Method::DELETE, &token, name, &lines)).await;
                assert_eq!(status, right, "{name}: {lines:?}");
            }
        }
    }
}
