//! The tokens that a client gets.

use anyhow::Context;
use serde::Serialize;
use utoipa::ToSchema;

use super::keys;
use super::rights::Entitled;
use crate::auth::jwt::{self, TokenType};
use crate::auth::token::{Token, TokenHash, random_id};
use crate::clock::UnixTime;
use crate::oidc::claims::{self, Acr, IdToken, at_hash};
use crate::oidc::client::{Client, TokenForm};
use crate::oidc::lifetimes::{ACCESS_TOKEN_S, ID_TOKEN_S, JWT_S};
use crate::oidc::refresh_token::RefreshToken;
use crate::oidc::scope::{Scope, Scopes};
use crate::state::AppState;
use crate::store::known_keys::Key;
use crate::store::transactions::NewTokens;

/// The response with tokens (RFC 6749, 5.1; OpenID Connect Core 1.0, 3.1.3.3).
#[derive(Serialize, ToSchema)]
pub struct TokenResponse {
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token expires.
    expires_in: i64,
    refresh_token: String,
    /// What the access token is good for.
    scope: String,
    /// Present with the scope `openid`.
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<String>,
}

/// Tokens that are not stored yet.
pub struct Draft {
    access_token: String,
    refresh_token: RefreshToken,
    hashes: [TokenHash; 2],
    scope: String,
    id_token: Option<String>,
    now: UnixTime,
    expires_at: UnixTime,
}

/// Makes tokens for a client. A nonce belongs in the first id token only (OpenID Connect Core 1.0, 12.2).
///
/// # Errors
/// If the database fails, or there is no key.
pub async fn draft(
    app: &AppState,
    entitled: &Entitled,
    client: &Client,
    scopes: &Scopes,
    nonce: Option<&str>,
) -> anyhow::Result<Draft> {
    let now = app.clock.now();
    let keys = keys::keys(app).await?;
    let key = keys.current(client.algorithm, now).context("there is no key that signs")?;
    let scope = scopes.to_string();
    let lifetime_s = if client.access_tokens == TokenForm::Jwt { JWT_S } else { ACCESS_TOKEN_S };
    let expires_at = entitled.grant.expires_at.min(now + lifetime_s);
    let access_token = match client.access_tokens {
        TokenForm::Opaque => Token::random().expose().to_owned(),
        TokenForm::Jwt => access_jwt(app, entitled, client, key, &scope, now, expires_at)?,
    };
    let id_token = if scopes.contain(Scope::Openid) {
        Some(id_token(app, entitled, client, key, scopes, nonce, &access_token).await?)
    } else {
        None
    };
    let refresh_token = RefreshToken::random(entitled.grant.id.clone());
    let hashes = [TokenHash::of_text(&access_token), refresh_token.hash()];
    Ok(Draft { access_token, refresh_token, hashes, scope, id_token, now, expires_at })
}

impl Draft {
    /// What is stored of them.
    #[must_use]
    pub fn to_store(&self) -> NewTokens<'_> {
        let [access_token, refresh_token] = &self.hashes;
        let Self { scope, now, expires_at, .. } = self;
        NewTokens { access_token, refresh_token, scope, now: *now, expires_at: *expires_at }
    }

    /// The response, once they are stored.
    #[must_use]
    pub fn into_response(self) -> TokenResponse {
        TokenResponse {
            access_token: self.access_token,
            token_type: "Bearer",
            expires_in: self.expires_at - self.now,
            refresh_token: self.refresh_token.expose(),
            scope: self.scope,
            id_token: self.id_token,
        }
    }
}

async fn id_token(
    app: &AppState,
    entitled: &Entitled,
    client: &Client,
    key: &Key,
    scopes: &Scopes,
    nonce: Option<&str>,
    access_token: &str,
) -> anyhow::Result<String> {
    let grant = &entitled.grant;
    let user = if client.has_id_token_claims { Some(entitled.user_claims(app, scopes).await?) } else { None };
    let now = app.clock.now();
    let claims = IdToken {
        iss: app.config.server.public_url.origin(),
        sub: grant.user_id.as_str(),
        aud: client.id.as_str(),
        exp: now + ID_TOKEN_S,
        iat: now,
        auth_time: grant.authenticated_at(),
        nonce,
        acr: Acr::of(&grant.factors).as_str(),
        amr: grant.factors.amr(),
        at_hash: at_hash(access_token),
        sid: grant.session_id.as_str(),
        user,
    };
    jwt::sign(&key.private, &key.public, TokenType::Id, &claims)
}

fn access_jwt(
    app: &AppState,
    entitled: &Entitled,
    client: &Client,
    key: &Key,
    scope: &str,
    iat: UnixTime,
    exp: UnixTime,
) -> anyhow::Result<String> {
    let grant = &entitled.grant;
    let claims = claims::AccessToken {
        iss: app.config.server.public_url.origin(),
        sub: grant.user_id.as_str(),
        aud: entitled.application.origin.as_str(),
        client_id: client.id.as_str(),
        exp,
        iat,
        jti: &random_id(),
        scope,
        auth_time: grant.authenticated_at(),
        acr: Acr::of(&grant.factors).as_str(),
        amr: grant.factors.amr(),
    };
    jwt::sign(&key.private, &key.public, TokenType::Access, &claims)
}
