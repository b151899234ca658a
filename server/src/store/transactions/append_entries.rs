use crate::auth::cipher::Sealed;
use crate::ids::ChainId;
use crate::store::audit_entries::{self, Entry};
use crate::store::{Db, Result, audit_chains, audit_state};

/// What a batch adds to the audit log.
#[derive(Debug)]
pub struct Growth<'a> {
    /// The state that the batch was made from.
    pub old_state: &'a Sealed,
    /// The state after it.
    pub new_state: &'a Sealed,
    /// The chains with new entries, by their ids, so that every transaction locks them in the same order.
    pub chains: Vec<GrownChain>,
    /// The entries.
    pub entries: Vec<Entry>,
}

/// A chain with new entries.
#[derive(Debug)]
pub struct GrownChain {
    /// The chain.
    pub id: ChainId,
    /// The head that the entries follow; `None` for a new chain.
    pub old_head: Option<Sealed>,
    /// The head after them.
    pub new_head: Sealed,
}

/// Appends a batch of entries. Returns `false`, and does nothing, if the state or a head has changed since it was read: another node has
/// appended entries, or a rotation has sealed them again.
pub async fn append_entries(db: &Db, growth: &Growth<'_>) -> Result<bool> {
    let mut tx = db.begin().await?;
    if !audit_state::replace_in(&mut tx, growth.old_state, growth.new_state).await? {
        return Ok(false);
    }
    for GrownChain { id, old_head, new_head } in &growth.chains {
        match old_head {
            None => audit_chains::add(&mut tx, id, new_head).await?,
            Some(old_head) if audit_chains::replace(&mut tx, id, old_head, new_head).await? => {}
            Some(_) => return Ok(false),
        }
    }
    audit_entries::insert(&mut tx, &growth.entries).await?;
    tx.commit().await?;
    Ok(true)
}
