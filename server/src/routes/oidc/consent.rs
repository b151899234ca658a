//! The forms on our own pages during a log-in to a client: consent, and the log-out that lets somebody else log in.

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::answer::{self, see_other};
use super::authorize::Asked;
use super::form::Form;
use super::next::{Next, next};
use super::paths;
use crate::http::client::Client as Sender;
use crate::http::cookies::{self, Cookies, no_session_cookie};
use crate::http::error::AppError;
use crate::http::guard;
use crate::http::redirects::log_in_page;
use crate::http::sessions::AnySession;
use crate::oidc::parameters::Parameters;
use crate::oidc::refusal::CONSENT_DENIED;
use crate::state::AppState;
use crate::store::events::Act;
use crate::store::{sessions, transactions};
use crate::web::Notice;

/// Takes the answer to the question for consent, and sends the browser on to the client. Everything else is checked again.
pub(super) async fn consent(
    State(app): State<AppState>,
    session: AnySession,
    sender: Sender,
    headers: HeaderMap,
    uri: Uri,
    Form(form): Form,
) -> Result<Response, AppError> {
    if !guard::is_own(&headers, app.config.server.public_url.origin()) {
        return Ok(app.web.notice(&Notice::OtherSite));
    }
    let query = uri.query().unwrap_or_default();
    let asked = match Asked::read(&app, Parameters::parse(query.as_bytes())).await? {
        Ok(asked) => asked,
        Err(notice) => return Ok(app.web.notice(&notice)),
    };
    let again = format!("{}?{query}", paths::AUTHORIZE);
    let (AnySession::Full(session), Ok(request)) = (session, asked.request(&app)) else {
        return Ok(see_other(&again));
    };
    // The page was drawn for somebody else, who has used this browser before.
    if form.get("user") != Ok(Some(session.user_id().as_str())) {
        return Ok(see_other(&again));
    }
    if form.get("decision") != Ok(Some("allow")) {
        return Ok(answer::refuse(&app, &asked.channel, CONSENT_DENIED));
    }
    let next = next(&app, &session, sender.address(), &asked.client, &asked.application, &request).await?;
    if !matches!(next, Next::Consent | Next::Code) {
        return Ok(see_other(&again));
    }
    if matches!(next, Next::Consent) && asked.client.requires_consent {
        let act = Act::of_person(session.email(), app.clock.now(), sender.address());
        let (user_id, email) = (session.user_id(), session.email());
        transactions::give_consent(&app.db, &act, user_id, email, &asked.client, &request.scopes).await?;
    }
    asked.give(&app, &session, &sender, &request).await
}

/// Ends the session and asks for another log-in, which continues to the client.
pub(super) async fn another_user(
    State(app): State<AppState>,
    cookies: Cookies,
    headers: HeaderMap,
    uri: Uri,
) -> Result<Response, AppError> {
    if !guard::is_own(&headers, app.config.server.public_url.origin()) {
        return Ok(app.web.notice(&Notice::OtherSite));
    }
    if let Some(token) = cookies.session() {
        sessions::end(&app.db, &token).await?;
    }
    // In the one form that the log-in page accepts.
    let parameters = Parameters::parse(uri.query().unwrap_or_default().as_bytes());
    let path = format!("{}?{}", paths::AUTHORIZE, parameters.encoded());
    let mut response = see_other(&log_in_page(&path));
    cookies::set(&mut response, &no_session_cookie());
    Ok(response)
}
