//! The secrets of clients. Two work at the same time, so that one can be replaced without a gap.

use super::{Db, Result, Tx};
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::ClientId;

/// How many secrets of a client work at the same time.
const MOST: i64 = 2;

/// Whether this is a secret of the client.
pub async fn is_valid(db: &Db, client_id: &ClientId, secret: &TokenHash) -> Result<bool> {
    let sql = "select count(*) from oidc_secrets where client_id = $1 and secret_hash = $2";
    let found: i64 = sqlx::query_scalar(sql).bind(client_id).bind(secret).fetch_one(&db.read).await?;
    Ok(found == 1)
}

/// Adds a secret, and removes the oldest ones beyond [`MOST`]. The client's row is locked.
pub(super) async fn add(tx: &mut Tx, client_id: &ClientId, secret: &TokenHash, now: UnixTime) -> Result<()> {
    let sql = "delete from oidc_secrets where secret_hash in (select secret_hash from oidc_secrets
        where client_id = $1 order by created_at desc, secret_hash limit 1000 offset $2)";
    sqlx::query(sql).bind(client_id).bind(MOST - 1).execute(&mut **tx).await?;
    let sql = "insert into oidc_secrets (secret_hash, client_id, created_at) values ($1, $2, $3)";
    sqlx::query(sql).bind(secret).bind(client_id).bind(now).execute(&mut **tx).await.map(drop)
}
