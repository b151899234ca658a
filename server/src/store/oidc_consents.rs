//! What users have agreed to.

use super::{Db, Result, Tx};
use crate::clock::UnixTime;
use crate::ids::{ClientId, UserId};
use crate::oidc::scope::Scopes;

/// What a user has agreed to.
pub async fn find(db: &Db, user_id: &UserId, client_id: &ClientId) -> Result<Option<Scopes>> {
    let sql = "select scope from oidc_consents where user_id = $1 and client_id = $2";
    let scope: Option<String> = sqlx::query_scalar(sql).bind(user_id).bind(client_id).fetch_optional(&db.read).await?;
    Ok(scope.map(|scope| Scopes::parse(&scope)))
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
