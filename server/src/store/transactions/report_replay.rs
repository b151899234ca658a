use postern_types::What;

use super::change_refused::ChangeRefused;
use super::claim::claim_own;
use crate::addresses::ClientAddress;
use crate::auth::totp::TimeStep;
use crate::clock::UnixTime;
use crate::ids::UserId;
use crate::mail::Queued;
use crate::store::authority::Authority;
use crate::store::events::{self, Act, Actor};
use crate::store::{Db, Result, factors, outbox, replays, users};

/// Warns a user whose code of this time step was entered again: by mail, in every session of theirs, and in the record. Nothing
/// happens if it is not the last code that was accepted: an older one may never have been used.
pub async fn report_replay(
    db: &Db,
    user_id: &UserId,
    step: TimeStep,
    address: ClientAddress,
    now: UnixTime,
    notice: &Queued,
) -> Result<()> {
    let mut tx = db.begin().await?;
    if !users::claim_active(&mut tx, user_id).await? || !factors::is_last_step(&mut tx, user_id, step).await? {
        return Ok(());
    }
    replays::show(&mut tx, user_id, address, now).await?;
    let email = users::email_in(&mut tx, user_id).await?;
    let act = Act { actor: Actor::Operator, now, address: Some(address) };
    events::record_of_person(&mut tx, &act, &email, What::CodeReplayed).await?;
    outbox::queue(&mut tx, notice).await?;
    tx.commit().await
}

/// Stops showing the alarm in the session of the request.
///
/// # Errors
/// If the session has ended.
pub async fn dismiss_alarm(db: &Db, by: &Authority<'_>) -> std::result::Result<(), ChangeRefused> {
    let mut tx = db.begin().await?;
    claim_own(&mut tx, by).await?;
    replays::dismiss(&mut tx, by.session.id()).await?;
    Ok(tx.commit().await?)
}
