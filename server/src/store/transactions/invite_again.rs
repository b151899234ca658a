use postern_types::{Detail, What};

use super::change_refused::ChangeRefused;
use super::claim::claim_member;
use super::welcome::{Welcome, send_invitation};
use crate::ids::MemberId;
use crate::store::authority::AdminAuthority;
use crate::store::events::{self, Act, Subject};
use crate::store::members::Whom;
use crate::store::{Db, Error, Tx, invitations, links, outbox, users};

/// Sends a new link to somebody who was invited or has not chosen a password yet. The old link is dead.
///
/// # Errors
/// If there is no such user in the account, or nothing to send: the user is locked, or has a password.
pub async fn invite_again(
    db: &Db,
    by: &AdminAuthority<'_>,
    id: &MemberId,
    welcome: &Welcome,
) -> Result<(), ChangeRefused> {
    let act = &by.act();
    let mut tx = db.begin().await?;
    let (whom, email) = claim_member(&mut tx, by, id).await?;
    if !send(&mut tx, act, &whom, welcome).await? {
        return Err(ChangeRefused::NothingToSend);
    }
    events::record(&mut tx, act, by.account_id, Subject::Person(&email), What::InvitedAgain, &Detail::None).await?;
    Ok(tx.commit().await?)
}

async fn send(tx: &mut Tx, act: &Act<'_>, whom: &Whom, welcome: &Welcome) -> Result<bool, Error> {
    match whom {
        Whom::Member(user_id) => {
            if !users::claim_active(tx, user_id).await?
                || !links::keep_first_password(tx, &welcome.link, user_id, act.now).await?
            {
                return Ok(false);
            }
            outbox::queue(tx, &welcome.first_password).await?;
        }
        Whom::Invited(id) => {
            let Some(invited) = invitations::find(tx, id).await?.filter(|invited| invited.active_since.is_some())
            else {
                return Ok(false);
            };
            send_invitation(tx, act, id, &invited.email, welcome).await?;
        }
    }
    Ok(true)
}
