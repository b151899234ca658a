//! `/oidc/sign-out`: a client sends the browser here to log out (OpenID Connect RP-Initiated Logout 1.0).

use axum::extract::State;
use axum::http::{HeaderMap, Uri};
use axum::response::Response;

use super::answer::{see_other, with_query};
use super::form::Form;
use super::paths;
use crate::auth::jwt;
use crate::http::cookies::{self, Cookies, no_session_cookie};
use crate::http::error::AppError;
use crate::http::guard;
use crate::http::sessions::AnySession;
use crate::ids::{ClientId, SessionId, UserId};
use crate::oidc::claims::Hint;
use crate::oidc::client::Client;
use crate::oidc::parameters::Parameters;
use crate::oidc::refusal::SIGN_OUT_URI;
use crate::provider;
use crate::state::AppState;
use crate::store::{oidc_clients, sessions, transactions};
use crate::web::{self, Notice, Sent};

/// The parameters that the confirmation page sends back.
const KEPT: [&str; 2] = ["post_logout_redirect_uri", "state"];
/// The field on that page.
const CONFIRMED: &str = "postern_confirmed";

/// A request to log out that can be answered.
struct Asked {
    /// What the client's id token says, if it sent one that was made here.
    hint: Option<Hint>,
    /// The client, by the request or by the id token.
    client_id: Option<String>,
    /// Where the browser goes then.
    location: Option<String>,
}

/// Logs out of the portal, and of everything behind it. With an id token at once, otherwise a page asks first.
#[utoipa::path(get, path = "/oidc/sign-out", tag = "openid connect", responses(
    (status = 200, description = "A page that asks, or says that the user is logged out"),
    (status = 303, description = "To the client"),
    (status = 400, description = "The address to go to is not registered: a page that says what to mend"),
))]
pub(super) async fn sign_out(
    State(app): State<AppState>,
    session: AnySession,
    cookies: Cookies,
    uri: Uri,
) -> Result<Response, AppError> {
    let parameters = Parameters::parse(uri.query().unwrap_or_default().as_bytes());
    match Asked::read(&app, &parameters).await? {
        Ok(asked) => asked.answer(&app, &session, &cookies, &parameters).await,
        Err(notice) => Ok(app.web.notice(&notice)),
    }
}

/// The same with a form. Browsers send no session with a form from another site, so they are redirected to send GET, after the session of the
/// id token has ended.
#[utoipa::path(post, path = "/oidc/sign-out", tag = "openid connect", responses(
    (status = 200, description = "A page that says that the user is logged out"),
    (status = 303, description = "To the client, or to the same with GET"),
    (status = 400, description = "The address to go to is not registered: a page that says what to mend"),
))]
pub(super) async fn sign_out_by_form(
    State(app): State<AppState>,
    cookies: Cookies,
    headers: HeaderMap,
    Form(parameters): Form,
) -> Result<Response, AppError> {
    let asked = match Asked::read(&app, &parameters).await? {
        Ok(asked) => asked,
        Err(notice) => return Ok(app.web.notice(&notice)),
    };
    let is_confirmed = matches!(parameters.get(CONFIRMED), Ok(Some(_)))
        && guard::is_own(&headers, app.config.server.public_url.origin());
    if is_confirmed {
        return asked.end(&app, &cookies).await;
    }
    asked.end_hinted(&app).await?;
    let client_id = asked.client_id.as_deref().map(|id| ("client_id", id));
    let kept: Vec<(&str, &str)> = client_id.into_iter().chain(kept(&parameters)).collect();
    Ok(see_other(&with_query(paths::SIGN_OUT, &kept)))
}

/// The parameters that the page after this one needs.
fn kept(parameters: &Parameters) -> impl Iterator<Item = (&'static str, &str)> {
    KEPT.iter().filter_map(|name| Some((*name, parameters.get(name).ok().flatten()?)))
}

impl Asked {
    async fn read(app: &AppState, parameters: &Parameters) -> Result<Result<Self, Notice>, AppError> {
        let get = |name| parameters.get(name).ok().flatten();
        let hint = match get("id_token_hint") {
            Some(token) => {
                let keys = provider::keys::keys(app).await?.published(app.clock.now());
                jwt::read_id_token::<Hint>(token, &keys)
            }
            None => None,
        };
        let client_id = get("client_id").or(hint.as_ref().map(|hint| hint.aud.as_str()));
        if let (Some(hint), Some(client_id)) = (&hint, client_id)
            && hint.aud != client_id
        {
            return Ok(Err(Notice::BadAddress));
        }
        let named = client_id.map(str::to_owned);
        let Some(uri) = get("post_logout_redirect_uri") else {
            return Ok(Ok(Self { hint, client_id: named, location: None }));
        };
        let client: Option<Client> = match client_id {
            Some(id) => oidc_clients::find(&app.db, &ClientId::named(id.to_owned())).await?,
            None => None,
        };
        if !client.as_ref().is_some_and(|client| client.may_sign_out_to(uri)) {
            app.complaints.say(client.as_ref(), SIGN_OUT_URI, uri, app.clock.now());
            let client = client.map(|client| client.name.to_string());
            let sign_out = paths::SIGN_OUT.to_owned();
            return Ok(Err(Notice::SignOutUri { client, uri: uri.to_owned(), sign_out }));
        }
        let state = get("state").map(|state| [("state", state)]);
        let location = state.map_or_else(|| uri.to_owned(), |state| with_query(uri, &state));
        Ok(Ok(Self { hint, client_id: named, location: Some(location) }))
    }

    /// Ends the session that the id token names. If another one is open in this browser, or there is no token, a page asks.
    async fn answer(
        self,
        app: &AppState,
        session: &AnySession,
        cookies: &Cookies,
        parameters: &Parameters,
    ) -> Result<Response, AppError> {
        self.end_hinted(app).await?;
        let hinted = self.hint.as_ref().map(|hint| hint.sid.as_str());
        match session.id() {
            Some(id) if hinted != Some(id.as_str()) => Ok(self.ask(app, parameters)),
            _ => self.end(app, cookies).await,
        }
    }

    /// Ends the session that the id token names.
    async fn end_hinted(&self, app: &AppState) -> Result<(), AppError> {
        if let Some(hint) = &self.hint {
            let (user_id, session_id) = (UserId::named(hint.sub.clone()), SessionId::named(hint.sid.clone()));
            transactions::sign_out_session(&app.db, &user_id, &session_id).await?;
        }
        Ok(())
    }

    /// Ends the session of this browser. A form from another site comes without its cookie, and must not remove it.
    async fn end(self, app: &AppState, cookies: &Cookies) -> Result<Response, AppError> {
        let mut response = match self.location {
            Some(location) => see_other(&location),
            None => app.web.notice(&Notice::LoggedOut),
        };
        if let Some(token) = cookies.session() {
            sessions::end(&app.db, &token).await?;
            cookies::set(&mut response, &no_session_cookie());
        }
        Ok(response)
    }

    /// The page that asks whether to log out.
    fn ask(&self, app: &AppState, parameters: &Parameters) -> Response {
        let client_id = self.client_id.as_deref().map(|id| ("client_id", id));
        let fields: Vec<(&str, &str)> =
            client_id.into_iter().chain(kept(parameters)).chain([(CONFIRMED, "yes")]).collect();
        app.web.form(&web::Form::SignOut, Sent { action: paths::SIGN_OUT, fields: &fields })
    }
}
