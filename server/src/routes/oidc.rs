//! OpenID Connect (Core 1.0, Discovery 1.0, RP-Initiated Logout 1.0) and OAuth 2.0 (RFC 6749, 7009, 7662, 8414, 9207) for applications
//! that log their users in by themselves. The rules of our own API about origins and JSON do not apply here.

use axum::routing::{get, post};
use axum::{Router, middleware};
use utoipa::OpenApi;

use crate::http::{error, guard, listen};
use crate::state::AppState;

mod answer;
mod authorize;
mod client;
mod consent;
mod cors;
mod discovery;
mod failure;
mod form;
mod introspect;
mod keys;
mod next;
mod paths;
mod revoke;
mod sign_out;
mod token;
mod userinfo;

/// The routes, for the OpenAPI document.
#[derive(OpenApi)]
#[openapi(paths(
    discovery::openid_configuration,
    discovery::authorization_server,
    keys::keys,
    authorize::authorize,
    authorize::authorize_by_form,
    token::token,
    userinfo::userinfo,
    userinfo::userinfo_by_form,
    revoke::revoke,
    introspect::introspect,
    sign_out::sign_out,
    sign_out::sign_out_by_form,
))]
pub(super) struct OpenIdConnect;

/// The routes.
pub(super) fn router(app: &AppState) -> Router {
    Router::new()
        .route(paths::OPENID_CONFIGURATION, get(discovery::openid_configuration).options(cors::preflight))
        .route(paths::AUTHORIZATION_SERVER, get(discovery::authorization_server).options(cors::preflight))
        .route(paths::KEYS, get(keys::keys).options(cors::preflight))
        .route(paths::AUTHORIZE, get(authorize::authorize).post(authorize::authorize_by_form))
        .route(paths::CONSENT, post(consent::consent))
        .route(paths::ANOTHER_USER, post(consent::another_user))
        .route(paths::TOKEN, post(token::token).options(cors::preflight))
        .route(paths::USERINFO, get(userinfo::userinfo).post(userinfo::userinfo_by_form).options(cors::preflight))
        .route(paths::REVOKE, post(revoke::revoke).options(cors::preflight))
        .route(paths::INTROSPECT, post(introspect::introspect))
        .route(paths::SIGN_OUT, get(sign_out::sign_out).post(sign_out::sign_out_by_form))
        .layer((
            middleware::from_fn(error::report),
            listen::limits(),
            middleware::from_fn(guard::finish_what_was_begun),
        ))
        .with_state(app.clone())
}
