use postern_types::{Detail, What};

use crate::auth::password::PasswordHash;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::ids::{MemberId, UserId};
use crate::store::events::{self, Act, Actor, Subject};
use crate::store::invitations::Invited;
use crate::store::users::{self, Credentials, NewUser};
use crate::store::{Db, Result, Tx, accounts, invitations, links, reset_requests, set_up_codes, user_names};

/// What came of an invitation. Nothing is used up unless it was accepted.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvitationUse {
    /// The user with its e-mail is a member of the account.
    Accepted,
    /// The link no longer works, there is no such user, or the operator has locked them.
    None,
    /// An administrator of another account has given the user this e-mail: whoever knows the user's password may not be the
    /// person who reads the mail.
    EmailUnconfirmed,
}

/// Uses up an invitation.
pub async fn accept_invitation(db: &Db, token: &TokenHash, now: UnixTime) -> Result<InvitationUse> {
    let mut tx = db.begin().await?;
    let Some((id, invited)) = claim(&mut tx, token, now).await? else { return Ok(InvitationUse::None) };
    let user_id = users::claim_unlocked_named(&mut tx, &invited.email).await?;
    let Some(user_id) = user_id else { return Ok(InvitationUse::None) };
    if user_names::is_email_unconfirmed(&mut tx, &user_id).await? {
        return Ok(InvitationUse::EmailUnconfirmed);
    }
    if !join(&mut tx, token, &id, &invited, &user_id, now).await? {
        return Ok(InvitationUse::None);
    }
    tx.commit().await?;
    Ok(InvitationUse::Accepted)
}

/// The same for somebody who is not a user yet, and becomes one with this password. Returns what a log-in needs; `None` where
/// there is such a user by now.
pub async fn accept_as_new_user(
    db: &Db,
    token: &TokenHash,
    password_hash: &PasswordHash,
    now: UnixTime,
) -> Result<Option<Credentials>> {
    let mut tx = db.begin().await?;
    let Some((id, invited)) = claim(&mut tx, token, now).await? else { return Ok(None) };
    let user_id = UserId::named(id.to_string());
    let Invited { email, name, .. } = &invited;
    let user = NewUser { id: &user_id, email, name, active: true, password_hash, temporary: false };
    if !users::add(&mut tx, &user, now).await? || !join(&mut tx, token, &id, &invited, &user_id, now).await? {
        return Ok(None);
    }
    let credentials = users::credentials_in(&mut tx, &user_id).await?;
    tx.commit().await?;
    Ok(Some(credentials))
}

/// The invitation of a link, with the row of its account locked.
async fn claim(tx: &mut Tx, token: &TokenHash, now: UnixTime) -> Result<Option<(MemberId, Invited)>> {
    let Some(id) = links::invitation_of(tx, token, now).await? else { return Ok(None) };
    let Some(invited) = invitations::find(tx, &id).await? else { return Ok(None) };
    accounts::claim(tx, &invited.account_id).await?;
    // What changed while this waited for the account. From here on nobody else changes the invitation.
    Ok(invitations::find(tx, &id).await?.map(|invited| (id, invited)))
}

/// Makes the user a member. `false` if the link or the invitation is no longer valid.
async fn join(
    tx: &mut Tx,
    token: &TokenHash,
    id: &MemberId,
    invited: &Invited,
    user_id: &UserId,
    now: UnixTime,
) -> Result<bool> {
    if !links::use_invitation(tx, token, now).await? || !invitations::join(tx, id, user_id, now).await? {
        return Ok(false);
    }
    // Where the person reads mails is not the account's business.
    let is_relied_on = reset_requests::is_relied_on_elsewhere(tx, user_id, &invited.account_id).await?;
    set_up_codes::hand_over(tx, id, user_id, is_relied_on).await?;
    let act = Act { actor: Actor::Person(&invited.email), now, address: None };
    let subject = Subject::Person(&invited.email);
    events::record(tx, &act, &invited.account_id, subject, What::InvitationAccepted, &Detail::None).await?;
    invitations::remove(tx, id).await?;
    Ok(true)
}
