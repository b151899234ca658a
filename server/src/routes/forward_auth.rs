//! `/api/forward-auth/…`: reverse proxies ask whether a request to an application is allowed. Each kind of proxy has its own
//! path, so that nothing has to be guessed.
//!
//! Every method is accepted, and bodies are ignored. Only a 200 allows the request. It has no body.

use axum::Router;
use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::any;
use utoipa::OpenApi;

use crate::clock::instant;
use crate::http::connections::Connection;
use crate::http::error;
use crate::http::forwarded::{Description, Purpose};
use crate::http::headers::{Headers, RequestId};
use crate::http::listen;
use crate::metrics::checks::{CheckAnswer, CheckRoute};
use crate::state::AppState;
use crate::web::Notice;
use check::{Answer, Question, check};

pub(super) mod check;
mod identity;

/// The routes, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(nginx, nginx_answer, caddy, traefik, envoy))]
pub(super) struct ForwardAuth;

/// The routes, without middleware: they handle a check for every request to every application.
pub(crate) fn router(app: &AppState) -> Router {
    Router::new()
        .route("/api/forward-auth/nginx", any(nginx))
        .route("/api/forward-auth/nginx-answer", any(nginx_answer))
        .route("/api/forward-auth/caddy", any(caddy))
        .route("/api/forward-auth/traefik", any(traefik))
        .route("/api/forward-auth/envoy/", any(envoy))
        .route("/api/forward-auth/envoy/{*path}", any(envoy))
        .with_state(app.clone())
}

/// Whether a request to an application is allowed, for nginx (`auth_request`). `X-Original-URL` and `X-Original-Method`
/// describe the request. The answer is always empty. Every method is accepted.
#[utoipa::path(get, path = "/api/forward-auth/nginx", tag = "forward authentication", responses(
    (status = 200, description = "Allowed, with `Remote-User`, `Remote-Email`, `Remote-Name` and `Remote-Groups`"),
    (status = 401, description = "The user must log in first"),
    (status = 403, description = "Refused, or the request is ambiguous"),
))]
async fn nginx(State(app): State<AppState>, request: Request) -> Response {
    let status_alone = |_: &AppState, answer, _: &HeaderMap| match answer {
        Answer::Allow(identity) => identity.into_response(),
        Answer::LogIn { .. } => StatusCode::UNAUTHORIZED.into_response(),
        Answer::Refuse(_) | Answer::Unclear(_) => StatusCode::FORBIDDEN.into_response(),
    };
    answered(&app, CheckRoute::Nginx, request, status_alone).await
}

/// The response that nginx sends instead of a request that is not allowed. A named location asks for it, with the same headers.
#[utoipa::path(get, path = "/api/forward-auth/nginx-answer", tag = "forward authentication", responses(
    (status = 302, description = "To the log-in, if the user opens a page"),
    (status = 400, description = "The request is ambiguous"),
    (status = 401, description = "The user must log in first"),
    (status = 403, description = "Refused"),
))]
async fn nginx_answer(State(app): State<AppState>, request: Request) -> Response {
    answered(&app, CheckRoute::NginxAnswer, request, respond).await
}

/// Whether a request to an application is allowed, for Caddy (`forward_auth`). `X-Forwarded-Proto`, `X-Forwarded-Host`,
/// `X-Forwarded-Uri` and `X-Forwarded-Method` describe the request. Every method is accepted. If the user opens a page and the
/// request is refused, the body is a page that says why.
#[utoipa::path(get, path = "/api/forward-auth/caddy", tag = "forward authentication", responses(
    (status = 200, description = "Allowed, with `Remote-User`, `Remote-Email`, `Remote-Name` and `Remote-Groups`"),
    (status = 302, description = "To the log-in, if the user opens a page"),
    (status = 400, description = "The request is ambiguous"),
    (status = 401, description = "The user must log in first"),
    (status = 403, description = "Refused"),
))]
async fn caddy(State(app): State<AppState>, request: Request) -> Response {
    answered(&app, CheckRoute::Caddy, request, respond).await
}

