use crate::auth::cipher::Sealed;
use crate::ids::ChainId;
use crate::store::{Db, Result, audit_chains, audit_entries};

/// A chain whose first entries are removed.
#[derive(Debug)]
pub struct ShortenedChain<'a> {
    /// The chain.
    pub id: &'a ChainId,
    /// Its head so far.
    pub old_head: &'a Sealed,
    /// Its head with the new beginning.
    pub new_head: &'a Sealed,
    /// The number of the last entry that is removed.
    pub seq: i64,
}

/// Removes the first entries of a chain. Returns `false`, and does nothing, if its head has changed since it was read.
pub async fn shorten_chain(db: &Db, shortened: &ShortenedChain<'_>) -> Result<bool> {
    let ShortenedChain { id, old_head, new_head, seq } = *shortened;
    let mut tx = db.begin().await?;
    if !audit_chains::replace(&mut tx, id, old_head, new_head).await? {
        return Ok(false);
    }
    audit_entries::remove_to(&mut tx, id, seq).await?;
    tx.commit().await?;
    Ok(true)
}
