use postern_types::{Detail, What};

use crate::store::events::{self, Act, Subject};
use crate::store::{Db, Result, account_security, accounts};

/// Requires a second factor in the account with this name, or stops requiring it. An existing requirement keeps its time.
/// `false` if there is no such account.
pub async fn require_two_factor(db: &Db, act: &Act<'_>, account: &str, required: bool) -> Result<bool> {
    let mut tx = db.begin().await?;
    let Some(account_id) = accounts::claim_named(&mut tx, account).await? else { return Ok(false) };
    let Some(mut settings) = account_security::read_in(&mut tx, &account_id).await? else { return Ok(false) };
    let was_required = settings.two_factor_required_at.is_some();
    settings.two_factor_required_at = required.then(|| settings.two_factor_required_at.unwrap_or(act.now));
    account_security::write(&mut tx, &account_id, &settings).await?;
    if required != was_required {
        let what = if required { What::TwoFactorRequired } else { What::TwoFactorNotRequired };
        events::record(&mut tx, act, &account_id, Subject::Account, what, &Detail::None).await?;
    }
    tx.commit().await?;
    Ok(true)
}
