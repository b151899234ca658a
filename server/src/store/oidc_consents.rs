//! What users have agreed to.

use super::{Db, Result, Tx};
use crate::clock::UnixTime;
use crate::ids::{ClientId, UserId};
use crate::oidc::scope::Scopes;

const SCOPE: &str = "select scope from oidc_consents where user_id = $1 and client_id = $2";

/// What a user has agreed to.
pub async fn find(db: &Db, user_id: &UserId, client_id: &ClientId) -> Result<Option<Scopes>> {
    let scope: Option<String> =
        sqlx::query_scalar(SCOPE).bind(user_id).bind(client_id).fetch_optional(&db.read).await?;
    Ok(scope.map(|scope| Scopes::parse(&scope)))
}

/// The same within a transaction.
pub(super) async fn find_in(tx: &mut Tx, user_id: &UserId, client_id: &ClientId) -> Result<Option<Scopes>> {
    let scope: Option<String> =
        sqlx::query_scalar(SCOPE).bind(user_id).bind(client_id).fetch_optional(&mut **tx).await?;
    Ok(scope.map(|scope| Scopes::parse(&scope)))
}

/// A consent to a client.
#[derive(Debug, sqlx::FromRow)]
pub struct Consent {
    /// The client.
    pub client_id: ClientId,
    /// The name of its application.
    pub application: String,
    /// When it was given.
    pub given_at: UnixTime,
    scope: String,
}

impl Consent {
    /// What the client may learn.
    #[must_use]
    pub fn scopes(&self) -> Scopes {
        Scopes::parse(&self.scope)
    }
}

/// The consents of a user, the newest first.
pub async fn of_user(db: &Db, user_id: &UserId) -> Result<Vec<Consent>> {
    let sql = "select o.client_id, p.name as application, o.given_at, o.scope
        from oidc_consents o join oidc_clients c on c.id = o.client_id join applications p on p.id = c.application_id
        where o.user_id = $1 order by o.given_at desc, c.name";
    sqlx::query_as(sql).bind(user_id).fetch_all(&db.read).await
}

/// Removes a consent; `false` if there is none.
pub(super) async fn take_back(tx: &mut Tx, user_id: &UserId, client_id: &ClientId) -> Result<bool> {
    let sql = "delete from oidc_consents where user_id = $1 and client_id = $2";
    Ok(sqlx::query(sql).bind(user_id).bind(client_id).execute(&mut **tx).await?.rows_affected() == 1)
}

/// Records what a user has agreed to, in place of what it was before.
pub(super) async fn keep(
    tx: &mut Tx,
    user_id: &UserId,
    client_id: &ClientId,
    scope: &str,
    now: UnixTime,
) -> Result<()> {
    let sql = "insert into oidc_consents (user_id, client_id, scope, given_at) values ($1, $2, $3, $4)
        on conflict (user_id, client_id) do update set scope = excluded.scope, given_at = excluded.given_at";
    sqlx::query(sql).bind(user_id).bind(client_id).bind(scope).bind(now).execute(&mut **tx).await.map(drop)
}
