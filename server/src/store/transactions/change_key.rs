use postern_types::{Detail, What};

use crate::auth::cipher::Sealed;
use crate::store::events::{self, Act, Subject};
use crate::store::{Db, Result, Tx, accounts, meta};

/// Makes another master key the one that seals, by replacing the key check; `false` if that is no longer `kept`. It concerns every
/// account.
pub async fn change_key(db: &Db, act: &Act<'_>, kept: &Sealed, check: &Sealed) -> Result<bool> {
    let mut tx = db.begin().await?;
    if !meta::replace_key_check(&mut tx, kept, check).await? {
        return Ok(false);
    }
    record(&mut tx, act).await?;
    tx.commit().await?;
    Ok(true)
}

/// Records that a master key is removed, and announces it no more.
pub async fn remove_master_key(db: &Db, act: &Act<'_>, key_id: &str) -> Result<()> {
    let mut tx = db.begin().await?;
    meta::forget_next_key(&mut tx, key_id).await?;
    record(&mut tx, act).await?;
    tx.commit().await
}

async fn record(tx: &mut Tx, act: &Act<'_>) -> Result<()> {
    for account_id in accounts::ids(tx).await? {
        events::record(tx, act, &account_id, Subject::Account, What::MasterKeysChanged, &Detail::None).await?;
    }
    Ok(())
}
