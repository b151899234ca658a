//! The HTTP client: one function for each thing that a path of [`route`] does. The only file that names `gloo_net`; it
//! never looks inside an answer.

use std::marker::PhantomData;

use gloo_net::http::{self, Method, RequestBuilder};
use postern_types::{CodeRequest, EmptyRequest, SignInRequest, Step, route};
use serde::{Serialize, de::DeserializeOwned};
use web_sys::AbortSignal;

use crate::{clock, flow::Failure};

pub(crate) mod account;
pub(crate) mod me;

/// After this long without an answer the server counts as out of reach.
const TIMEOUT_MS: u32 = 30_000;

/// A request that is ready to be sent, and what its answer is.
pub(crate) struct Request<T = Step> {
    request: Result<http::Request, gloo_net::Error>,
    answer: PhantomData<fn() -> T>,
}

/// An answer, before anybody has read it.
struct Answer {
    status: u16,
    version: Option<String>,
    body: String,
}

/// Where does this browser stand?
pub(crate) fn flow() -> Request {
    get(route::FLOW)
}

/// E-mail and password.
pub(crate) fn sign_in(body: &SignInRequest) -> Request {
    post(route::SIGN_IN, body)
}

/// The one-time code of a later log-in.
pub(crate) fn sign_in_code(body: &CodeRequest) -> Request {
    post(route::SIGN_IN_CODE, body)
}

/// Leave the log-in that was begun.
pub(crate) fn cancel() -> Request {
    post(route::SIGN_IN_CANCEL, &EmptyRequest {})
}

/// The first code of a new authenticator app.
pub(crate) fn confirm_set_up(body: &CodeRequest) -> Request {
    post(route::SET_UP_CONFIRM, body)
}

/// End the session.
pub(crate) fn sign_out() -> Request {
    post(route::SIGN_OUT, &EmptyRequest {})
}

fn get<T>(path: &str) -> Request<T> {
    ready(request(path).build())
}

fn post<T>(path: &str, body: &impl Serialize) -> Request<T> {
    send_body(request(path).method(Method::POST), body)
}

fn put<T>(path: &str, version: &str, body: &impl Serialize) -> Request<T> {
    send_body(request(path).method(Method::PUT).header("if-match", version), body)
}

fn patch<T>(path: &str, body: &impl Serialize) -> Request<T> {
    send_body(request(path).method(Method::PATCH), body)
}

fn delete(path: &str) -> Request<()> {
    ready(request(path).method(Method::DELETE).build())
}

fn send_body<T>(request: RequestBuilder, body: &impl Serialize) -> Request<T> {
    let body = serde_json::to_string(body).unwrap_or_default();
    ready(request.header("content-type", "application/json").body(body))
}

const fn ready<T>(request: Result<http::Request, gloo_net::Error>) -> Request<T> {
    Request { request, answer: PhantomData }
}

fn request(path: &str) -> RequestBuilder {
    RequestBuilder::new(path).abort_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)))
}

impl<T: DeserializeOwned> Request<T> {
    /// Sends the request and reads the answer, whatever it is.
    pub(crate) async fn send(self) -> Result<T, Failure> {
        self.exchange().await?.read()
    }

    /// The same, with the version that the server gives what it answers with.
    pub(crate) async fn send_versioned(self) -> Result<(T, String), Failure> {
        let answer = self.exchange().await?;
        Ok((answer.read()?, answer.version.unwrap_or_default()))
    }

    async fn exchange(self) -> Result<Answer, Failure> {
        let Ok(request) = self.request else { return Err(Failure::Unreadable) };
        let response = request.send().await.map_err(|_| Failure::Offline)?;
        if let Some(date) = response.headers().get("date") {
            clock::set_by_server(&date);
        }
        let (status, version) = (response.status(), response.headers().get("etag"));
        let body = response.text().await.map_err(|_| Failure::Offline)?;
        Ok(Answer { status, version, body })
    }
}

impl Answer {
    fn read<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        if (200..300).contains(&self.status) {
            let body = if self.body.is_empty() { "null" } else { &self.body };
            return serde_json::from_str(body).map_err(|_| Failure::Unreadable);
        }
        Err(match serde_json::from_str(&self.body) {
            Ok(refusal) => Failure::Refused(refusal),
            // A reverse proxy that speaks for a server that is down.
            Err(_) if self.status >= 500 => Failure::Offline,
            Err(_) => Failure::Unreadable,
        })
    }
}
