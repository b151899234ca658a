//! A client: a program of an application that logs its users in by OpenID Connect.

pub use super::client_kind::ClientKind;
use super::key::Algorithm;
use super::redirect_uri::RedirectUri;
use crate::display_name::DisplayName;
use crate::ids::{ApplicationId, ClientId};

/// A client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its id, the `client_id`.
    pub id: ClientId,
    /// The application whose rules say who may log in.
    pub application_id: ApplicationId,
    /// Its name, which is unique.
    pub name: DisplayName,
    /// Where answers may be sent.
    pub redirect_uris: Vec<RedirectUri>,
    /// Where a browser may go after a log-out.
    pub sign_out_uris: Vec<RedirectUri>,
    /// Where the end of a session is announced.
    pub back_channel_uri: Option<RedirectUri>,
    /// Whether it can keep a secret.
    pub kind: ClientKind,
    /// Whether every log-in needs a code challenge.
    pub pkce: Pkce,
    /// Whether users are asked once whether the client may learn who they are.
    pub requires_consent: bool,
    /// Whether id tokens have the claims of the userinfo response.
    pub has_id_token_claims: bool,
    /// The algorithm of its id tokens and JWTs.
    pub algorithm: Algorithm,
    /// The form of its access tokens.
    pub access_tokens: TokenForm,
}

/// Whether a client must send a code challenge. One that was sent is always enforced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pkce {
    /// It may.
    Optional,
    /// It must.
    Required,
}

/// The form of access tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenForm {
    /// Random text.
    Opaque,
    /// A JWT (RFC 9068).
    Jwt,
}

impl Client {
    /// Whether the client may have answers sent to this URI.
    #[must_use]
    pub fn may_redirect_to(&self, uri: &str) -> bool {
        self.redirect_uris.iter().any(|registered| registered.allows(uri, self.kind))
    }

    /// Whether a browser may go to this URI after a log-out.
    #[must_use]
    pub fn may_sign_out_to(&self, uri: &str) -> bool {
        self.sign_out_uris.iter().any(|registered| registered.as_str() == uri)
    }

    /// Whether a log-in needs a code challenge: always for a public client.
    #[must_use]
    pub fn requires_challenge(&self) -> bool {
        self.kind == ClientKind::Public || self.pkce == Pkce::Required
    }
}
