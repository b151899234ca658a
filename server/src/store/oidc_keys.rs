//! The keys that sign tokens. Their private halves are sealed.

use super::{Db, Result, Tx};
use crate::auth::cipher::Sealed;
use crate::clock::UnixTime;
use crate::ids::KeyId;
use crate::oidc::key::{Algorithm, Term};

/// A key as it is stored.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StoredKey {
    /// The `kid`.
    pub id: KeyId,
    algorithm: String,
    generation: i64,
    /// The private half, in PKCS #8.
    pub private_key_sealed: Sealed,
    /// The public half: a JWK in JSON.
    pub public_key: String,
    /// When it was made.
    pub created_at: UnixTime,
    active_from: UnixTime,
}

/// A key to store.
#[derive(Clone, Copy, Debug)]
pub struct NewKey<'a> {
    /// The `kid`.
    pub id: &'a KeyId,
    /// The algorithm.
    pub algorithm: Algorithm,
    /// The private half.
    pub private_key_sealed: &'a Sealed,
    /// The public half.
    pub public_key: &'a str,
    /// Now.
    pub now: UnixTime,
}

impl StoredKey {
    /// When it signs; `None` for an algorithm that this version does not know.
    #[must_use]
    pub fn term(&self) -> Option<Term> {
        let algorithm = self.algorithm.parse().ok()?;
        Some(Term { algorithm, generation: self.generation, active_from: self.active_from })
    }

    /// Whether it is a key of this algorithm.
    #[must_use]
    pub fn is_of(&self, algorithm: Algorithm) -> bool {
        self.algorithm == algorithm.as_str()
    }
}

/// All keys, the oldest first.
pub async fn all(db: &Db) -> Result<Vec<StoredKey>> {
    let sql = "select id, algorithm, generation, private_key_sealed, public_key, created_at, active_from
        from oidc_keys order by algorithm desc, generation";
    sqlx::query_as(sql).fetch_all(&db.read).await
}

/// Stores the first key of an algorithm, which signs at once. If another node has one already, that one stays.
pub async fn add_first(db: &Db, key: &NewKey<'_>) -> Result<()> {
    let sql =
        "insert into oidc_keys (id, algorithm, generation, private_key_sealed, public_key, created_at, active_from)
        values ($1, $2, 1, $3, $4, $5, $5) on conflict (algorithm, generation) do nothing";
    sqlx::query(sql)
        .bind(key.id)
        .bind(key.algorithm.as_str())
        .bind(key.private_key_sealed)
        .bind(key.public_key)
        .bind(key.now)
        .execute(&db.write)
        .await
        .map(drop)
}

/// Stores the next key of an algorithm, which signs from a given time on; `false` if there is one already that has yet to sign, or none
/// at all.
pub(super) async fn add_next(tx: &mut Tx, key: &NewKey<'_>, active_from: UnixTime) -> Result<bool> {
    let sql =
        "insert into oidc_keys (id, algorithm, generation, private_key_sealed, public_key, created_at, active_from)
        select $1, $2, max(generation) + 1, $3, $4, $5, $6 from oidc_keys where algorithm = $2
        having max(active_from) <= $5
        on conflict (algorithm, generation) do nothing";
    let added = sqlx::query(sql)
        .bind(key.id)
        .bind(key.algorithm.as_str())
        .bind(key.private_key_sealed)
        .bind(key.public_key)
        .bind(key.now)
        .bind(active_from)
        .execute(&mut **tx)
        .await?;
    Ok(added.rows_affected() == 1)
}

/// Removes a key that is no longer published.
pub async fn remove(db: &Db, id: &KeyId) -> Result<()> {
    sqlx::query("delete from oidc_keys where id = $1").bind(id).execute(&db.write).await.map(drop)
}
