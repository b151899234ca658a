//! The alarm that sessions show if a code of their user was entered again.

use super::{Result, Tx};
use crate::addresses::ClientAddress;
use crate::clock::UnixTime;
use crate::ids::{SessionId, UserId};

/// Shows the alarm in all of a user's full sessions, with the client's address.
pub(super) async fn show(tx: &mut Tx, user_id: &UserId, address: ClientAddress, now: UnixTime) -> Result<()> {
    let sql = "update sessions set code_replayed_at = $2, code_replayed_from = $3
        where user_id = $1 and authenticated_at is not null";
    sqlx::query(sql).bind(user_id).bind(now).bind(address.to_string()).execute(&mut **tx).await.map(drop)
}

/// Stops showing the alarm in one session.
pub(super) async fn dismiss(tx: &mut Tx, id: &SessionId) -> Result<()> {
    let sql = "update sessions set code_replayed_at = null, code_replayed_from = null
        where id = $1 and code_replayed_at is not null";
    sqlx::query(sql).bind(id).execute(&mut **tx).await.map(drop)
}
