//! `/oidc/authorize`: a client sends the browser here to log a user in (OpenID Connect Core 1.0, 3.1.2).

use axum::extract::State;
use axum::http::Uri;
use axum::response::Response;
use postern_types::RequestMethod;

use super::answer::{self, found, see_other};
use super::form::Form;
use super::log_in_since;
use super::next::{Next, next, without_hint};
use super::paths;
use crate::applications::Application;
use crate::auth::token::Token;
use crate::http::client::Client as Sender;
use crate::http::error::AppError;
use crate::http::redirects::{Need, log_in_page, step_up_page};
use crate::http::sessions::{AnySession, FullSession};
use crate::ids::{ClientId, GrantId};
use crate::oidc::client::Client;
use crate::oidc::parameters::Parameters;
use crate::oidc::refusal::{
    CONSENT_REQUIRED, INTERACTION_REQUIRED, LOGIN_REQUIRED, NO_CLIENT, NOT_ALLOWED, REDIRECT_URI, Refusal,
};
use crate::oidc::request::{APPLICATION, AuthorizationRequest, ReturnChannel};
use crate::state::AppState;
use crate::store::oidc_grants::{self, NewGrant};
use crate::store::{applications, oidc_clients};
use crate::web::{self, Notice, Refused, Sent};

/// How many characters of an unknown id are shown.
const SHOWN_ID: usize = 100;

/// A request of a client that may have its answer at the redirect URI.
pub(super) struct Asked {
    pub(super) client: Client,
    pub(super) application: Application,
    pub(super) channel: ReturnChannel,
    pub(super) parameters: Parameters,
}

/// Logs the user of this browser in to a client: redirects to the client with a code, or to the log-in first.
#[utoipa::path(get, path = "/oidc/authorize", tag = "openid connect", responses(
    (status = 200, description = "A page that asks for consent, or posts the answer to the client (`response_mode=form_post`)"),
    (status = 302, description = "To the log-in, which returns here"),
    (status = 303, description = "To the client, with a code or a refusal"),
    (status = 400, description = "Client or redirect URI are not registered: a page that says what to mend"),
    (status = 403, description = "The user may not use the application: a page that says why"),
))]
pub(super) async fn authorize(
    State(app): State<AppState>,
    session: AnySession,
    sender: Sender,
    uri: Uri,
) -> Result<Response, AppError> {
    let parameters = Parameters::parse(uri.query().unwrap_or_default().as_bytes());
    let asked = match Asked::read(&app, parameters).await? {
        Ok(asked) => asked,
        Err(notice) => return Ok(app.web.notice(&notice)),
    };
    let refuse = |client: &Client, channel: &ReturnChannel, refusal: Refusal| {
        app.complaints.say(Some(client), refusal, "", app.clock.now());
        answer::refuse(&app, channel, refusal)
    };
    let asked = match without_hint(&app, &asked.client, asked.parameters).await? {
        Ok(parameters) => Asked { parameters, ..asked },
        Err(refusal) => return Ok(refuse(&asked.client, &asked.channel, refusal)),
    };
    let request = match asked.request(&app) {
        Ok(request) => request,
        Err(refusal) => return Ok(refuse(&asked.client, &asked.channel, refusal)),
    };
    let AnySession::Full(session) = session else {
        if request.is_silent {
            return Ok(answer::refuse(&app, &asked.channel, LOGIN_REQUIRED));
        }
        return Ok(found(&log_in_page(&asked.path_since(&app))));
    };
    let next = next(&app, &session, sender.address(), &asked.client, &asked.application, &request).await?;
    asked.go_on(&app, &session, &sender, &request, next).await
}

/// The same with a form. Browsers send no session with a form from another site, so they are redirected to send GET.
#[utoipa::path(post, path = "/oidc/authorize", tag = "openid connect", responses(
    (status = 303, description = "To the same with GET"),
    (status = 400, description = "The body is no form", body = Refusal),
))]
pub(super) async fn authorize_by_form(Form(parameters): Form) -> Response {
    see_other(&format!("{}?{}", paths::AUTHORIZE, parameters.encoded()))
}

