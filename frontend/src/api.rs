//! The HTTP client: one function per path of [`route`]. The only file that names `gloo_net`; it never looks inside a
//! [`Step`].

use gloo_net::http::{self, Method, RequestBuilder};
use postern_types::{CodeRequest, EmptyRequest, SignInRequest, Step, route};
use serde::Serialize;
use web_sys::AbortSignal;

use crate::{clock, flow::Failure};

/// After this long without an answer the server counts as out of reach.
const TIMEOUT_MS: u32 = 30_000;

/// A request that is ready to be sent.
pub(crate) struct Request(Result<http::Request, gloo_net::Error>);

/// Where does this browser stand?
pub(crate) fn flow() -> Request {
    Request(request(route::FLOW).build())
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

fn post(path: &str, body: &impl Serialize) -> Request {
    let body = serde_json::to_string(body).unwrap_or_default();
    Request(request(path).method(Method::POST).header("content-type", "application/json").body(body))
}

fn request(path: &str) -> RequestBuilder {
    RequestBuilder::new(path).abort_signal(Some(&AbortSignal::timeout_with_u32(TIMEOUT_MS)))
}

impl Request {
    /// Sends the request and reads the answer, whatever it is.
    pub(crate) async fn send(self) -> Result<Step, Failure> {
        let Ok(request) = self.0 else { return Err(Failure::Unreadable) };
        let response = request.send().await.map_err(|_| Failure::Offline)?;
        if let Some(date) = response.headers().get("date") {
            clock::set_by_server(&date);
        }
        let body = response.text().await.map_err(|_| Failure::Offline)?;
        if response.ok() {
            return serde_json::from_str(&body).map_err(|_| Failure::Unreadable);
        }
        Err(match serde_json::from_str(&body) {
            Ok(refusal) => Failure::Refused(refusal),
            // A reverse proxy that speaks for a server that is down.
            Err(_) if response.status() >= 500 => Failure::Offline,
            Err(_) => Failure::Unreadable,
        })
    }
}
