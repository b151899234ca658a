//! Refusals as OAuth and OpenID Connect define them, with a text for whoever configures the client.

use serde::Serialize;
use utoipa::ToSchema;

/// The name of a refusal (RFC 6749, 4.1.2.1 and 5.2; RFC 6750, 3.1; OpenID Connect Core 1.0, 3.1.2.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum OAuthError {
    /// A parameter is missing, repeated or malformed.
    InvalidRequest,
    /// The client is unknown, or has not proved who it is.
    InvalidClient,
    /// The code or refresh token does not work, or does not belong to this client.
    InvalidGrant,
    /// The grant type is not supported.
    UnsupportedGrantType,
    /// The response type is not supported.
    UnsupportedResponseType,
    /// More was requested than was granted.
    InvalidScope,
    /// The client may not do this.
    UnauthorizedClient,
    /// The user may not, or does not want to, use the application.
    AccessDenied,
    /// The user must log in, and the client wants no page.
    LoginRequired,
    /// The user must do something else, and the client wants no page.
    InteractionRequired,
    /// The user must be asked for consent, and the client wants no page.
    ConsentRequired,
    /// The parameter `request` is not supported.
    RequestNotSupported,
    /// The parameter `request_uri` is not supported.
    RequestUriNotSupported,
    /// The parameter `registration` is not supported.
    RegistrationNotSupported,
    /// The access token does not work.
    InvalidToken,
    /// The access token is not good for this.
    InsufficientScope,
}

/// A refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Refusal {
    /// Its name.
    pub error: OAuthError,
    /// What is wrong, for whoever configures the client.
    pub error_description: &'static str,
}

