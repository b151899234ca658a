use postern_types::{Detail, What};

use crate::store::events::{self, Act, Subject};
use crate::store::users::{self, NewUser};
use crate::store::{Db, Result, accounts, memberships};

/// The result of [`add_user`].
#[must_use]
#[derive(Debug, PartialEq, Eq)]
pub enum Added {
    /// The user and the membership were added.
    Yes,
    /// There is already a user with this e-mail.
    EmailTaken,
    /// There is no account with this name.
    NoSuchAccount,
}

/// Adds a user as a member of the account with this name.
pub async fn add_user(db: &Db, act: &Act<'_>, account: &str, admin: bool, user: &NewUser<'_>) -> Result<Added> {
    let mut tx = db.begin().await?;
    if !users::add(&mut tx, user, act.now).await? {
        return Ok(Added::EmailTaken);
    }
    let Some(account_id) = accounts::claim_named(&mut tx, account).await? else { return Ok(Added::NoSuchAccount) };
    memberships::add(&mut tx, &account_id, user.id, admin, user.active, act.now).await?;
    let subject = Subject::Person(user.email);
    events::record(&mut tx, act, &account_id, subject, What::UserAdded, &Detail::None).await?;
    if admin {
        events::record(&mut tx, act, &account_id, subject, What::AdminGranted, &Detail::None).await?;
    }
    tx.commit().await?;
    Ok(Added::Yes)
}
