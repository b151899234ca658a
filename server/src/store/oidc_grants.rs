//! What users have allowed clients to do. A grant begins with a code, goes on with refresh tokens, and ends with the session at the
//! latest.

use sqlx::AssertSqlSafe;

use super::{Db, Result, Tx};
use crate::addresses::ClientAddress;
use crate::applications::{Grant, Visitor};
use crate::auth::factors::ShownFactors;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::{ApplicationId, ClientId, GrantId, SessionId, UserId};
use crate::oidc::lifetimes::CODE_S;
use crate::oidc::pkce::Challenge;

/// The most grants of one client in one session. Several tabs and devices of a program that runs in browsers each have one.
const MOST: i64 = 50;

/// The most codes of one client in one session that wait to be used.
const MOST_UNUSED: i64 = 20;

/// A grant to begin, with its code.
#[derive(Clone, Copy, Debug)]
pub struct NewGrant<'a> {
    /// A new id.
    pub id: &'a GrantId,
    /// The client.
    pub client_id: &'a ClientId,
    /// The portal's session.
    pub session_id: &'a SessionId,
    /// Hash of that session's token.
    pub token: &'a TokenHash,
    /// What the client may learn.
    pub scope: &'a str,
    /// As the client sent it.
    pub nonce: Option<&'a str>,
    /// The address of the user's browser.
    pub address: ClientAddress,
    /// Hash of the code.
    pub code: &'a TokenHash,
    /// Where the code is sent.
    pub redirect_uri: &'a str,
    /// The code challenge.
    pub challenge: Option<&'a Challenge>,
    /// Now.
    pub now: UnixTime,
}

/// What a code was issued for.
#[derive(Debug, sqlx::FromRow)]
pub struct Issued {
    /// The grant.
    pub id: GrantId,
    /// Where the code was sent.
    pub redirect_uri: String,
    /// The code challenge.
    pub code_challenge: Option<Challenge>,
}

/// A grant whose session is live, and its user.
#[derive(Debug, sqlx::FromRow)]
pub struct LiveGrant {
    /// Its id.
    pub id: GrantId,
    /// The client.
    pub client_id: ClientId,
    /// The client's application.
    pub application_id: ApplicationId,
    /// What the client may learn.
    pub scope: String,
    /// As the client sent it.
    pub nonce: Option<String>,
    /// The portal's session.
    pub session_id: SessionId,
    /// The user.
    pub user_id: UserId,
    /// The user name.
    pub email: String,
    /// The display name; may be empty.
    pub name: String,
    /// The factors that were shown.
    #[sqlx(try_from = "String")]
    pub factors: ShownFactors,
    /// When the session ends at the latest.
    pub expires_at: UnixTime,
    address: String,
    authenticated_at: UnixTime,
    factor_shown_at: Option<UnixTime>,
    two_factor_since: Option<UnixTime>,
    email_unconfirmed_since: Option<UnixTime>,
}

impl LiveGrant {
    /// When the user logged in.
    #[must_use]
    pub const fn authenticated_at(&self) -> UnixTime {
        self.authenticated_at
    }

    /// The address of the user's browser.
    #[must_use]
    pub fn address(&self) -> ClientAddress {
        self.address.parse().map_or(ClientAddress::Unknown, ClientAddress::Known)
    }

    /// Whether the user name is verified: a link that was sent there was used, or the operator has entered it.
    #[must_use]
    pub const fn is_email_verified(&self) -> bool {
        self.email_unconfirmed_since.is_none()
    }

    /// Whether the session has shown a second factor.
    #[must_use]
    pub const fn has_shown_factor(&self) -> bool {
        self.factor_shown_at.is_some()
    }

    /// The user, in relation to the application.
    #[must_use]
    pub const fn visitor(&self, grants: Vec<Grant>) -> Visitor {
        Visitor {
            authenticated_at: Some(self.authenticated_at),
            factor_shown_at: self.factor_shown_at,
            two_factor_since: self.two_factor_since,
            new_password_since: None,
            grants,
        }
    }
}

