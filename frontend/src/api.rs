//! The HTTP client: one function for each request of [`route`]. The only file that uses `gloo_net`.

use std::cell::RefCell;

use gloo_net::http::{self, Method, RequestBuilder};
use postern_types::{
    CodeRequest, ConfirmSetUp, EmptyRequest, MyApplication, RecoveryCodeRequest, SignInRequest, Step, USER_HEADER,
    route,
};
use wasm_bindgen::JsValue;
use web_sys::AbortSignal;

use crate::{clock, flow::Failure};

pub(crate) mod account;
mod format;
mod json;
pub(crate) mod me;
mod object;
pub(crate) mod passkey;
mod shapes;

use format::Format;

/// After this time without a response the server counts as unreachable.
const TIMEOUT_MS: u32 = 30_000;
const NO_CONTENT: u16 = 204;
const TOO_MANY_REQUESTS: u16 = 429;

thread_local! {
    /// The id of the user for whom the page was drawn; empty for nobody. Every request names them, so that the server refuses it
    /// if another user has logged in in another tab.
    static DRAWN_FOR: RefCell<String> = const { RefCell::new(String::new()) };
}

/// A request that is ready to be sent, and how to parse its response.
pub(crate) struct Request<T = Step> {
    request: Result<http::Request, gloo_net::Error>,
    format: Format<T>,
}

/// A response that is not parsed yet.
struct Answer {
    status: u16,
    version: Option<String>,
    /// For whom the step is that it contains.
    user: Option<String>,
    /// Whether it is JSON, or has no content. Everything else comes from a proxy or from the network.
    is_ours: bool,
    retry_after_s: Option<u32>,
    body: String,
}

/// Get the current step of this browser, whoever uses it now.
pub(crate) fn flow() -> Request {
    Request { request: anonymous(route::FLOW).build(), format: object::format() }
}

/// Why a request of a script was refused: the response, or a sentence.
pub(crate) fn refusal(text: &str) -> Failure {
    let unknown = || if text.starts_with('{') { Failure::Unreadable } else { Failure::Passkey(text.to_owned()) };
    object::refusal(text).unwrap_or_else(unknown)
}

/// Send e-mail and password.
pub(crate) fn sign_in(body: &SignInRequest) -> Request {
    post(route::SIGN_IN, object::write(body), object::format())
}

/// Send the one-time code of a later log-in.
pub(crate) fn sign_in_code(body: &CodeRequest) -> Request {
    post(route::SIGN_IN_CODE, object::write(body), object::format())
}

/// Send a recovery code in place of the one-time code.
pub(crate) fn sign_in_recovery(body: &RecoveryCodeRequest) -> Request {
    post(route::SIGN_IN_RECOVERY, object::write(body), object::format())
}

/// Say that the recovery codes that are shown are saved.
pub(crate) fn recovery_codes_saved() -> Request {
    post(route::RECOVERY_CODES_SAVED, object::write(&EmptyRequest {}), object::format())
}

/// Say that no recovery codes are wanted.
pub(crate) fn decline_recovery_codes() -> Request {
    post(route::RECOVERY_CODES_DECLINE, object::write(&EmptyRequest {}), object::format())
}

/// Cancel the log-in.
pub(crate) fn cancel() -> Request {
    post(route::SIGN_IN_CANCEL, object::write(&EmptyRequest {}), object::format())
}

/// Send the first code of a new authenticator app.
pub(crate) fn confirm_set_up(body: &ConfirmSetUp) -> Request {
    post(route::SET_UP_CONFIRM, object::write(body), object::format())
}

/// Get the applications that the user may open.
pub(crate) fn applications() -> Request<Vec<MyApplication>> {
    get(route::MY_APPLICATIONS, object::format())
}

/// End all of one's own sessions except this one.
pub(crate) fn end_other_sessions() -> Request<()> {
    delete(route::MY_SESSIONS, NOTHING)
}

/// No longer show in this session that a code was entered twice.
pub(crate) fn dismiss_alarm() -> Request<()> {
    post(route::MY_ALARM_DISMISS, object::write(&EmptyRequest {}), NOTHING)
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

/// The format of a response without content. Its requests have nothing that could be malformed.
const NOTHING: Format<()> = Format { answer: |_| Some(()), refusal: object::refusal };

/// Every mutating request is declared as JSON, with or without a body.
const JSON: &str = "application/json";

fn delete(path: &str, format: Format<()>) -> Request<()> {
    Request { request: request(path).method(Method::DELETE).header("content-type", JSON).build(), format }
}

fn send_body<T>(request: RequestBuilder, body: JsValue, format: Format<T>) -> Request<T> {
    Request { request: request.header("content-type", JSON).body(body), format }
}

fn request(path: &str) -> RequestBuilder {
    let request = anonymous(path);
    DRAWN_FOR.with_borrow(|user| if user.is_empty() { request } else { request.header(USER_HEADER, user) })
}

fn anonymous(path: &str) -> RequestBuilder {
    RequestBuilder::new(path).abort_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)))
}

impl<T> Request<T> {
    /// Sends the request and parses the response. A step is drawn by whoever receives it.
    pub(crate) async fn send(self) -> Result<T, Failure> {
        let answer = exchange(self.request).await?;
        if let Some(user) = &answer.user {
            DRAWN_FOR.set(user.clone());
        }
        answer.read(&self.format)
    }

    /// The same for a step that is not drawn.
    pub(crate) async fn peek(self) -> Result<T, Failure> {
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
    let user = response.headers().get(USER_HEADER);
    let media_type = response.headers().get("content-type").unwrap_or_default();
    let is_ours = status == NO_CONTENT || media_type.starts_with("application/json");
    let retry_after_s = response.headers().get("retry-after").and_then(|after| clock::seconds_until(&after));
    let body = response.text().await.map_err(|_| Failure::Offline)?;
    Ok(Answer { status, version, user, is_ours, retry_after_s, body })
}

impl Answer {
    fn read<T>(&self, format: &Format<T>) -> Result<T, Failure> {
        let foreign = Failure::Foreign { status: self.status, retry_after_s: self.retry_after_s };
        if !self.is_ours {
            return Err(foreign);
        }
        if (200..300).contains(&self.status) {
            return (format.answer)(&self.body).ok_or(Failure::Unreadable);
        }
        Err(match (format.refusal)(&self.body) {
            Some(refusal) => refusal,
            // Gateways write JSON, too.
            None if self.status >= 500 || self.status == TOO_MANY_REQUESTS => foreign,
            None => Failure::Unreadable,
        })
    }
}
