use std::net::IpAddr;

use postern_types::{Detail, What};

use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::store::events::{self, Act, Subject};
use crate::store::{Db, Result, invitations, links};

/// Uses up the link of an invitation and makes the user a member of the account. `false` if the link is no longer valid.
pub async fn accept_invitation(db: &Db, token: &TokenHash, address: IpAddr, now: UnixTime) -> Result<bool> {
    let mut tx = db.begin().await?;
    let Some(id) = links::use_invitation(&mut tx, token, now).await? else { return Ok(false) };
    let Some(invited) = invitations::find(&mut tx, &id).await? else { return Ok(false) };
    let joined = invitations::join(&mut tx, &id, now).await?;
    if joined {
        let act = Act::of_person(&invited.email, now, address);
        let subject = Subject::Person(&invited.email);
        events::record(&mut tx, &act, &invited.account_id, subject, What::InvitationAccepted, &Detail::None).await?;
    }
    invitations::remove(&mut tx, &id).await?;
    tx.commit().await?;
    Ok(joined)
}
