use std::future::Future;

use postern_types::{Detail, What};

use crate::auth::cipher::Sealed;
use crate::store::events::{self, Act, Subject};
use crate::store::{Db, Result, Tx, accounts, meta};

/// Makes another master key the one that seals, by replacing the key check; `false` if that is no longer `kept`. It concerns every
/// account. `still_held` is asked while nobody can remove a key: if it fails, nothing is changed.
pub async fn change_key(
    db: &Db,
    act: &Act<'_>,
    kept: &Sealed,
    check: &Sealed,
    still_held: impl Future<Output = anyhow::Result<()>>,
) -> anyhow::Result<bool> {
    let mut tx = db.begin().await?;
    if !meta::replace_key_check(&mut tx, kept, check).await? {
        return Ok(false);
    }
    still_held.await?;
    record(&mut tx, act).await?;
    tx.commit().await?;
    Ok(true)
}

/// Removes a master key with `remove`, unless it is the one that seals; `None` then. Meanwhile no rotation can begin to seal with it. It is
/// announced no more, and the removal is recorded.
pub async fn remove_master_key<T>(
    db: &Db,
    act: &Act<'_>,
    key_id: &str,
    remove: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<Option<T>> {
    let mut tx = db.begin().await?;
    if !meta::claim_key_check(&mut tx, key_id).await? {
        return Ok(None);
    }
    meta::forget_next_key(&mut tx, key_id).await?;
    record(&mut tx, act).await?;
    let removed = remove.await?;
    tx.commit().await?;
    Ok(Some(removed))
}

async fn record(tx: &mut Tx, act: &Act<'_>) -> Result<()> {
    for account_id in accounts::ids(tx).await? {
        events::record(tx, act, &account_id, Subject::Account, What::MasterKeysChanged, &Detail::None).await?;
    }
    Ok(())
}