/// Begins a grant; `false` if the session has ended or has a new token, or its user must replace the password or is locked.
pub async fn begin(db: &Db, new: &NewGrant<'_>) -> Result<bool> {
    let sql = "insert into oidc_grants (id, client_id, session_id, scope, nonce, address, code_hash, redirect_uri, code_challenge,
            code_expires_at, created_at)
        select $1, c.id, s.id, $2, $3, $4, $5, $6, $7, $8, $9
        from sessions s join users u on u.id = s.user_id join oidc_clients c on c.id = $10
        where s.id = $11 and s.token_hash = $12 and s.authenticated_at is not null and s.new_password_since is null
            and s.expires_at > $9 and u.locked_at is null";
    let begun = sqlx::query(sql)
        .bind(new.id)
        .bind(new.scope)
        .bind(new.nonce)
        .bind(new.address.to_string())
        .bind(new.code)
        .bind(new.redirect_uri)
        .bind(new.challenge)
        .bind(new.now + CODE_S)
        .bind(new.now)
        .bind(new.client_id)
        .bind(new.session_id)
        .bind(new.token)
        .execute(&db.write)
        .await?;
    end_unused(db, new).await?;
    Ok(begun.rows_affected() == 1)
}

/// Ends all but the newest [`MOST_UNUSED`] codes of a client in a session, so that nobody fills the database.
async fn end_unused(db: &Db, new: &NewGrant<'_>) -> Result<()> {
    let sql = "delete from oidc_grants where id in (select id from oidc_grants
        where session_id = $1 and client_id = $2 and id <> $3 and refresh_hash is null
        order by created_at desc, id limit 1000 offset $4)";
    let query = sqlx::query(sql).bind(new.session_id).bind(new.client_id).bind(new.id).bind(MOST_UNUSED - 1);
    query.execute(&db.write).await.map(drop)
}

/// Locks the session of a code, before the code's row: the same order as when a session is ended.
pub(super) async fn claim_session_of_code(tx: &mut Tx, code: &TokenHash) -> Result<()> {
    let sql = "update sessions set last_seen_at = last_seen_at
        where id = (select session_id from oidc_grants where code_hash = $1)";
    sqlx::query(sql).bind(code).execute(&mut **tx).await.map(drop)
}

