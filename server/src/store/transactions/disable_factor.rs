use postern_types::{Email, What};

use crate::addresses::ClientAddress;
use crate::clock::UnixTime;
use crate::ids::UserId;
use crate::mail::Queued;
use crate::metrics::counted::Counted;
use crate::store::events::{self, Act, Actor};
use crate::store::{Db, Result, factors, memberships, outbox, users};

/// Disables a user's second factor until a reset, or a log-in with a recovery code (R11). The first time, this is recorded as an event,
/// and the person and the accounts' administrators are notified: `notice` makes the mail for a recipient, about a user.
pub async fn disable_factor(
    db: &Db,
    user_id: &UserId,
    address: ClientAddress,
    now: UnixTime,
    notice: impl Fn(&Email, &Email) -> Queued,
) -> Result<()> {
    let mut tx = db.begin().await?;
    if !users::claim(&mut tx, user_id).await? || !factors::disable(&mut tx, user_id, now).await? {
        return Ok(());
    }
    let email = users::email_in(&mut tx, user_id).await?;
    let act = Act { actor: Actor::Operator, now, address: Some(address) };
    events::record_of_person(&mut tx, &act, &email, What::TwoFactorDisabled).await?;
    let mut recipients = memberships::admins_of(&mut tx, user_id).await?;
    recipients.push(email.clone());
    // Every such transaction takes the limits of recipients in the same order.
    recipients.sort_by(|one, other| one.as_str().cmp(other.as_str()));
    recipients.dedup();
    for recipient in &recipients {
        outbox::queue(&mut tx, &notice(recipient, &email)).await?;
    }
    tx.count_after_commit(Counted::disabled_factor);
    tx.commit().await
}
