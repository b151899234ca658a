//! A response of a portal.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::Value;

/// A complete response.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as received.
    pub body: Vec<u8>,
}

impl Answer {
    /// Parses a response from the bytes of a closed connection; `None` if it is incomplete.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let mut lines = [httparse::EMPTY_HEADER; 64];
        let mut head = httparse::Response::new(&mut lines);
        let httparse::Status::Complete(length) = head.parse(bytes).ok()? else { return None };
        let status = StatusCode::from_u16(head.code?).ok()?;
        let header = |line: &httparse::Header<'_>| {
            Some((line.name.parse::<HeaderName>().ok()?, HeaderValue::from_bytes(line.value).ok()?))
        };
        let headers = head.headers.iter().map(header).collect::<Option<HeaderMap>>()?;
        let answer = Self { status, headers, body: bytes[length..].to_vec() };
        let announced = answer.header("content-length");
        (announced.is_empty() || announced.parse() == Ok(answer.body.len())).then_some(answer)
    }

    /// The first header with this name; empty if there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    #[must_use]
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {:?}", self.text()))
    }

    /// Checks the status.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// Checks that it is an error with this status and name.
    #[track_caller]
    pub fn expect_error(self, status: u16, name: &str) -> Self {
        let answer = self.expect(status);
        assert_eq!(answer.json()["error"], name);
        answer
    }

    /// Checks that it says that the server is busy, with the same wait in header and body.
    #[track_caller]
    pub fn expect_busy(self) -> Self {
        let answer = self.expect_error(503, "unavailable");
        let seconds = answer.header("retry-after").parse::<u32>().expect("Retry-After");
        assert_eq!(answer.json()["retry_after_s"], seconds);
        answer
    }

    /// The name of the step.
    #[must_use]
    #[track_caller]
    pub fn step(&self) -> String {
        self.json()["step"].as_str().unwrap_or_else(|| panic!("no step: {}", self.text())).to_owned()
    }

    /// The security key of a set-up.
    #[must_use]
    #[track_caller]
    pub fn security_key(&self) -> String {
        self.json()["security_key"].as_str().unwrap_or_else(|| panic!("no set-up: {}", self.text())).to_owned()
    }

    /// The codes of the step `recovery_codes`.
    #[must_use]
    #[track_caller]
    pub fn recovery_codes(&self) -> Vec<String> {
        let codes = self.json()["codes"].as_array().cloned().unwrap_or_else(|| panic!("no codes: {}", self.text()));
        codes.iter().filter_map(|code| code.as_str().map(str::to_owned)).collect()
    }

    /// Checks what must be true for every response, whatever the request was.
    #[track_caller]
    pub(crate) fn keeps_the_contract(&self, path: &str) {
        assert_eq!(self.header("x-request-id").len(), 32, "{path}");
        assert_eq!(self.header("x-content-type-options"), "nosniff", "{path}");
        if !path.starts_with("/api/") {
            return;
        }
        assert_eq!(self.header("cache-control"), "no-store", "{path}");
        if path.starts_with("/api/forward-auth/") {
            let kinds = ["text/html; charset=utf-8", "application/json"];
            let is_known = self.body.is_empty() || kinds.contains(&self.header("content-type"));
            return assert!(is_known, "{path}: {}", self.text());
        }
        if path.split('?').next().is_some_and(|path| path.ends_with(".csv")) && self.status == StatusCode::OK {
            return assert_eq!(self.header("content-type"), "text/csv; charset=utf-8", "{path}");
        }
        if path.ends_with("/icon") && self.status == StatusCode::OK {
            return assert!(["image/png", "image/svg+xml"].contains(&self.header("content-type")), "{path}");
        }
        let kind = if self.status == StatusCode::NO_CONTENT { "" } else { "application/json" };
        assert_eq!(self.header("content-type"), kind, "{path}");
        if self.body.is_empty() {
            return;
        }
        let waits = self.json()["retry_after_s"].as_u64().map(|seconds| seconds.to_string()).unwrap_or_default();
        assert_eq!(self.header("retry-after"), waits, "{path}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncache-control: no-store\r\n\
        x-content-type-options: nosniff\r\nx-request-id: 0123456789abcdef0123456789abcdef\r\n";

    fn answer(rest: &str) -> Option<Answer> {
        Answer::parse(format!("{HEAD}{rest}").as_bytes())
    }

    #[test]
    fn an_answer_that_was_cut_off_is_none() {
        let whole = format!("{HEAD}content-length: 2\r\n\r\n{{}}");
        for length in 0..whole.len() {
            assert!(Answer::parse(&whole.as_bytes()[..length]).is_none(), "{length}");
        }
        assert_eq!(Answer::parse(whole.as_bytes()).unwrap().text(), "{}");
    }

    #[test]
    fn what_keeps_the_contract_passes() {
        answer("\r\n{}").unwrap().keeps_the_contract("/api/flow");
        answer("retry-after: 2\r\n\r\n{\"retry_after_s\": 2}").unwrap().keeps_the_contract("/api/flow");
    }

    #[test]
    #[should_panic = "/api/flow"]
    fn different_waits_in_header_and_body_are_noticed() {
        answer("retry-after: 3\r\n\r\n{\"retry_after_s\": 2}").unwrap().keeps_the_contract("/api/flow");
    }

    #[test]
    #[should_panic = "there is no user"]
    fn an_unexpected_status_shows_the_body() {
        answer("\r\nthere is no user").unwrap().expect(404);
    }

    #[test]
    #[should_panic = "throttled"]
    fn an_unexpected_error_is_noticed() {
        answer("\r\n{\"error\": \"internal\"}").unwrap().expect_error(200, "throttled");
    }
}
