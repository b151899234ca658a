use postern_types::{Detail, Email, What};

use crate::mail::Queued;
use crate::store::events::{self, Act, Subject};
use crate::store::{Db, Result, accounts, memberships, outbox, user_names, users};

/// The result of [`add_to_account`].
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Joined {
    /// The user is a member now.
    Yes,
    /// The user was a member before.
    IsMember,
    /// There is no user with this name.
    NoSuchUser,
    /// There is no account with this name.
    NoSuchAccount,
    /// An administrator has given the user this name, and nobody has shown that mails to it reach the user.
    EmailUnconfirmed,
}

/// Makes an existing user a member of the account with this name, in place of an invitation, if there is one. The user is
/// notified.
pub async fn add_to_account(
    db: &Db,
    act: &Act<'_>,
    email: &Email,
    account: &str,
    admin: bool,
    notice: &Queued,
) -> Result<Joined> {
    let mut tx = db.begin().await?;
    let Some(account_id) = accounts::claim_named(&mut tx, account).await? else { return Ok(Joined::NoSuchAccount) };
    let Some(user_id) = users::claim_named(&mut tx, email).await? else { return Ok(Joined::NoSuchUser) };
    if memberships::account_ids(&mut tx, &user_id).await?.contains(&account_id) {
        return Ok(Joined::IsMember);
    }
    if user_names::is_email_unconfirmed(&mut tx, &user_id).await? {
        return Ok(Joined::EmailUnconfirmed);
    }
    memberships::add(&mut tx, &account_id, &user_id, admin, true, act.now).await?;
    let subject = Subject::Person(email);
    events::record(&mut tx, act, &account_id, subject, What::UserAdded, &Detail::None).await?;
    if admin {
        events::record(&mut tx, act, &account_id, subject, What::AdminGranted, &Detail::None).await?;
    }
    outbox::queue(&mut tx, &Queued { account_id: Some(account_id), ..notice.clone() }).await?;
    tx.commit().await?;
    Ok(Joined::Yes)
}
