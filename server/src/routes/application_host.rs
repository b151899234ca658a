//! `/.postern/…` on the hosts of applications: the reverse proxy forwards these paths to the portal. The log-in to an
//! application begins and ends there, with cookies that no other host receives.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, middleware};
use cookie::Cookie;

use super::forward_auth::check::{no_application, unclear};
use crate::applications::Application;
use crate::auth::token::Token;
use crate::http::cookies::{self, APPLICATION_COOKIE, BEGIN_COOKIE};
use crate::http::error::{self, AppError};
use crate::http::redirects::{CALLBACK, Callback, Opening, SIGN_OUT, START, Start};
use crate::http::{forwarded, guard, listen};
use crate::state::AppState;
use crate::store::application_sessions;
use crate::store::transactions::{self, Redeemed, Redemption};
use crate::web::Notice;

/// The routes.
pub(super) fn router(app: &AppState) -> Router {
    Router::new()
        .route(START, get(start))
        .route(CALLBACK, get(callback))
        .route(SIGN_OUT, post(sign_out))
        .layer((middleware::from_fn(error::report), listen::limits()))
        .with_state(app.clone())
}

/// The application whose host received the request. Other hosts have no such paths.
struct ApplicationOfHost(Arc<Application>);

/// Redirects to the log-in on the portal. The browser gets a token that identifies it when it returns. If it already has one,
/// it keeps it, so that several tabs can log in at the same time.
async fn start(
    State(app): State<AppState>,
    ApplicationOfHost(application): ApplicationOfHost,
    uri: Uri,
    headers: HeaderMap,
) -> Response {
    let Some(start) = Start::parse(uri.query().unwrap_or_default()) else { return app.web.notice(&Notice::BadAddress) };
    let kept = cookies::token(&headers, BEGIN_COOKIE);
    let is_new = kept.is_none();
    let begin = kept.unwrap_or_else(Token::random);
    let path = Opening::path(&application.id, &begin.hash(), &start);
    let location = format!("{}{path}", app.config.server.public_url.origin());
    redirect(StatusCode::FOUND, &location, is_new.then(|| cookies::begin_cookie(&begin)))
}

/// Exchanges a code for a session with the application, and redirects to the requested page.
async fn callback(
    State(app): State<AppState>,
    ApplicationOfHost(application): ApplicationOfHost,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    let Some(callback) = Callback::parse(uri.query().unwrap_or_default()) else {
        return Ok(app.web.notice(&Notice::BadAddress));
    };
    let kept = cookies::token(&headers, BEGIN_COOKIE);
    let has_begun = kept.is_some();
    let begin = kept.unwrap_or_else(Token::random);
    let token = Token::random();
    let redemption = Redemption {
        code: &callback.code.hash(),
        begin: &begin.hash(),
        application_id: &application.id,
        token: &token.hash(),
        now: app.clock.now(),
    };
    let to = match transactions::redeem_code(&app.db, &redemption).await? {
        Redeemed::Begun(target) => {
            let location = format!("{}{target}", application.origin);
            return Ok(redirect(StatusCode::SEE_OTHER, &location, Some(cookies::application_cookie(&token))));
        }
        Redeemed::OfAnotherBrowser(target) => target,
        Redeemed::Unknown => "/".to_owned(),
    };
    if !has_begun {
        return Ok(app.web.notice(&Notice::NoCookie));
    }
    if callback.is_again {
        return Ok(app.web.notice(&Notice::CodeRefused));
    }
    Ok(redirect(StatusCode::FOUND, &Start::url(&application.origin, &to, true), None))
}

/// Ends the portal's session, and with it the sessions with all applications. The response is a page, not a redirect to the
/// portal, because the application's content security policy may forbid forms to lead to other hosts.
async fn sign_out(
    State(app): State<AppState>,
    ApplicationOfHost(application): ApplicationOfHost,
    headers: HeaderMap,
) -> Result<Response, AppError> {
    if !guard::is_own(&headers, application.origin.as_str()) {
        return Ok(app.web.notice(&Notice::OtherSite));
    }
    if let Some(token) = cookies::token(&headers, APPLICATION_COOKIE) {
        application_sessions::sign_out(&app.db, &token.hash(), &application.id).await?;
    }
    let mut response = app.web.notice(&Notice::LoggedOut);
    cookies::set(&mut response, &cookies::no_application_cookie());
    Ok(response)
}

fn redirect(status: StatusCode, location: &str, cookie: Option<Cookie<'static>>) -> Response {
    let mut response = (status, [(header::LOCATION, location.to_owned())]).into_response();
    if let Some(cookie) = cookie {
        cookies::set(&mut response, &cookie);
    }
    response
}

impl FromRequestParts<AppState> for ApplicationOfHost {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, Response> {
        let Some(ConnectInfo(peer)) = parts.extensions.get::<ConnectInfo<SocketAddr>>() else {
            return Err(app.web.notice(&Notice::NoApplication));
        };
        let origin = forwarded::origin_of(parts, peer.ip(), &app.config.server.trusted_proxies)
            .map_err(|odd| app.web.notice(&unclear(app, odd)))?;
        let found = app.applications.by_origin(origin.as_str()).await;
        let application = found.map_err(|error| AppError::from(error).into_response())?;
        application.map(Self).ok_or_else(|| app.web.notice(&no_application(app, &origin)))
    }
}
