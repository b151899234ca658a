//! The decision about a request to an application, for a reverse proxy.

use std::net::SocketAddr;
use std::sync::atomic::Ordering;

use axum::extract::ConnectInfo;
use axum::http::HeaderMap;
use axum::http::request::Parts;
use postern_types::RequestMethod;

use super::identity;
use crate::applications::{Application, Asked, Decision, Refusal, decide};
use crate::clock::UnixTime;
use crate::http::client_address::client_address;
use crate::http::cookies::{self, APPLICATION_COOKIE};
use crate::http::error::AppError;
use crate::http::forwarded::{Description, ForwardedRequest, Odd, WrittenOrigin};
use crate::http::redirects::{SIGN_OUT, Start};
use crate::http::refusals;
use crate::metrics::checks::CheckAnswer;
use crate::state::AppState;
use crate::store::application_sessions::ApplicationSession;
use crate::web::{Notice, Refused};

/// What a proxy wants to know.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Question {
    /// Whether a request is allowed.
    MayPass,
    /// What to send instead of a request that was just refused. The user may have logged in since.
    WhatInstead,
}

/// The answer to a check.
pub(super) enum Answer {
    /// The request is allowed, with these headers.
    Allow(HeaderMap),
    /// The user must log in, or show a factor, at this address.
    LogIn {
        /// The name of the application.
        application: String,
        /// The address of the log-in.
        start: String,
        /// Whether the browser can repeat the request after the log-in: it is a `GET` or `HEAD`.
        is_repeatable: bool,
    },
    /// The request is refused.
    Refuse(Notice),
    /// The description of the request is ambiguous.
    Unclear(Notice),
}

impl Answer {
    /// The answer among the figures.
    pub(super) const fn counted_as(&self) -> CheckAnswer {
        match self {
            Self::Allow(_) => CheckAnswer::Allowed,
            Self::LogIn { .. } => CheckAnswer::LogIn,
            Self::Refuse(_) => CheckAnswer::Refused,
            Self::Unclear(_) => CheckAnswer::Unclear,
        }
    }
}

/// Decides about the request that the proxy describes.
pub(super) async fn check(
    app: &AppState,
    question: Question,
    description: Description,
    head: &Parts,
) -> Result<Answer, AppError> {
    let Some(ConnectInfo(peer)) = head.extensions.get::<ConnectInfo<SocketAddr>>() else {
        return Err(anyhow::anyhow!("the peer's address is unknown").into());
    };
    let trusted = &app.config.server.trusted_proxies;
    let address = client_address(peer.ip(), &head.headers, trusted);
    let request = match ForwardedRequest::read(description, head, peer.ip(), trusted) {
        Ok(request) => request,
        Err(odd) => {
            refusals::say_of_application(app, address, None, &odd.to_string());
            return Ok(Answer::Unclear(unclear(app, odd)));
        }
    };
    let Some(application) = app.applications.by_origin(request.origin.as_str()).await? else {
        refusals::say_of_application(app, address, None, "no_application");
        return Ok(Answer::Unclear(no_application(app, &request.origin)));
    };
    let at = app.clock.now();
    let asked = Asked { path: request.target.path(), method: request.method, address, at };
    let decision = decide(&application, &asked, None);
    let session = match decision {
        Decision::LogIn { .. } => session(app, &application, &head.headers, at).await?,
        _ => None,
    };
    let decision = session.as_ref().map_or(decision, |session| decide(&application, &asked, Some(&session.visitor)));
    let name = || application.name.to_string();
    let start = || Start::url(&application.origin, request.target.as_str(), false);
    let log_in = || Answer::LogIn {
        application: name(),
        start: start(),
        is_repeatable: matches!(request.method, RequestMethod::Get | RequestMethod::Head),
    };
    let refuse = |refusal: Refusal<'_>| {
        let user_id = session.as_ref().map(|session| &session.user_id);
        refusals::say_of_application(app, address, user_id, refusal.name());
        let email = session.as_ref().map(|session| session.email.clone());
        let refused = Refused { application: name(), email, method: request.method, sign_out: SIGN_OUT.to_owned() };
        Answer::Refuse(Notice::of(refusal, refused))
    };
    Ok(match (decision, &session) {
        (Decision::Open { .. }, _) if question == Question::MayPass => Answer::Allow(identity::nobody()),
        (Decision::Allow { .. }, Some(session)) if question == Question::MayPass => {
            Answer::Allow(identity::of(session, address, at))
        }
        (Decision::SecondFactorMissing { .. }, _) => {
            Answer::Refuse(Notice::SecondFactorMissing { application: name(), start: start() })
        }
        (Decision::NotAllowed(refusal), _) => refuse(refusal),
        (
            Decision::Open { .. }
            | Decision::Allow { .. }
            | Decision::LogIn { .. }
            | Decision::LogInAgain { .. }
            | Decision::ShowFactor { .. },
            _,
        ) => log_in(),
    })
}

/// The browser's session with this application.
async fn session(
    app: &AppState,
    application: &Application,
    headers: &HeaderMap,
    at: UnixTime,
) -> Result<Option<ApplicationSession>, AppError> {
    let Some(token) = cookies::token(headers, APPLICATION_COOKIE) else { return Ok(None) };
    let token = token.hash();
    let found = app.sessions.with_application(&token, at).await?;
    let session = found.filter(|session| session.application_id == application.id);
    if let Some(session) = &session {
        app.sessions.note_use_of(session, &token, at).await?;
    }
    Ok(session)
}

/// The notice about an origin that no application has.
pub(in crate::routes) fn no_application(app: &AppState, origin: &WrittenOrigin) -> Notice {
    origin.oddity().map_or(Notice::NoApplication, |odd| unclear(app, odd))
}

/// The notice about an ambiguous request. The first request from an untrusted peer is logged.
pub(in crate::routes) fn unclear(app: &AppState, odd: Odd) -> Notice {
    if odd == Odd::UntrustedPeer && !app.untrusted_proxy_warned.swap(true, Ordering::Relaxed) {
        tracing::warn!("a peer that is not in server.trusted_proxies has sent a check of a request to an application");
    }
    Notice::Unclear { reason: odd.to_string() }
}
