use postern_types::{Detail, What};

use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::store::events::{self, Act, Actor, Subject};
use crate::store::{Db, Result, invitations, links};

/// Uses an invitation up: the user becomes a member of the account. `false` where the link does not work any more.
pub async fn accept_invitation(db: &Db, token: &TokenHash, now: UnixTime) -> Result<bool> {
    let mut tx = db.begin().await?;
    let Some(id) = links::use_invitation(&mut tx, token, now).await? else { return Ok(false) };
    let Some(invited) = invitations::find(&mut tx, &id).await? else { return Ok(false) };
    let joined = invitations::join(&mut tx, &id, now).await?;
    if joined {
        // Where the person reads mails is not the account's business.
        let act = Act { actor: Actor::Person(&invited.email), now, address: None };
        let subject = Subject::Person(&invited.email);
        events::record(&mut tx, &act, &invited.account_id, subject, What::InvitationAccepted, &Detail::None).await?;
    }
    invitations::remove(&mut tx, &id).await?;
    tx.commit().await?;
    Ok(joined)
}
