use postern_types::{Detail, What};

use crate::display_name::DisplayName;
use crate::importing::Membership;
use crate::store::events::{self, Act, Subject};
use crate::store::factors::{self, ImportedFactor};
use crate::store::users::{self, NewUser};
use crate::store::{Db, Result, accounts, memberships};

/// A user of another system, with what lets them log in as before.
#[derive(Debug)]
pub struct ImportedUser<'a> {
    /// The user.
    pub user: NewUser<'a>,
    /// The accounts.
    pub accounts: &'a [Membership],
    /// The authenticator app.
    pub factor: Option<ImportedFactor<'a>>,
}

/// The result of [`import_user`].
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Imported {
    /// The user was added.
    Yes,
    /// There is already a user with this e-mail. Nothing of theirs was changed.
    IsThere,
    /// There is no account with this name.
    NoSuchAccount(DisplayName),
}

/// Adds a user with their accounts and their authenticator app, all or nothing, and records it as if the operator had added them one by
/// one. With `rehearsal` nothing stays.
pub async fn import_user(db: &Db, act: &Act<'_>, new: &ImportedUser<'_>, rehearsal: bool) -> Result<Imported> {
    let ImportedUser { user, accounts, factor } = new;
    let mut tx = db.begin().await?;
    if !users::add(&mut tx, user, act.now).await? {
        return Ok(Imported::IsThere);
    }
    let subject = Subject::Person(user.email);
    for Membership { account, admin, locked } in *accounts {
        let Some(account_id) = accounts::claim_named(&mut tx, account.as_str()).await? else {
            return Ok(Imported::NoSuchAccount(account.clone()));
        };
        memberships::add(&mut tx, &account_id, user.id, *admin, user.active && !locked, act.now).await?;
        events::record(&mut tx, act, &account_id, subject, What::UserAdded, &Detail::None).await?;
        if *admin {
            events::record(&mut tx, act, &account_id, subject, What::AdminGranted, &Detail::None).await?;
        }
    }
    if let Some(factor) = factor {
        factors::add(&mut tx, user.id, factor, act.now).await?;
    }
    if !rehearsal {
        tx.commit().await?;
    }
    Ok(Imported::Yes)
}
