use postern_types::{Detail, What};

use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::store::events::{self, Act, Actor, Subject};
use crate::store::{Db, Result, accounts, invitations, links, users};

/// Uses an invitation up: the user becomes a member of the account. `false`, and nothing is used up, where the link does not
/// work any more or the operator has locked the person.
pub async fn accept_invitation(db: &Db, token: &TokenHash, now: UnixTime) -> Result<bool> {
    let mut tx = db.begin().await?;
    let Some(id) = links::invitation_of(&mut tx, token, now).await? else { return Ok(false) };
    let Some(invited) = invitations::find(&mut tx, &id).await? else { return Ok(false) };
    accounts::claim(&mut tx, &invited.account_id).await?;
    // From here on nobody else changes the person or the invitation; what follows sees what they are now.
    if !users::claim_unlocked(&mut tx, &invited.user_id).await?
        || !links::use_invitation(&mut tx, token, now).await?
        || !invitations::join(&mut tx, &id, now).await?
    {
        return Ok(false);
    }
    // Where the person reads mails is not the account's business.
    let act = Act { actor: Actor::Person(&invited.email), now, address: None };
    let subject = Subject::Person(&invited.email);
    events::record(&mut tx, &act, &invited.account_id, subject, What::InvitationAccepted, &Detail::None).await?;
    invitations::remove(&mut tx, &id).await?;
    tx.commit().await?;
    Ok(true)
}
