use postern_types::{Email, What};

use crate::addresses::ClientAddress;
use crate::clock::UnixTime;
use crate::ids::UserId;
use crate::mail::Queued;
use crate::store::events::{self, Act, Actor};
use crate::store::outbox::{self, Place};
use crate::store::unfinished_log_ins::{self, Unfinished};
use crate::store::{Db, Result, Tx, set_up_codes, users};

/// Warns a user about log-ins that showed the password, but no second factor in time. If several nodes try, one succeeds. `notice` makes
/// the mail about the latest of the log-ins. A user who is kept out, or who no longer has a second factor and needs no set-up code for a
/// new one, is not warned.
pub async fn report_unfinished(
    db: &Db,
    user_id: &UserId,
    now: UnixTime,
    notice: impl Fn(&Email, &Unfinished) -> Queued,
) -> Result<()> {
    let mut tx = db.begin().await?;
    let is_active = users::claim_active(&mut tx, user_id).await?;
    let taken = unfinished_log_ins::take(&mut tx, user_id, now).await?;
    if let Some(latest) = taken.first()
        && is_active
        && (users::two_factor_since(&mut tx, user_id).await?.is_some()
            || set_up_codes::are_demanded(&mut tx, user_id).await?)
    {
        let email = users::email_in(&mut tx, user_id).await?;
        // A thief can begin log-ins without end: what joins a mail that waits is no event of its own.
        if outbox::queue(&mut tx, &notice(&email, latest)).await? == Place::Own {
            record(&mut tx, &email, latest, now).await?;
        }
    }
    tx.commit().await
}

async fn record(tx: &mut Tx, email: &Email, latest: &Unfinished, now: UnixTime) -> Result<()> {
    let address = latest.address.parse().map_or(ClientAddress::Unknown, ClientAddress::Known);
    let act = Act { actor: Actor::Operator, now, address: Some(address) };
    events::record_of_person(tx, &act, email, What::SecondFactorNotShown).await
}
