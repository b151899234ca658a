use postern_types::{Detail, Email, What};

use crate::addresses::ClientAddress;
use crate::auth::password::PasswordHash;
use crate::auth::token::TokenHash;
use crate::clock::UnixTime;
use crate::display_name::DisplayName;
use crate::ids::{AccountId, UserId};
use crate::store::events::{self, Act, Subject};
use crate::store::users::{self, Credentials, NewUser};
use crate::store::{Db, Result, accounts, links, memberships};

/// The first account and its administrator.
#[derive(Debug)]
pub struct FirstAccount<'a> {
    /// Hash of the first-run link's token, which is used up.
    pub link: &'a TokenHash,
    /// A new id.
    pub account_id: &'a AccountId,
    /// The account's name.
    pub account: &'a DisplayName,
    /// A new id.
    pub user_id: &'a UserId,
    /// The administrator's user name.
    pub email: &'a Email,
    /// The administrator's display name; may be empty.
    pub name: &'a DisplayName,
    /// Hash of the administrator's password.
    pub password_hash: &'a PasswordHash,
}

/// Creates the first account, which requires a second factor, and its administrator. `None` if the link was used already or
/// there is already an account (R34).
pub async fn create_first_account(
    db: &Db,
    first: &FirstAccount<'_>,
    address: ClientAddress,
    now: UnixTime,
) -> Result<Option<Credentials>> {
    let administrator = NewUser {
        id: first.user_id,
        email: first.email,
        name: first.name,
        active: true,
        password_hash: first.password_hash,
        temporary: false,
    };
    let mut tx = db.begin().await?;
    if !links::use_first_run(&mut tx, first.link, now).await? {
        return Ok(None);
    }
    if !accounts::add_first(&mut tx, first.account_id, first.account, now).await? {
        return Ok(None);
    }
    if !users::add(&mut tx, &administrator, now).await? {
        return Ok(None);
    }
    memberships::add(&mut tx, first.account_id, first.user_id, true, true, now).await?;
    let act = Act::of_person(first.email, now, address);
    events::record(&mut tx, &act, first.account_id, Subject::Account, What::AccountAdded, &Detail::None).await?;
    for what in [What::UserAdded, What::AdminGranted] {
        let subject = Subject::Person(first.email);
        events::record(&mut tx, &act, first.account_id, subject, what, &Detail::None).await?;
    }
    let credentials = users::credentials_in(&mut tx, first.user_id).await?;
    tx.commit().await?;
    Ok(Some(credentials))
}
