//! Every route of the API, in one table, and the document of them in another: the document costs megabytes and is made only when
//! somebody asks for it.

use std::sync::LazyLock;

use axum::extract::State;
use axum::routing::{any, delete, get, patch, post, put};
use axum::{Router, middleware};
use postern_types::{ApiError, route};
use utoipa::OpenApi;

use crate::http::compression;
use crate::http::error::{self, AppError};
use crate::http::probe::PATH as PROBE;
use crate::http::{guard, listen, refusals};
use crate::state::AppState;

mod account;
mod application_host;
mod docs;
mod document;
mod forward_auth;
mod health;
mod links;
mod me;
mod metrics;
mod oidc;
mod open;
mod probe;
mod sign_in;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Postern",
        description = "Sign-in with two-factor authentication. Mutating requests need `Content-Type: application/json`, with or \
                       without a body, and must come from the portal's own origin. Every response has `X-Request-Id` and \
                       `Cache-Control: no-store`. A step names its user in the header `Postern-User`. A request that sends it \
                       back is refused with 409 `another_user` if the session belongs to somebody else by now."
    ),
    components(schemas(ApiError)),
    paths(
        sign_in::flow::flow,
        sign_in::password::sign_in,
        sign_in::code::code,
        sign_in::recovery::recovery,
        sign_in::passkey::options,
        sign_in::passkey::show,
        sign_in::cancel::cancel,
        sign_in::set_up::confirm,
        sign_in::set_up_passkey::options,
        sign_in::set_up_passkey::set_up,
        sign_in::recovery_codes::saved,
        sign_in::recovery_codes::decline,
        sign_in::sign_out::sign_out,
        sign_in::new_password::new_password,
        links::link,
        links::password_reset,
        links::password_reset_confirm,
        links::invitation_accept,
        links::first_run,
        links::cancel_reset,
        me::step_up::step_up,
        me::step_up_passkey::options,
        me::step_up_passkey::show,
        me::password::password,
        me::sessions::list_sessions,
        me::sessions::end_other_sessions,
        me::sessions::end_session,
        me::consents::list,
        me::consents::take_back,
        me::alarm::dismiss,
        me::lockdown::lock_down,
        me::accounts::leave,
        me::authenticator::get,
        me::authenticator::begin,
        me::authenticator::confirm,
        me::passkeys::list,
        me::passkeys::options,
        me::passkeys::add,
        me::passkeys::rename,
        me::passkeys::remove,
        me::recovery_codes::get,
        me::recovery_codes::make,
        me::applications::applications,
        me::applications::icon,
        account::security::get,
        account::security::put,
        account::security::effect,
        account::security::confirm_addresses,
        account::users::list,
        account::users::add,
        account::users::get,
        account::users::patch,
        account::users::remove,
        account::resets::reset,
        account::resets::make_code,
        account::resets::list,
        account::resets::approve,
        account::resets::refuse,
        account::users::lock_down,
        account::users::invite,
        account::login_history::login_history,
        account::login_history::login_history_csv,
        account::events::events,
        account::applications::list,
        account::applications::members,
        account::applications::check,
        probe::seen,
        health::live,
        health::ready,
    )
)]
struct Document;

/// The OpenAPI document of the API, as `GET /api/openapi.json` returns it.
#[must_use]
pub fn api_document() -> utoipa::openapi::OpenApi {
    let mut document = Document::openapi();
    document.merge(forward_auth::ForwardAuth::openapi());
    document.merge(oidc::OpenIdConnect::openapi());
    document::complete(&mut document);
    document
}

/// Generated on the first request, because it takes megabytes of memory.
static DOCS: LazyLock<docs::Docs> =
    LazyLock::new(|| docs::Docs::of(&serde_json::to_value(api_document()).unwrap_or_default()));

/// The API.
pub(crate) fn router(app: &AppState) -> Router<AppState> {
    routes()
        .route("/api/openapi.json", get(async || DOCS.document()))
        .route("/api/docs", get(async || DOCS.page()))
        .route("/api", any(unknown))
        .route("/api/", any(unknown))
        .route("/api/{*rest}", any(unknown))
        .layer((
            middleware::from_fn_with_state(app.clone(), refusals::log),
            middleware::from_fn(error::report),
            compression::layer(),
            listen::limits(),
            middleware::from_fn_with_state(app.clone(), guard::refuse_other_sites),
            middleware::from_fn(guard::finish_what_was_begun),
        ))
}

/// The routes that browsers open during the log-in to an application, and those that its own server asks.
pub(crate) fn pages(app: &AppState) -> Router {
    open::router(app).merge(application_host::router(app)).merge(oidc::router(app))
}

/// The routes for forward authentication.
pub(crate) fn forward_auth(app: &AppState) -> Router {
    forward_auth::router(app)
}

/// The metrics for Prometheus.
pub(crate) fn metrics(app: &AppState) -> Router {
    metrics::router(app)
}

