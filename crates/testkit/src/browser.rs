//! A browser: keeps cookies, and sends the headers of a browser.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;

use axum::http::{HeaderMap, HeaderValue, Method, Request, header};
use cookie::Cookie;
use postern::http::cookies::SESSION_COOKIE;
use postern_types::route;
use serde_json::{Value, json};

use crate::PASSWORD;
use crate::answer::Answer;
use crate::contract;
use crate::place::{Place, wire_format};

/// A browser at a portal, in this process or over a socket. A clone is the same browser with a copy of its cookies.
#[derive(Clone, Debug)]
pub struct Browser {
    place: Place,
    address: Option<IpAddr>,
    /// The cookies, by name.
    pub cookies: BTreeMap<String, String>,
    /// Headers for every request, in place of the browser's own of the same name. An empty value sends none.
    pub headers: Vec<(&'static str, String)>,
    /// All responses so far, for searching in them.
    pub heard: String,
}

impl Browser {
    /// A browser without cookies.
    pub fn new(place: impl Into<Place>) -> Self {
        Self { place: place.into(), address: None, cookies: BTreeMap::new(), headers: Vec::new(), heard: String::new() }
    }

    /// The same browser at this address. A [`Server`](crate::Server) accepts it if it trusts 127.0.0.1 as a proxy.
    #[must_use]
    pub fn at(mut self, address: &str) -> Self {
        self.address = Some(address.parse().unwrap());
        self
    }

    /// The same browser with one more header in every request.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.to_owned()));
        self
    }

    /// The same browser, with its cookies, talking to another node from now on.
    #[must_use]
    pub fn moved_to(&self, place: impl Into<Place>) -> Self {
        Self { place: place.into(), ..self.clone() }
    }

    /// The same browser with this value in its session cookie.
    #[must_use]
    pub fn with_session(mut self, value: &str) -> Self {
        self.cookies.insert(SESSION_COOKIE.to_owned(), value.to_owned());
        self
    }

    /// The value of the session cookie.
    #[must_use]
    pub fn session(&self) -> Option<String> {
        self.cookies.get(SESSION_COOKIE).cloned()
    }

