//! What a request to log in to a client needs next.

use crate::addresses::ClientAddress;
use crate::applications::{Admission, Application, Refusal as Barred, admit};
use crate::auth::jwt;
use crate::http::error::AppError;
use crate::http::redirects::Need;
use crate::http::sessions::FullSession;
use crate::oidc::claims::{Acr, Hint};
use crate::oidc::client::Client;
use crate::oidc::parameters::Parameters;
use crate::oidc::refusal::{LOGIN_REQUIRED, Refusal};
use crate::oidc::request::{AuthorizationRequest, EXPECTED_USER, is_silent};
use crate::provider;
use crate::state::AppState;
use crate::store::{grants, oidc_consents};

/// What comes next.
#[derive(Debug)]
pub(super) enum Next {
    /// The user must log in again, or do something else first.
    StepUp(Need),
    /// The user must be asked.
    Consent,
    /// The client gets its code.
    Code,
    /// The user may not use the application.
    Barred(Barred<'static>),
    /// The client gets a refusal.
    Refuse(Refusal),
}

/// What the user of a session needs next.
pub(super) async fn next(
    app: &AppState,
    session: &FullSession,
    address: ClientAddress,
    client: &Client,
    application: &Application,
    request: &AuthorizationRequest,
) -> Result<Next, AppError> {
    let now = app.clock.now();
    let authenticated_at = session.authenticated_at().unwrap_or_default();
    if request.needs_log_in(authenticated_at, now) {
        return Ok(Next::StepUp(Need::RecentLogIn));
    }
    if request.expected_user.as_ref().is_some_and(|user| user != session.user_id().as_str()) {
        // Somebody else has logged in although this user was expected.
        let is_over = request.is_silent || request.has_caused(authenticated_at, now);
        return Ok(if is_over { Next::Refuse(LOGIN_REQUIRED) } else { Next::StepUp(Need::RecentLogIn) });
    }
    let visitor = grants::visitor(&app.db, session, &application.id).await?;
    let needs_two_factors = request.acr >= Acr::TwoFactors;
    let application = Application { two_factor: application.two_factor || needs_two_factors, ..application.clone() };
    match admit(&application, address, now, &visitor) {
        Admission::Admitted => {}
        Admission::LogInAgain => return Ok(Next::StepUp(Need::RecentLogIn)),
        Admission::ShowFactor => return Ok(Next::StepUp(Need::FreshFactor)),
        Admission::SecondFactorMissing => return Ok(Next::StepUp(Need::SecondFactor)),
        Admission::Refused(barred) => return Ok(Next::Barred(barred)),
    }
    let is_asked =
        request.wants_consent || (client.requires_consent && !has_agreed(app, session, client, request).await?);
    Ok(if is_asked { Next::Consent } else { Next::Code })
}

/// The parameters with the user of an id token in place of the token. One that can no longer be checked says nothing; a client that
/// wants no page is told so.
pub(super) async fn without_hint(
    app: &AppState,
    client: &Client,
    parameters: Parameters,
) -> Result<Result<Parameters, Refusal>, AppError> {
    let token = match parameters.get("id_token_hint") {
        Ok(Some(token)) => token,
        // A request without pages never comes back from the log-in, so nobody but its sender can have named the user.
        Ok(None) if is_silent(&parameters) => return Ok(Ok(parameters.without(EXPECTED_USER))),
        Ok(None) => return Ok(Ok(parameters)),
        Err(refusal) => return Ok(Err(refusal)),
    };
    let keys = provider::keys::keys(app).await?.published(app.clock.now());
    let hint = jwt::read_id_token::<Hint>(token, &keys).filter(|hint| hint.aud == client.id.as_str());
    let without = parameters.without("id_token_hint");
    Ok(match hint {
        Some(hint) => Ok(without.with(EXPECTED_USER, &hint.sub)),
        None if is_silent(&parameters) => Err(LOGIN_REQUIRED),
        None => Ok(without),
    })
}

async fn has_agreed(
    app: &AppState,
    session: &FullSession,
    client: &Client,
    request: &AuthorizationRequest,
) -> Result<bool, AppError> {
    let agreed = oidc_consents::find(&app.db, session.user_id(), &client.id).await?;
    Ok(agreed.is_some_and(|scopes| scopes.cover(&request.scopes)))
}