/// Every route of the API. [`Document`] lists the same handlers.
fn routes() -> Router<AppState> {
    passkeys()
        .route(route::FLOW, get(sign_in::flow::flow))
        .route(route::SIGN_IN, post(sign_in::password::sign_in))
        .route(route::SIGN_IN_CODE, post(sign_in::code::code))
        .route(route::SIGN_IN_RECOVERY, post(sign_in::recovery::recovery))
        .route(route::SIGN_IN_CANCEL, post(sign_in::cancel::cancel))
        .route(route::SET_UP_CONFIRM, post(sign_in::set_up::confirm))
        .route(route::RECOVERY_CODES_SAVED, post(sign_in::recovery_codes::saved))
        .route(route::RECOVERY_CODES_DECLINE, post(sign_in::recovery_codes::decline))
        .route(route::SIGN_OUT, post(sign_in::sign_out::sign_out))
        .route(route::SIGN_IN_NEW_PASSWORD, post(sign_in::new_password::new_password))
        .route(route::LINK, post(links::link))
        .route(route::PASSWORD_RESET, post(links::password_reset))
        .route(route::PASSWORD_RESET_CONFIRM, post(links::password_reset_confirm))
        .route(route::INVITATION_ACCEPT, post(links::invitation_accept))
        .route(route::FIRST_RUN, post(links::first_run))
        .route(route::RESET_CANCEL, post(links::cancel_reset))
        .route(route::STEP_UP, post(me::step_up::step_up))
        .route(route::MY_PASSWORD, post(me::password::password))
        .route(route::MY_SESSIONS, get(me::sessions::list_sessions).delete(me::sessions::end_other_sessions))
        .route(route::MY_SESSION, delete(me::sessions::end_session))
        .route(route::MY_CONSENTS, get(me::consents::list))
        .route(route::MY_CONSENT, delete(me::consents::take_back))
        .route(route::MY_ALARM_DISMISS, post(me::alarm::dismiss))
        .route(route::MY_LOCKDOWN, post(me::lockdown::lock_down))
        .route(route::MY_ACCOUNT_LEAVE, post(me::accounts::leave))
        .route(route::MY_AUTHENTICATOR, get(me::authenticator::get).post(me::authenticator::begin))
        .route(route::MY_AUTHENTICATOR_CONFIRM, post(me::authenticator::confirm))
        .route(route::MY_RECOVERY_CODES, get(me::recovery_codes::get).post(me::recovery_codes::make))
        .route(route::MY_APPLICATIONS, get(me::applications::applications))
        .route(me::applications::ICON, get(me::applications::icon))
        .route(route::ACCOUNT_SECURITY, get(account::security::get).put(account::security::put))
        .route(route::ACCOUNT_SECURITY_EFFECT, get(account::security::effect))
        .route(route::ACCOUNT_ADDRESSES_CONFIRM, post(account::security::confirm_addresses))
        .route(route::ACCOUNT_USERS, get(account::users::list).post(account::users::add))
        .route(
            route::ACCOUNT_USER,
            get(account::users::get).patch(account::users::patch).delete(account::users::remove),
        )
        .route(route::ACCOUNT_USER_RESET, post(account::resets::reset))
        .route(route::ACCOUNT_USER_SET_UP_CODE, post(account::resets::make_code))
        .route(route::ACCOUNT_RESET_REQUESTS, get(account::resets::list))
        .route(route::ACCOUNT_RESET_APPROVE, post(account::resets::approve))
        .route(route::ACCOUNT_RESET_REFUSE, post(account::resets::refuse))
        .route(route::ACCOUNT_USER_LOCKDOWN, post(account::users::lock_down))
        .route(route::ACCOUNT_USER_INVITE, post(account::users::invite))
        .route(route::ACCOUNT_LOGIN_HISTORY, get(account::login_history::login_history))
        .route(route::ACCOUNT_LOGIN_HISTORY_CSV, get(account::login_history::login_history_csv))
        .route(route::ACCOUNT_EVENTS, get(account::events::events))
        .route(route::ACCOUNT_APPLICATIONS, get(account::applications::list))
        .route(route::ACCOUNT_APPLICATION_MEMBERS, put(account::applications::members))
        .route(route::ACCOUNT_APPLICATIONS_CHECK, post(account::applications::check))
        .route(PROBE, get(probe::seen))
        .route("/health/live", get(health::live))
        .route("/health/ready", get(health::ready))
}

/// The routes of passkeys.
fn passkeys() -> Router<AppState> {
    Router::new()
        .route(route::SIGN_IN_PASSKEY_OPTIONS, post(sign_in::passkey::options))
        .route(route::SIGN_IN_PASSKEY, post(sign_in::passkey::show))
        .route(route::SET_UP_PASSKEY_OPTIONS, post(sign_in::set_up_passkey::options))
        .route(route::SET_UP_PASSKEY, post(sign_in::set_up_passkey::set_up))
        .route(route::STEP_UP_PASSKEY_OPTIONS, post(me::step_up_passkey::options))
        .route(route::STEP_UP_PASSKEY, post(me::step_up_passkey::show))
        .route(route::MY_PASSKEYS, get(me::passkeys::list).post(me::passkeys::add))
        .route(route::MY_PASSKEYS_OPTIONS, post(me::passkeys::options))
        .route(route::MY_PASSKEY, patch(me::passkeys::rename).delete(me::passkeys::remove))
}

/// An unknown path below `/api` is never answered with a page.
async fn unknown(State(_): State<AppState>) -> AppError {
    ApiError::NotFound.into()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_document_has_every_path_of_the_api() {
        // A router names its paths nowhere else.
        let shown = format!("{:?}", routes());
        let of_router = shown
            .split('"')
            .filter(|text| text.starts_with("/api") || text.starts_with("/health"))
            .collect::<BTreeSet<_>>();
        let document = Document::openapi();
        let of_document = document.paths.paths.keys().map(String::as_str).collect::<BTreeSet<_>>();
        assert!(of_router.len() > 30, "{shown}");
        assert_eq!(of_router, of_document);
    }
}