    /// Sends a GET request to the API.
    pub async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, "").await
    }

    /// Posts JSON.
    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::POST, path, body.to_string()).await
    }

    /// Puts JSON, based on this version (`ETag`).
    pub async fn put(&mut self, path: &str, version: &str, body: Value) -> Answer {
        self.headers.push(("if-match", version.to_owned()));
        let answer = self.send(Method::PUT, path, body.to_string()).await;
        self.headers.pop();
        answer
    }

    /// Patches with JSON.
    pub async fn patch(&mut self, path: &str, body: Value) -> Answer {
        self.send(Method::PATCH, path, body.to_string()).await
    }

    /// Sends a DELETE request.
    pub async fn delete(&mut self, path: &str) -> Answer {
        self.send(Method::DELETE, path, "").await
    }

    /// The current step of this browser.
    pub async fn flow(&mut self) -> Answer {
        self.get(route::FLOW).await.expect(200)
    }

    /// The name of the current step of this browser.
    pub async fn step(&mut self) -> String {
        self.flow().await.step()
    }

    /// Sends a user name and [`PASSWORD`].
    pub async fn sign_in(&mut self, email: &str) -> Answer {
        self.sign_in_with(email, PASSWORD).await
    }

    /// Sends a user name and a password.
    pub async fn sign_in_with(&mut self, email: &str, password: &str) -> Answer {
        self.post(route::SIGN_IN, credentials(email, password)).await
    }

    /// Sends the code of a log-in.
    pub async fn code(&mut self, code: &str) -> Answer {
        self.post(route::SIGN_IN_CODE, json!({"code": code})).await
    }

    /// Begins a set-up; returns the security key.
    pub async fn begin_set_up(&mut self, email: &str) -> String {
        let answer = self.sign_in(email).await.expect(200);
        assert_eq!(answer.step(), "set_up");
        answer.security_key()
    }

    /// Sends the code of a set-up.
    pub async fn confirm(&mut self, code: &str) -> Answer {
        self.post(route::SET_UP_CONFIRM, json!({"code": code})).await
    }

    /// The same, with a set-up code.
    pub async fn confirm_with(&mut self, code: &str, set_up_code: &str) -> Answer {
        self.post(route::SET_UP_CONFIRM, json!({"code": code, "set_up_code": set_up_code})).await
    }

    /// Says that the recovery codes that are shown are saved; returns them.
    pub async fn save_recovery_codes(&mut self) -> Vec<String> {
        let codes = self.flow().await.recovery_codes();
        assert_eq!(self.post(route::RECOVERY_CODES_SAVED, json!({})).await.expect(200).step(), "signed_in");
        codes
    }

    /// Sends a recovery code.
    pub async fn recovery_code(&mut self, code: &str) -> Answer {
        self.post(route::SIGN_IN_RECOVERY, json!({"recovery_code": code})).await
    }

    /// Cancels a log-in.
    pub async fn cancel(&mut self) -> Answer {
        self.post(route::SIGN_IN_CANCEL, json!({})).await
    }

    /// Logs out.
    pub async fn sign_out(&mut self) -> Answer {
        self.post(route::SIGN_OUT, json!({})).await
    }

    /// Gets a page, which is not JSON.
    pub async fn page(&mut self, path: &str) -> Answer {
        self.exchange(Method::GET, path, "".into()).await.unwrap_or_else(|error| panic!("GET {path}: {error}"))
    }

    /// Sends a request, and checks what must be true for every response.
    pub async fn send(&mut self, method: Method, path: &str, body: impl Into<Vec<u8>>) -> Answer {
        let sent = self.try_send(method.clone(), path, body).await;
        sent.unwrap_or_else(|error| panic!("{method} {path}: {error}"))
    }

    /// The same, for a server that may stop in the meantime.
    ///
    /// # Errors
    /// If the connection ends before the response is complete.
    pub async fn try_send(&mut self, method: Method, path: &str, body: impl Into<Vec<u8>>) -> io::Result<Answer> {
        let answer = self.exchange(method.clone(), path, body.into()).await?;
        answer.keeps_the_contract(path);
        contract::check(&method, path, &answer);
        Ok(answer)
    }

    /// Posts JSON to a server that may stop in the meantime.
    ///
    /// # Errors
    /// If the connection ends before the response is complete.
    pub async fn try_post(&mut self, path: &str, body: Value) -> io::Result<Answer> {
        self.try_send(Method::POST, path, body.to_string()).await
    }

    /// The bytes that this browser would send to a server's port, for a test that sends them itself.
    #[must_use]
    pub fn bytes_of(&self, method: Method, path: &str, body: &Value, port: u16) -> Vec<u8> {
        wire_format(&self.request(method, path, body.to_string().into_bytes()), port, self.address)
    }

    async fn exchange(&mut self, method: Method, path: &str, body: Vec<u8>) -> io::Result<Answer> {
        let answer = self.place.exchange(self.request(method, path, body), self.address).await?;
        self.keep_cookies(&answer.headers);
        self.heard += &format!("{:?} {}\n", answer.headers, answer.text());
        Ok(answer)
    }

    fn request(&self, method: Method, path: &str, body: Vec<u8>) -> Request<Vec<u8>> {
        let mut request = Request::builder().method(method).uri(path).body(body).unwrap();
        let headers = request.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("sec-fetch-site", HeaderValue::from_static("same-origin"));
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
        request
    }

    fn keep_cookies(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let cookie = Cookie::parse(line.to_str().unwrap().to_owned()).unwrap();
            if cookie.max_age().is_some_and(cookie::time::SignedDuration::is_zero) {
                self.cookies.remove(cookie.name());
            } else {
                self.cookies.insert(cookie.name().to_owned(), cookie.value().to_owned());
            }
        }
    }
}

/// The body of a log-in.
#[must_use]
pub fn credentials(email: &str, password: &str) -> Value {
    json!({"email": email, "password": password})
}
