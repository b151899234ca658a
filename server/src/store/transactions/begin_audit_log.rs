use crate::auth::cipher::Sealed;
use crate::store::{Db, Result, audit_state, meta};

/// Puts a key check that knows of an audit log in the place of an earlier one, and stores the first state of the log; `false` if there is
/// a state or a chain already, or the key check is another one by now.
pub async fn begin_audit_log(db: &Db, kept: &Sealed, check: &Sealed, state: &Sealed) -> Result<bool> {
    let mut tx = db.begin().await?;
    if !meta::replace_key_check(&mut tx, kept, check).await? {
        return Ok(false);
    }
    let has_begun = audit_state::begin(&mut tx, state).await?;
    tx.commit().await?;
    Ok(has_begun)
}
