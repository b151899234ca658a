//! What clients can find out about the portal (OpenID Connect Discovery 1.0, RFC 8414).

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderName, HeaderValue, header};
use axum::response::Response;
use serde::Serialize;
use strum::IntoEnumIterator;
use utoipa::ToSchema;

use super::{cors, paths};
use crate::oidc::claims::Acr;
use crate::oidc::key::Algorithm;
use crate::oidc::lifetimes::KEYS_KEPT_S;
use crate::oidc::scope::Scope;
use crate::state::AppState;

/// The metadata of the portal as a provider.
#[derive(Debug, Serialize, ToSchema)]
pub(super) struct Metadata {
    /// The portal's origin.
    issuer: String,
    authorization_endpoint: String,
    token_endpoint: String,
    userinfo_endpoint: String,
    jwks_uri: String,
    end_session_endpoint: String,
    revocation_endpoint: String,
    introspection_endpoint: String,
    scopes_supported: Vec<&'static str>,
    response_types_supported: [&'static str; 1],
    response_modes_supported: [&'static str; 2],
    grant_types_supported: [&'static str; 2],
    subject_types_supported: [&'static str; 1],
    id_token_signing_alg_values_supported: [Algorithm; 2],
    token_endpoint_auth_methods_supported: [&'static str; 3],
    revocation_endpoint_auth_methods_supported: [&'static str; 3],
    introspection_endpoint_auth_methods_supported: [&'static str; 2],
    code_challenge_methods_supported: [&'static str; 1],
    claims_supported: [&'static str; 15],
    acr_values_supported: Vec<&'static str>,
    prompt_values_supported: [&'static str; 4],
    ui_locales_supported: [&'static str; 1],
    #[serde(flatten)]
    switches: Switches,
}

/// What is and what is not supported.
#[derive(Debug, Serialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "the specifications have them")]
struct Switches {
    claims_parameter_supported: bool,
    request_parameter_supported: bool,
    request_uri_parameter_supported: bool,
    authorization_response_iss_parameter_supported: bool,
    backchannel_logout_supported: bool,
    backchannel_logout_session_supported: bool,
}

/// The metadata for OpenID Connect clients.
#[utoipa::path(get, path = "/.well-known/openid-configuration", tag = "openid connect", responses(
    (status = 200, description = "The metadata", body = Metadata),
))]
pub(super) async fn openid_configuration(State(app): State<AppState>) -> Response {
    document(&app)
}

/// The same metadata for clients of OAuth 2.0.
#[utoipa::path(get, path = "/.well-known/oauth-authorization-server", tag = "openid connect", responses(
    (status = 200, description = "The metadata", body = Metadata),
))]
pub(super) async fn authorization_server(State(app): State<AppState>) -> Response {
    document(&app)
}

fn document(app: &AppState) -> Response {
    cors::readable((kept(), Json(Metadata::of(app.config.server.public_url.origin()))))
}

/// Clients may keep what does not change from one hour to the next.
pub(super) fn kept() -> [(HeaderName, HeaderValue); 1] {
    let value = HeaderValue::try_from(format!("public, max-age={KEYS_KEPT_S}"));
    [(header::CACHE_CONTROL, value.unwrap_or(HeaderValue::from_static("no-store")))]
}

impl Metadata {
    fn of(issuer: &str) -> Self {
        let at = |path: &str| format!("{issuer}{path}");
        Self {
            issuer: issuer.to_owned(),
            authorization_endpoint: at(paths::AUTHORIZE),
            token_endpoint: at(paths::TOKEN),
            userinfo_endpoint: at(paths::USERINFO),
            jwks_uri: at(paths::KEYS),
            end_session_endpoint: at(paths::SIGN_OUT),
            revocation_endpoint: at(paths::REVOKE),
            introspection_endpoint: at(paths::INTROSPECT),
            scopes_supported: Scope::names(),
            response_types_supported: ["code"],
            response_modes_supported: ["query", "form_post"],
            grant_types_supported: ["authorization_code", "refresh_token"],
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: [Algorithm::Rs256, Algorithm::Es256],
            token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
            revocation_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post", "none"],
            introspection_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
            code_challenge_methods_supported: ["S256"],
            claims_supported: [
                "iss",
                "sub",
                "aud",
                "exp",
                "iat",
                "auth_time",
                "nonce",
                "acr",
                "amr",
                "sid",
                "email",
                "email_verified",
                "name",
                "preferred_username",
                "groups",
            ],
            acr_values_supported: Acr::iter().map(Acr::as_str).collect(),
            prompt_values_supported: ["none", "login", "consent", "select_account"],
            ui_locales_supported: ["en"],
            switches: Switches {
                claims_parameter_supported: false,
                request_parameter_supported: false,
                request_uri_parameter_supported: false,
                authorization_response_iss_parameter_supported: true,
                backchannel_logout_supported: true,
                backchannel_logout_session_supported: true,
            },
        }
    }
}