/// Locks the session of a grant, and records a use of it; `false` if it has ended.
pub(super) async fn claim_session(tx: &mut Tx, id: &GrantId, now: UnixTime) -> Result<bool> {
    let sql = "update sessions set last_seen_at = case when last_seen_at < $2 then $2 else last_seen_at end
        where id = (select session_id from oidc_grants where id = $1) and authenticated_at is not null
            and new_password_since is null and expires_at > $2";
    Ok(sqlx::query(sql).bind(id).bind(now).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Uses up a code of this client; `None` if there is no such code, it has expired, or it was used before. Then everything that it
/// had granted ends (RFC 6749, 4.1.2). While the first use is being answered, nothing has been granted yet: of several at once, one gets
/// its tokens.
pub(super) async fn take_code(
    tx: &mut Tx,
    code: &TokenHash,
    client_id: &ClientId,
    now: UnixTime,
) -> Result<Option<Issued>> {
    let sql = "update oidc_grants set code_used_at = $3
        where code_hash = $1 and client_id = $2 and code_used_at is null and code_expires_at > $3
        returning id, redirect_uri, code_challenge";
    let issued: Option<Issued> =
        sqlx::query_as(sql).bind(code).bind(client_id).bind(now).fetch_optional(&mut **tx).await?;
    if issued.is_none() {
        let sql = "delete from oidc_grants where code_hash = $1 and client_id = $2 and refresh_hash is not null";
        sqlx::query(sql).bind(code).bind(client_id).execute(&mut **tx).await?;
    }
    Ok(issued)
}

/// Gives a grant its first refresh token; `false` if it has one, or has ended. Its code was just used.
pub(super) async fn set_refresh_token(tx: &mut Tx, id: &GrantId, token: &TokenHash) -> Result<bool> {
    let sql = "update oidc_grants set refresh_hash = $2 where id = $1 and refresh_hash is null";
    Ok(sqlx::query(sql).bind(id).bind(token).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Ends all but the newest [`MOST`] grants of a client in the same session: some clients log in anew every few minutes.
pub(super) async fn end_oldest(tx: &mut Tx, grant: &LiveGrant) -> Result<()> {
    let sql = "delete from oidc_grants where id in (select id from oidc_grants
        where session_id = $1 and client_id = $2 and id <> $3 and refresh_hash is not null
        order by created_at desc, id limit 1000 offset $4)";
    let query = sqlx::query(sql).bind(&grant.session_id).bind(&grant.client_id).bind(&grant.id).bind(MOST - 1);
    query.execute(&mut **tx).await.map(drop)
}

/// Replaces the refresh token of a grant; `false` if it is not the one that works now. If another one works now, this one was used
/// before: then the grant ends, because somebody else may have it (RFC 9700, 4.14.2).
pub(super) async fn rotate(
    tx: &mut Tx,
    id: &GrantId,
    client_id: &ClientId,
    old: &TokenHash,
    new: &TokenHash,
) -> Result<bool> {
    let sql = "update oidc_grants set refresh_hash = $4 where id = $1 and client_id = $2 and refresh_hash = $3";
    let rotated = sqlx::query(sql).bind(id).bind(client_id).bind(old).bind(new).execute(&mut **tx).await?;
    if rotated.rows_affected() == 0 {
        end_of_used_token(tx, id, client_id, old).await?;
    }
    Ok(rotated.rows_affected() == 1)
}

/// Ends a grant if this is a refresh token of it that was used before.
pub(super) async fn end_of_used_token(
    tx: &mut Tx,
    id: &GrantId,
    client_id: &ClientId,
    token: &TokenHash,
) -> Result<()> {
    let sql = "delete from oidc_grants where id = $1 and client_id = $2 and refresh_hash <> $3";
    sqlx::query(sql).bind(id).bind(client_id).bind(token).execute(&mut **tx).await.map(drop)
}

/// Ends the grant of a refresh token that works now, and all its tokens.
pub async fn revoke(db: &Db, id: &GrantId, client_id: &ClientId, token: &TokenHash) -> Result<()> {
    let sql = "delete from oidc_grants where id = $1 and client_id = $2 and refresh_hash = $3";
    sqlx::query(sql).bind(id).bind(client_id).bind(token).execute(&db.write).await.map(drop)
}

/// Ends all grants of a client to a user, with their tokens. Their sessions are locked first: the same order as when a session is ended.
pub(super) async fn end_of_user(tx: &mut Tx, user_id: &UserId, client_id: &ClientId) -> Result<()> {
    let sql = "update sessions set last_seen_at = last_seen_at
        where user_id = $1 and id in (select session_id from oidc_grants where client_id = $2)";
    sqlx::query(sql).bind(user_id).bind(client_id).execute(&mut **tx).await?;
    let sql = "delete from oidc_grants
        where client_id = $2 and session_id in (select id from sessions where user_id = $1)";
    sqlx::query(sql).bind(user_id).bind(client_id).execute(&mut **tx).await.map(drop)
}

/// The live grant of a refresh token that works now.
pub async fn of_refresh_token(
    db: &Db,
    id: &GrantId,
    token: &TokenHash,
    now: UnixTime,
    idle_s: i64,
) -> Result<Option<LiveGrant>> {
    let sql = format!("{LIVE} and g.id = $3 and g.refresh_hash = $4");
    let query = sqlx::query_as(AssertSqlSafe(sql)).bind(now).bind(now - idle_s);
    query.bind(id).bind(token).fetch_optional(&db.read).await
}

/// The grant, if its session is live.
pub async fn live(db: &Db, id: &GrantId, now: UnixTime, idle_s: i64) -> Result<Option<LiveGrant>> {
    let sql = format!("{LIVE} and g.id = $3");
    sqlx::query_as(AssertSqlSafe(sql)).bind(now).bind(now - idle_s).bind(id).fetch_optional(&db.read).await
}

/// The live grants at the time `$1`, of sessions that were used after the time `$2`: as in `sessions::find`. Where consent is
/// required, it must not have been taken back, even while the grant began.
const LIVE: &str = "select g.id, g.client_id, c.application_id, g.scope, g.nonce, g.session_id, s.user_id, u.email, u.name,
            case when s.factors = 'password' and s.factor_shown_at is not null then 'password totp' else s.factors end as factors,
            s.expires_at, g.address, s.authenticated_at, s.factor_shown_at, u.two_factor_since, u.email_unconfirmed_since
        from oidc_grants g join oidc_clients c on c.id = g.client_id join sessions s on s.id = g.session_id
            join users u on u.id = s.user_id
        where s.authenticated_at is not null and s.new_password_since is null and s.expires_at > $1 and s.last_seen_at > $2
            and u.locked_at is null
            and exists (select 1 from memberships o where o.user_id = u.id and o.locked_at is null)
            and (c.consent_required_since is null
                or exists (select 1 from oidc_consents a where a.user_id = u.id and a.client_id = c.id))";

/// Removes at most `limit` grants whose code has expired and has brought no tokens. Returns whether there may be more.
pub async fn remove_unused(db: &Db, now: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from oidc_grants where id in (select id from oidc_grants
        where refresh_hash is null and code_expires_at <= $1 limit $2)";
    let removed = sqlx::query(sql).bind(now).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
