//! `GET /open`: logs this browser in to an application. `/.postern/start` on the application's host redirects here. `POST /open`
//! logs out first.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Router, middleware};
use postern_types::RequestMethod;

use crate::applications::{Application, Asked, Decision, decide};
use crate::auth::token::Token;
use crate::http::client::Client;
use crate::http::cookies::{self, Cookies, no_session_cookie};
use crate::http::error::{self, AppError};
use crate::http::redirects::{Callback, Need, OPEN, Opening, log_in_page, step_up_page};
use crate::http::sessions::{AnySession, FullSession};
use crate::http::{guard, listen};
use crate::state::AppState;
use crate::store::application_codes::{self, NewCode};
use crate::store::{applications, grants, sessions};
use crate::web::{Notice, Refused};

/// The route.
pub(super) fn router(app: &AppState) -> Router {
    Router::new()
        .route(OPEN, get(open).post(sign_out))
        .layer((middleware::from_fn(error::report), listen::limits()))
        .with_state(app.clone())
}

/// Redirects the browser to the application with a code, or first to the log-in.
async fn open(
    State(app): State<AppState>,
    session: AnySession,
    client: Client,
    uri: Uri,
) -> Result<Response, AppError> {
    let Some(opening) = uri.query().and_then(Opening::parse) else { return Ok(app.web.notice(&Notice::BadAddress)) };
    let Some(application) = applications::find(&app.db, &opening.application_id).await? else {
        return Ok(app.web.notice(&Notice::NoApplication));
    };
    let path = uri.path_and_query().map_or(OPEN, |path| path.as_str());
    let AnySession::Full(session) = session else { return Ok(found(&log_in_page(path))) };
    let visitor = grants::visitor(&app.db, &session, &application.id).await?;
    let asked = Asked {
        path: opening.target.path(),
        method: RequestMethod::Get,
        address: client.address(),
        at: app.clock.now(),
    };
    let name = || application.name.to_string();
    match decide(&application, &asked, Some(&visitor)) {
        Decision::Open { .. } => Ok(found(&format!("{}{}", application.origin, opening.target.as_str()))),
        Decision::Allow { .. } => give(&app, &session, &application, &opening, path).await,
        Decision::LogIn { .. } => Ok(found(&log_in_page(path))),
        Decision::LogInAgain { .. } => Ok(found(&step_up_page(Need::RecentLogIn, path))),
        Decision::ShowFactor { .. } => Ok(found(&step_up_page(Need::FreshFactor, path))),
        Decision::SecondFactorMissing { .. } => Ok(found(&step_up_page(Need::SecondFactor, path))),
        Decision::NotAllowed(refusal) => {
            let email = Some(session.email().to_string());
            let refused = Refused { application: name(), email, method: asked.method, sign_out: path.to_owned() };
            Ok(app.web.notice(&Notice::of(refusal, refused)))
        }
    }
}

/// Ends the session and asks for another log-in, which continues to the application. A form on a notice of [`open`] sends this request.
async fn sign_out(
    State(app): State<AppState>,
    cookies: Cookies,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, AppError> {
    if !guard::is_own(&headers, app.config.server.public_url.origin()) {
        return Ok(app.web.notice(&Notice::OtherSite));
    }
    if uri.query().and_then(Opening::parse).is_none() {
        return Ok(app.web.notice(&Notice::BadAddress));
    }
    if let Some(token) = cookies.session() {
        sessions::end(&app.db, &token).await?;
    }
    let path = uri.path_and_query().map_or(OPEN, |path| path.as_str());
    let mut response = (StatusCode::SEE_OTHER, [(header::LOCATION, log_in_page(path))]).into_response();
    cookies::set(&mut response, &no_session_cookie());
    Ok(response)
}

/// Issues a code. If the session has ended in the meantime, the browser must log in first.
async fn give(
    app: &AppState,
    session: &FullSession,
    application: &Application,
    opening: &Opening,
    path: &str,
) -> Result<Response, AppError> {
    let code = Token::random();
    let new = NewCode {
        code: &code.hash(),
        begin: &opening.begin,
        session_id: session.id(),
        token: session.token(),
        application_id: &application.id,
        target: opening.target.as_str(),
        now: app.clock.now(),
    };
    if application_codes::issue(&app.db, &new).await? {
        return Ok(found(&Callback::url(&application.origin, &code, opening.is_again)));
    }
    Ok(found(&log_in_page(path)))
}

fn found(location: &str) -> Response {
    (StatusCode::FOUND, [(header::LOCATION, location.to_owned())]).into_response()
}