impl Asked {
    /// Finds the client, and checks that it may have its answer where it wants it. Nothing is sent to an address before that.
    pub(super) async fn read(app: &AppState, parameters: Parameters) -> Result<Result<Self, Notice>, AppError> {
        let id = parameters.get("client_id").ok().flatten().unwrap_or_default();
        let no_client = || Notice::NoClient { id: id.chars().take(SHOWN_ID).collect() };
        let Some(client) = oidc_clients::find(&app.db, &ClientId::named(id.to_owned())).await? else {
            app.complaints.say(None, NO_CLIENT, id, app.clock.now());
            return Ok(Err(no_client()));
        };
        let uri = parameters.get("redirect_uri").ok().flatten().unwrap_or_default();
        if !client.may_redirect_to(uri) {
            app.complaints.say(Some(&client), REDIRECT_URI, uri, app.clock.now());
            return Ok(Err(Notice::RedirectUri { client: client.name.to_string(), uri: uri.to_owned() }));
        }
        let Some(application) = applications::find(&app.db, &client.application_id).await? else {
            return Ok(Err(no_client()));
        };
        let channel = ReturnChannel::read(&parameters, uri);
        Ok(Ok(Self { client, application, channel, parameters }))
    }

    /// What the client asks for.
    pub(super) fn request(&self, app: &AppState) -> Result<AuthorizationRequest, Refusal> {
        let log_in_since = log_in_since::read(&app.cipher, &self.parameters);
        AuthorizationRequest::read(&self.parameters, &self.client, log_in_since)
    }

    /// The address of this request, to return to.
    fn path(&self) -> String {
        self.path_with(&self.parameters)
    }

    /// The same, after a log-in: one from now on is recent enough.
    fn path_since(&self, app: &AppState) -> String {
        self.path_with(&log_in_since::keep(&app.cipher, &self.parameters, app.clock.now()))
    }

    fn path_with(&self, parameters: &Parameters) -> String {
        let parameters = parameters.with(APPLICATION, self.application.id.as_str());
        format!("{}?{}", paths::AUTHORIZE, parameters.encoded())
    }

    async fn go_on(
        self,
        app: &AppState,
        session: &FullSession,
        sender: &Sender,
        request: &AuthorizationRequest,
        next: Next,
    ) -> Result<Response, AppError> {
        let refuse = |refusal| Ok(answer::refuse(app, &self.channel, refusal));
        match next {
            Next::Refuse(refusal) => refuse(refusal),
            Next::StepUp(Need::RecentLogIn) if request.is_silent => refuse(LOGIN_REQUIRED),
            Next::StepUp(_) if request.is_silent => refuse(INTERACTION_REQUIRED),
            Next::Consent if request.is_silent => refuse(CONSENT_REQUIRED),
            Next::Barred(_) if request.is_silent => refuse(NOT_ALLOWED),
            Next::StepUp(need @ Need::RecentLogIn) => Ok(found(&step_up_page(need, &self.path_since(app)))),
            Next::StepUp(need) => Ok(found(&step_up_page(need, &self.path()))),
            Next::Consent => Ok(self.ask(app, session, request)),
            Next::Barred(barred) => {
                let refused = Refused {
                    application: self.application.name.to_string(),
                    email: Some(session.email().to_string()),
                    method: RequestMethod::Get,
                    sign_out: format!("{}?{}", paths::ANOTHER_USER, self.parameters.encoded()),
                };
                Ok(app.web.notice(&Notice::of(barred, refused)))
            }
            Next::Code => self.give(app, session, sender, request).await,
        }
    }

    /// The page that asks for consent. It names the user for whom it was drawn.
    fn ask(&self, app: &AppState, session: &FullSession, request: &AuthorizationRequest) -> Response {
        let action = format!("{}?{}", paths::CONSENT, self.parameters.encoded());
        let email = session.email().to_string();
        let form = web::Form::Consent { client: self.client.name.as_str(), email: &email, scopes: &request.scopes };
        app.web.form(&form, Sent { action: &action, fields: &[("user", session.user_id().as_str())] })
    }

    /// Sends a code. If the session has ended in the meantime, the browser must log in first.
    pub(super) async fn give(
        &self,
        app: &AppState,
        session: &FullSession,
        sender: &Sender,
        request: &AuthorizationRequest,
    ) -> Result<Response, AppError> {
        let code = Token::random();
        let new = NewGrant {
            id: &GrantId::random(),
            client_id: &self.client.id,
            session_id: session.id(),
            token: session.token(),
            scope: &request.scopes.to_string(),
            nonce: request.nonce.as_deref(),
            address: sender.address(),
            code: &code.hash(),
            redirect_uri: &self.channel.redirect_uri,
            challenge: request.challenge.as_ref(),
            now: app.clock.now(),
        };
        if oidc_grants::begin(&app.db, &new).await? {
            return Ok(answer::code(app, &self.channel, &code));
        }
        Ok(found(&log_in_page(&self.path_since(app))))
    }
}
