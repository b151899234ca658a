use postern_types::{Detail, What};

use crate::display_name::DisplayName;
use crate::ids::AccountId;
use crate::store::events::{self, Act, Subject};
use crate::store::{Db, Result, accounts};

/// Adds an account; `false` if the name is taken.
pub async fn add_account(db: &Db, act: &Act<'_>, id: &AccountId, name: &DisplayName) -> Result<bool> {
    let mut tx = db.begin().await?;
    if !accounts::add(&mut tx, id, name, act.now).await? {
        return Ok(false);
    }
    events::record(&mut tx, act, id, Subject::Account, What::AccountAdded, &Detail::None).await?;
    tx.commit().await?;
    Ok(true)
}
