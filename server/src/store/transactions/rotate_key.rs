use postern_types::{Detail, What};

use crate::clock::UnixTime;
use crate::store::events::{self, Act, Subject};
use crate::store::oidc_keys::{self, NewKey};
use crate::store::{Db, Result, accounts};

/// Adds the next key of an algorithm, which signs from a given time on; `false` if one is already waiting. It concerns every account.
pub async fn rotate_key(db: &Db, act: &Act<'_>, key: &NewKey<'_>, active_from: UnixTime) -> Result<bool> {
    let mut tx = db.begin().await?;
    if !oidc_keys::add_next(&mut tx, key, active_from).await? {
        return Ok(false);
    }
    for account_id in accounts::ids(&mut tx).await? {
        events::record(&mut tx, act, &account_id, Subject::Account, What::SigningKeyMade, &Detail::None).await?;
    }
    tx.commit().await?;
    Ok(true)
}