/// The same for Traefik (`ForwardAuth`).
#[utoipa::path(get, path = "/api/forward-auth/traefik", tag = "forward authentication", responses(
    (status = 200, description = "Allowed, with `Remote-User`, `Remote-Email`, `Remote-Name` and `Remote-Groups`"),
    (status = 302, description = "To the log-in, if the user opens a page"),
    (status = 400, description = "The request is ambiguous"),
    (status = 401, description = "The user must log in first"),
    (status = 403, description = "Refused"),
))]
async fn traefik(State(app): State<AppState>, request: Request) -> Response {
    answered(&app, CheckRoute::Traefik, request, respond).await
}

/// The same for Envoy (`ext_authz`). The method, the host and the rest of the path are those of the request; the scheme is in
/// `X-Forwarded-Proto`.
#[utoipa::path(get, path = "/api/forward-auth/envoy/{path}", tag = "forward authentication",
    params(("path" = String, Path, description = "The path of the request, with slashes.")),
    responses(
        (status = 200, description = "Allowed, with `Remote-User`, `Remote-Email`, `Remote-Name` and `Remote-Groups`"),
        (status = 302, description = "To the log-in, if the user opens a page"),
        (status = 400, description = "The request is ambiguous"),
        (status = 401, description = "The user must log in first"),
        (status = 403, description = "Refused"),
))]
async fn envoy(State(app): State<AppState>, request: Request) -> Response {
    answered(&app, CheckRoute::Envoy, request, respond).await
}

/// Answers a proxy. It does what middleware does for the other routes. The body is ignored, because proxies may announce one that
/// they do not send. The connection is then closed.
async fn answered(
    app: &AppState,
    route: CheckRoute,
    mut request: Request,
    respond: impl FnOnce(&AppState, Answer, &HeaderMap) -> Response,
) -> Response {
    let begun = instant();
    let connection = request.extensions().get::<Connection>().cloned();
    connection.as_ref().inspect(|connection| connection.works());
    let id = RequestId::give(&mut request);
    let (head, body) = request.into_parts();
    let (question, description) = asked(route);
    let answer = listen::limited(check(app, question, description, &head)).await;
    let counted_as = answer.as_ref().map_or(CheckAnswer::Failed, Answer::counted_as);
    let mut response = match answer {
        Ok(answer) => respond(app, answer, &head.headers),
        Err(error) => error::reported(error.into_response(), Some(id)),
    };
    tracing::debug!(request_id = %id, status = response.status().as_u16(), "check for a proxy");
    Headers::of(&app.config).complete(&mut response, id);
    if !body.is_end_stream() {
        response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    connection.inspect(Connection::waits);
    app.metrics.checks.count(route, counted_as, response.status().as_u16(), begun.elapsed());
    response
}

/// What a proxy asks at a route, and how it describes the request.
const fn asked(route: CheckRoute) -> (Question, Description) {
    match route {
        CheckRoute::Nginx => (Question::MayPass, Description::OriginalUrl),
        CheckRoute::NginxAnswer => (Question::WhatInstead, Description::OriginalUrl),
        CheckRoute::Caddy | CheckRoute::Traefik => (Question::MayPass, Description::Forwarded),
        CheckRoute::Envoy => (Question::MayPass, Description::Itself),
    }
}

/// A page if the user opens a page, otherwise only the status.
fn respond(app: &AppState, answer: Answer, headers: &HeaderMap) -> Response {
    let is_navigation = Purpose::of(headers) == Purpose::Navigation;
    let notice = match answer {
        Answer::Allow(identity) => return identity.into_response(),
        Answer::LogIn { start, is_repeatable: true, .. } if is_navigation => {
            return (StatusCode::FOUND, [(header::LOCATION, start)]).into_response();
        }
        Answer::LogIn { application, start, .. } => Notice::LogInFirst { application, start },
        Answer::Refuse(notice) | Answer::Unclear(notice) => notice,
    };
    if is_navigation {
        return app.web.notice(&notice);
    }
    notice.status().into_response()
}
