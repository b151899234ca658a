use super::change_refused::ChangeRefused;
use super::claim::claim_own;
use crate::auth::cipher::Sealed;
use crate::store::authority::Authority;
use crate::store::{Db, factors};

/// Stores a new secret for a session that sets up or replaces an app, unless it has one, and returns the stored one.
///
/// # Errors
/// If the session has ended.
pub async fn begin_replacement(db: &Db, by: &Authority<'_>, fresh: &Sealed) -> Result<Sealed, ChangeRefused> {
    let mut tx = db.begin().await?;
    claim_own(&mut tx, by).await?;
    let kept = factors::keep_replacement(&mut tx, by.session, fresh, by.at).await?;
    tx.commit().await?;
    Ok(kept)
}
