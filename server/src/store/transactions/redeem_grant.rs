use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::{ClientId, GrantId};
use crate::oidc::client::Client;
use crate::store::oidc_grants::{self, Issued, LiveGrant};
use crate::store::{Db, Result, Tx, oidc_access_tokens, oidc_log_ins};

/// Uses up the code of a client; `None` if it does not work. Any attempt of the client uses up the code, and a later one ends everything
/// that the first has granted.
pub async fn use_code(db: &Db, code: &TokenHash, client_id: &ClientId, now: UnixTime) -> Result<Option<Issued>> {
    let mut tx = db.begin().await?;
    oidc_grants::claim_session_of_code(&mut tx, code).await?;
    let issued = oidc_grants::take_code(&mut tx, code, client_id, now).await?;
    tx.commit().await?;
    Ok(issued)
}

/// The tokens to give to a client.
#[derive(Clone, Copy, Debug)]
pub struct NewTokens<'a> {
    /// Hash of the access token.
    pub access_token: &'a TokenHash,
    /// When the access token expires.
    pub expires_at: UnixTime,
    /// What the access token is good for.
    pub scope: &'a str,
    /// Hash of the refresh token.
    pub refresh_token: &'a TokenHash,
    /// Now.
    pub now: UnixTime,
}

/// Stores the first tokens of a grant whose code was just used; `false` if it has ended since.
pub async fn begin_grant(db: &Db, grant: &LiveGrant, client: &Client, tokens: &NewTokens<'_>) -> Result<bool> {
    let mut tx = db.begin().await?;
    if !oidc_grants::claim_session(&mut tx, &grant.id, tokens.now).await? {
        return Ok(false);
    }
    if !oidc_grants::set_refresh_token(&mut tx, &grant.id, tokens.refresh_token).await? {
        return Ok(false);
    }
    oidc_grants::end_oldest(&mut tx, grant).await?;
    keep(&mut tx, &grant.id, tokens).await?;
    if client.back_channel_uri.is_some() {
        oidc_log_ins::add(&mut tx, &client.id, &grant.session_id, &grant.user_id).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// Replaces the refresh token of a grant, and stores another access token; `false` if the refresh token does not work. One that was
/// used before ends the grant. This counts as a use of the session.
pub async fn refresh_grant(
    db: &Db,
    id: &GrantId,
    client_id: &ClientId,
    old: &TokenHash,
    tokens: &NewTokens<'_>,
) -> Result<bool> {
    let mut tx = db.begin().await?;
    if !oidc_grants::claim_session(&mut tx, id, tokens.now).await? {
        return Ok(false);
    }
    let is_rotated = oidc_grants::rotate(&mut tx, id, client_id, old, tokens.refresh_token).await?;
    if is_rotated {
        keep(&mut tx, id, tokens).await?;
    }
    tx.commit().await?;
    Ok(is_rotated)
}

/// Ends a grant if this is a refresh token of it that was used before.
pub async fn end_grant_of_used_token(db: &Db, id: &GrantId, client_id: &ClientId, token: &TokenHash) -> Result<()> {
    let mut tx = db.begin().await?;
    oidc_grants::end_of_used_token(&mut tx, id, client_id, token).await?;
    tx.commit().await
}

async fn keep(tx: &mut Tx, id: &GrantId, tokens: &NewTokens<'_>) -> Result<()> {
    oidc_access_tokens::add(tx, tokens.access_token, id, tokens.scope, tokens.expires_at).await
}
