use postern_types::What;

use crate::addresses::ClientAddress;
use crate::clock::UnixTime;
use crate::ids::{SessionId, UserId};
use crate::store::events::{self, Act};
use crate::store::recovery_codes::{self, NewSet};
use crate::store::{Result, Tx, users};

/// Gives a user a new set of recovery codes, if there is one, and records it. Nothing happens if the user has saved or declined a set in
/// another session in the meantime. The caller has locked the user's row.
pub(super) async fn give_recovery_codes(
    tx: &mut Tx,
    user_id: &UserId,
    session_id: &SessionId,
    new: Option<&NewSet>,
    address: ClientAddress,
    now: UnixTime,
) -> Result<()> {
    let Some(new) = new else { return Ok(()) };
    if !recovery_codes::give(tx, user_id, session_id, new, now).await? {
        return Ok(());
    }
    let email = users::email_in(tx, user_id).await?;
    let act = Act::of_person(&email, now, address);
    events::record_of_person(tx, &act, &email, What::RecoveryCodesMade).await
}