impl OAuthError {
    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

const fn refusal(error: OAuthError, error_description: &'static str) -> Refusal {
    Refusal { error, error_description }
}

use OAuthError::{
    AccessDenied, ConsentRequired, InsufficientScope, InteractionRequired, InvalidClient, InvalidGrant, InvalidRequest,
    InvalidScope, InvalidToken, LoginRequired, RegistrationNotSupported, RequestNotSupported, RequestUriNotSupported,
    UnauthorizedClient, UnsupportedGrantType, UnsupportedResponseType,
};

/// A parameter was sent more than once.
pub const REPEATED_PARAMETER: Refusal = refusal(InvalidRequest, "a parameter was sent more than once");
/// A parameter has a NUL, which PostgreSQL cannot hold.
pub const NUL: Refusal = refusal(InvalidRequest, "a parameter contains the character U+0000");
/// `response_type` is missing.
pub const NO_RESPONSE_TYPE: Refusal = refusal(InvalidRequest, "response_type is missing; it must be code");
/// Another `response_type`.
pub const RESPONSE_TYPE: Refusal = refusal(UnsupportedResponseType, "the only supported response_type is code");
/// Another `response_mode`.
pub const RESPONSE_MODE: Refusal = refusal(InvalidRequest, "response_mode must be query or form_post");
/// The request does not fit into the address of the log-in page.
pub const TOO_LONG: Refusal = refusal(InvalidRequest, "the parameters are longer than 8,000 bytes");
/// The redirect URI is not registered. It is shown on a page, because nothing is sent to such an address.
pub const REDIRECT_URI: Refusal = refusal(InvalidRequest, "redirect_uri is not registered for this client");
/// The address to go to after a log-out is not registered.
pub const SIGN_OUT_URI: Refusal = refusal(InvalidRequest, "post_logout_redirect_uri is not registered for this client");
/// `scope` lacks `openid` (OpenID Connect Core 1.0, 3.1.2.1).
pub const NO_SCOPE: Refusal =
    refusal(InvalidScope, "scope must contain openid; profile, email, groups and offline_access are known, too");
/// `prompt` has `none` and something else.
pub const PROMPT: Refusal = refusal(InvalidRequest, "prompt=none cannot be combined with another value");
/// `max_age` is no number.
pub const MAX_AGE: Refusal = refusal(InvalidRequest, "max_age must be a number of seconds");
/// The client must send a code challenge.
pub const NO_CHALLENGE: Refusal =
    refusal(InvalidRequest, "this client must use PKCE: code_challenge is missing (RFC 7636)");
/// The method of the challenge is not S256.
pub const CHALLENGE_METHOD: Refusal = refusal(InvalidRequest, "code_challenge_method must be S256");
/// The challenge cannot be one of S256.
pub const CHALLENGE: Refusal =
    refusal(InvalidRequest, "code_challenge must be the base64url-encoded SHA-256 of the verifier, without padding");
/// `request` was sent.
pub const REQUEST_OBJECT: Refusal = refusal(RequestNotSupported, "the parameter request is not supported");
/// `request_uri` was sent.
pub const REQUEST_URI: Refusal = refusal(RequestUriNotSupported, "the parameter request_uri is not supported");
/// `registration` was sent.
pub const REGISTRATION: Refusal = refusal(RegistrationNotSupported, "the parameter registration is not supported");
/// There is no session, and the client wants no page.
pub const LOGIN_REQUIRED: Refusal = refusal(LoginRequired, "the user must log in");
/// A step-up or set-up is needed, and the client wants no page.
pub const INTERACTION_REQUIRED: Refusal = refusal(InteractionRequired, "the user must show or set up a second factor");
/// Consent is needed, and the client wants no page.
pub const CONSENT_REQUIRED: Refusal = refusal(ConsentRequired, "the user must agree first");
/// The user did not agree.
pub const CONSENT_DENIED: Refusal = refusal(AccessDenied, "the user did not agree");
/// The user may not use the application.
pub const NOT_ALLOWED: Refusal = refusal(AccessDenied, "the user may not use this application");

/// `grant_type` is missing.
pub const NO_GRANT_TYPE: Refusal = refusal(InvalidRequest, "grant_type is missing");
/// Another `grant_type`.
pub const GRANT_TYPE: Refusal = refusal(UnsupportedGrantType, "grant_type must be authorization_code or refresh_token");
/// `code` is missing.
pub const NO_CODE: Refusal = refusal(InvalidRequest, "code is missing");
/// `redirect_uri` is missing.
pub const NO_REDIRECT_URI: Refusal =
    refusal(InvalidRequest, "redirect_uri is missing; it must be the one that the log-in was begun with");
/// `refresh_token` is missing.
pub const NO_REFRESH_TOKEN: Refusal = refusal(InvalidRequest, "refresh_token is missing");
/// `token` is missing.
pub const NO_TOKEN: Refusal = refusal(InvalidRequest, "token is missing");
/// The code does not work.
pub const CODE: Refusal =
    refusal(InvalidGrant, "the code is unknown, older than 60 seconds, already used, or belongs to another client");
/// The redirect URI is another one.
pub const CODE_REDIRECT_URI: Refusal =
    refusal(InvalidGrant, "redirect_uri is not the one that the log-in was begun with");
/// The verifier is missing or wrong, or there was no challenge.
pub const VERIFIER: Refusal =
    refusal(InvalidGrant, "code_verifier does not belong to the code_challenge that the log-in was begun with");
/// The session has ended, or the user has lost a right.
pub const ENDED: Refusal = refusal(InvalidGrant, "the session has ended, or the user may not use the application");
/// The refresh token does not work.
pub const REFRESH_TOKEN: Refusal =
    refusal(InvalidGrant, "the refresh token is unknown, was already used or revoked, or belongs to another client");
/// More was requested than was granted.
pub const SCOPE: Refusal = refusal(InvalidScope, "scope asks for more than was granted");

/// There is no client with this id.
pub const NO_CLIENT: Refusal = refusal(InvalidClient, "there is no client with this client_id");
/// The client did not name itself.
pub const NO_CLIENT_ID: Refusal =
    refusal(InvalidClient, "the request names no client: send client_id, or use HTTP basic authentication");
/// The secret is missing.
pub const NO_SECRET: Refusal =
    refusal(InvalidClient, "this client has a secret, which is missing: use client_secret_basic or client_secret_post");
/// The secret is wrong.
pub const SECRET: Refusal = refusal(InvalidClient, "the secret is wrong");
/// A public client sent a secret.
pub const PUBLIC_WITH_SECRET: Refusal = refusal(InvalidClient, "this client is public, and has no secret");
/// The client authenticates in two ways at once.
pub const TWO_WAYS: Refusal =
    refusal(InvalidRequest, "client_id or client_secret differ between the header and the body, or are in both");
/// The `Authorization` header cannot be read.
pub const BASIC: Refusal = refusal(InvalidClient, "the header Authorization cannot be read as Basic");
/// Only clients with a secret may do this.
pub const PUBLIC: Refusal = refusal(UnauthorizedClient, "a public client cannot introspect tokens");
/// The body is not form-encoded.
pub const NOT_A_FORM: Refusal = refusal(InvalidRequest, "the body must be application/x-www-form-urlencoded");

/// The access token does not work.
pub const ACCESS_TOKEN: Refusal = refusal(InvalidToken, "the access token is unknown, has expired, or was revoked");
/// The access token has no scope `openid`.
pub const NO_OPENID: Refusal = refusal(InsufficientScope, "the access token lacks the scope openid");
/// The access token was sent twice.
pub const TWO_TOKENS: Refusal = refusal(InvalidRequest, "the access token is in the header and in the body");
