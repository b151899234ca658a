//! A browser: it keeps cookies and sends what browsers send.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use cookie::Cookie;
use http_body_util::BodyExt;
use postern::extract::SESSION_COOKIE;
use postern_types::route;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::app::{PASSWORD, TestApp};

#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    pub(crate) cookies: BTreeMap<String, String>,
    /// Where it comes from.
    pub(crate) address: String,
    /// Sent with every request, in place of the header of the same name that a browser sends.
    pub(crate) headers: Vec<(&'static str, String)>,
    /// All that it was ever answered, for a search.
    pub(crate) heard: String,
}

#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Browser {
    pub(crate) fn new(router: Router) -> Self {
        Self {
            router,
            cookies: BTreeMap::new(),
            address: "198.51.100.7".to_owned(),
            headers: Vec::new(),
            heard: String::new(),
        }
    }

    pub(crate) fn at(mut self, address: &str) -> Self {
        self.address = address.to_owned();
        self
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The same browser, with its cookies, talking to another node from now on.
    pub(crate) fn moved_to(mut self, node: &TestApp) -> Self {
        self.router = node.router.clone();
        self
    }

    /// A browser whose session cookie has this value.
    pub(crate) fn with_session(mut self, value: &str) -> Self {
        self.cookies.insert(SESSION_COOKIE.to_owned(), value.to_owned());
        self
    }

    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, Body::empty()).await
    }

    pub(crate) async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, Body::from(body.to_string())).await
    }

    pub(crate) async fn put(&mut self, path: &str, version: &str, body: Value) -> Answer {
        self.headers.push(("if-match", version.to_owned()));
        let answer = self.send(Method::PUT, path, Body::from(body.to_string())).await;
        self.headers.pop();
        answer
    }

    pub(crate) async fn patch(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, Body::from(body.to_string())).await
    }

    pub(crate) async fn delete(&mut self, path: &str) -> Answer {
        self.send(Method::DELETE, path, Body::empty()).await
    }

    pub(crate) async fn flow(&mut self) -> Answer {
        self.get(route::FLOW).await.expect(200)
    }

    /// The name of the step at which this browser stands.
    pub(crate) async fn step(&mut self) -> String {
        self.flow().await.step()
    }

    pub(crate) async fn sign_in(&mut self, email: &str) -> Answer {
        self.sign_in_with(email, PASSWORD).await
    }

    pub(crate) async fn sign_in_with(&mut self, email: &str, password: &str) -> Answer {
        self.post(route::SIGN_IN, json!({"email": email, "password": password})).await
    }

    pub(crate) async fn code(&mut self, code: &str) -> Answer {
        self.post(route::SIGN_IN_CODE, json!({"code": code})).await
    }

    /// Begins a set-up; returns the security key.
    pub(crate) async fn begin_set_up(&mut self, email: &str) -> String {
        self.sign_in(email).await.expect(200).security_key()
    }

    pub(crate) async fn sign_out(&mut self) -> Answer {
        self.post(route::SIGN_OUT, json!({})).await
    }

    pub(crate) async fn cancel(&mut self) -> Answer {
        self.post(route::SIGN_IN_CANCEL, json!({})).await
    }

    pub(crate) async fn confirm(&mut self, code: &str) -> Answer {
        self.post(route::SET_UP_CONFIRM, json!({"code": code})).await
    }

    /// Something for people, which is not JSON.
    pub(crate) async fn page(&mut self, path: &str) -> Answer {
        self.exchange(Method::GET, path, Body::empty()).await
    }

    pub(crate) async fn send(&mut self, method: Method, path: &str, body: Body) -> Answer {
        let answer = self.exchange(method, path, body).await;
        answer.keeps_the_contract(path);
        answer
    }

    async fn exchange(&mut self, method: Method, path: &str, body: Body) -> Answer {
        let mut request = Request::builder().method(method).uri(path).body(body).unwrap();
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, "application/json".parse().unwrap());
        headers.insert("sec-fetch-site", "same-origin".parse().unwrap());
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if !cookies.is_empty() {
            headers.insert(header::COOKIE, cookies.join("; ").parse().unwrap());
        }
        for (name, _) in &self.headers {
            headers.remove(*name);
        }
        for (name, value) in self.headers.iter().filter(|(_, value)| !value.is_empty()) {
            headers.append(*name, HeaderValue::from_bytes(value.as_bytes()).unwrap());
        }
        let peer = SocketAddr::new(self.address.parse().unwrap(), 40_000);
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.router.clone().oneshot(request).await.unwrap();
        self.keep_cookies(response.headers());
        let (parts, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes().to_vec();
        let answer = Answer { status: parts.status, headers: parts.headers, body };
        self.heard += &format!("{:?} {}\n", answer.headers, String::from_utf8_lossy(&answer.body));
        answer
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let cookie = Cookie::parse(line.to_str().unwrap().to_owned()).unwrap();
            if cookie.max_age().is_some_and(|age| age.is_zero()) {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
    }

    /// The session's cookie.
    pub(crate) fn session(&self) -> Option<String> {
        self.cookies.get(SESSION_COOKIE).cloned()
    }
}

impl Answer {
    /// What holds for every answer, whatever the request was.
    fn keeps_the_contract(&self, path: &str) {
        assert_eq!(self.header("x-request-id").len(), 32, "{path}");
        assert_eq!(self.header("x-content-type-options"), "nosniff", "{path}");
        if path.starts_with("/api/") {
            assert_eq!(self.header("cache-control"), "no-store", "{path}");
            let kind = if self.status == StatusCode::NO_CONTENT { "" } else { "application/json" };
            if path.split('?').next().is_some_and(|path| path.ends_with(".csv")) && self.status == StatusCode::OK {
                return assert_eq!(self.header("content-type"), "text/csv; charset=utf-8", "{path}");
            }
            assert_eq!(self.header("content-type"), kind, "{path}");
            if self.body.is_empty() {
                return;
            }
            let waits = self.json()["retry_after_s"].as_u64().map(|seconds| seconds.to_string()).unwrap_or_default();
            assert_eq!(self.header("retry-after"), waits, "{path}");
        }
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.body));
        self
    }

    /// An error with this status and name.
    #[track_caller]
    pub(crate) fn expect_error(self, status: u16, name: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.json()["error"], name);
        answer
    }

    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("no JSON: {:?}", String::from_utf8_lossy(&self.body)))
    }

    /// The security key of a set-up.
    #[track_caller]
    pub(crate) fn security_key(&self) -> String {
        let json = self.json();
        json["security_key"].as_str().unwrap_or_else(|| panic!("no set-up: {json}")).to_owned()
    }

    #[track_caller]
    pub(crate) fn step(&self) -> String {
        self.json()["step"].as_str().unwrap_or_else(|| panic!("no step: {}", self.json())).to_owned()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}
