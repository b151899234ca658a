use postern_types::{Detail, What};

use crate::auth::totp::TimeStep;
use crate::display_name::DisplayName;
use crate::store::events::{self, Act, Subject};
use crate::store::totp_secrets::StoredSecret;
use crate::store::users::{self, NewUser};
use crate::store::{Db, Result, accounts, factors, memberships};

/// A user of another system, with what lets them log in as before.
#[derive(Debug)]
pub struct ImportedUser<'a> {
    /// The user.
    pub user: NewUser<'a>,
    /// The accounts, by name, and whether with the administrator role.
    pub accounts: &'a [(DisplayName, bool)],
    /// The authenticator app, and the last time step whose code the other system may have accepted.
    pub factor: Option<(&'a StoredSecret, TimeStep)>,
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
    for (name, admin) in *accounts {
        let Some(account_id) = accounts::claim_named(&mut tx, name.as_str()).await? else {
            return Ok(Imported::NoSuchAccount(name.clone()));
        };
        memberships::add(&mut tx, &account_id, user.id, *admin, user.active, act.now).await?;
        events::record(&mut tx, act, &account_id, subject, What::UserAdded, &Detail::None).await?;
        if *admin {
            events::record(&mut tx, act, &account_id, subject, What::AdminGranted, &Detail::None).await?;
        }
    }
    if let Some((secret, last_step)) = factor {
        factors::add(&mut tx, user.id, secret, *last_step, act.now).await?;
    }
    if rehearsal {
        tx.rollback().await?;
    } else {
        tx.commit().await?;
    }
    Ok(Imported::Yes)
}
