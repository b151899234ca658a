//! The HTTP client: one function for each request of [`route`]. The only file that uses `gloo_net`.

use gloo_net::http::{self, Method, RequestBuilder};
use postern_types::{CodeRequest, EmptyRequest, SignInRequest, Step, route};
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use crate::{clock, flow::Failure};

pub(crate) mod account;
mod format;
mod json;
pub(crate) mod me;
mod object;
mod shapes;

use format::Format;

/// After this time without a response the server counts as unreachable.
const TIMEOUT_MS: u32 = 30_000;

/// A request that is ready to be sent, and how to parse its response.
pub(crate) struct Request<T = Step> {
    request: Result<http::Request, gloo_net::Error>,
    format: Format<T>,
}

/// A response that is not parsed yet.
struct Answer {
    status: u16,
    version: Option<String>,
    body: String,
}

/// Get the current step of this browser.
pub(crate) fn flow() -> Request {
    get(route::FLOW, object::format())
}

/// Send e-mail and password.
pub(crate) fn sign_in(body: &SignInRequest) -> Request {
    post(route::SIGN_IN, object::write(body), object::format())
}

/// Send the one-time code of a later log-in.
pub(crate) fn sign_in_code(body: &CodeRequest) -> Request {
    post(route::SIGN_IN_CODE, object::write(body), object::format())
}

/// Cancel the log-in.
pub(crate) fn cancel() -> Request {
    post(route::SIGN_IN_CANCEL, object::write(&EmptyRequest {}), object::format())
}

/// Send the first code of a new authenticator app.
pub(crate) fn confirm_set_up(body: &CodeRequest) -> Request {
    post(route::SET_UP_CONFIRM, object::write(body), object::format())
}

/// End the session.
pub(crate) fn sign_out() -> Request {
    post(route::SIGN_OUT, object::write(&EmptyRequest {}), object::format())
}

fn get<T>(path: &str, format: Format<T>) -> Request<T> {
    Request { request: request(path).build(), format }
}

fn post<T>(path: &str, body: JsValue, format: Format<T>) -> Request<T> {
    send_body(request(path).method(Method::POST), body, format)
}

fn put<T>(path: &str, version: &str, body: JsValue, format: Format<T>) -> Request<T> {
    send_body(request(path).method(Method::PUT).header("if-match", version), body, format)
}

fn patch<T>(path: &str, body: JsValue, format: Format<T>) -> Request<T> {
    send_body(request(path).method(Method::PATCH), body, format)
}

/// Every mutating request is declared as JSON, with or without a body.
const JSON: &str = "application/json";

fn delete(path: &str) -> Request<()> {
    let format = Format { answer: |_| Some(()), refusal: json::read };
    Request { request: request(path).method(Method::DELETE).header("content-type", JSON).build(), format }
}

fn send_body<T>(request: RequestBuilder, body: JsValue, format: Format<T>) -> Request<T> {
    Request { request: request.header("content-type", JSON).body(body), format }
}

fn request(path: &str) -> RequestBuilder {
    RequestBuilder::new(path).abort_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)))
}

impl<T> Request<T> {
    /// Sends the request and parses the response.
    pub(crate) async fn send(self) -> Result<T, Failure> {
        exchange(self.request).await?.read(&self.format)
    }

    /// The same, with the version of the resource (`ETag`).
    pub(crate) async fn send_versioned(self) -> Result<(T, String), Failure> {
        let answer = exchange(self.request).await?;
        Ok((answer.read(&self.format)?, answer.version.unwrap_or_default()))
    }
}

async fn exchange(request: Result<http::Request, gloo_net::Error>) -> Result<Answer, Failure> {
    let request = request.map_err(|_| Failure::Unreadable)?;
    let response = request.send().await.map_err(|_| Failure::Offline)?;
    if let Some(date) = response.headers().get("date") {
        clock::set_by_server(&date);
    }
    let status = response.status();
    let version = response.headers().get("etag");
    let body = response.text().await.map_err(|_| Failure::Offline)?;
    Ok(Answer { status, version, body })
}

impl Answer {
    fn read<T>(&self, format: &Format<T>) -> Result<T, Failure> {
        if (200..300).contains(&self.status) {
            return (format.answer)(&self.body).ok_or(Failure::Unreadable);
        }
        Err(match (format.refusal)(&self.body) {
            Some(refusal) => Failure::Refused(refusal),
            // A reverse proxy responds for a server that is down.
            None if self.status >= 500 => Failure::Offline,
            None => Failure::Unreadable,
        })
    }
}
