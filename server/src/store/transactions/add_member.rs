use postern_types::{Detail, Email, What};

use super::change_refused::ChangeRefused;
use super::claim::claim_account;
use crate::display_name::DisplayName;
use crate::ids::MemberId;
use crate::store::authority::AdminAuthority;
use crate::store::events::{self, Subject};
use crate::store::{Db, invitations};

/// A user to add to an account.
#[derive(Debug)]
pub struct NewMember<'a> {
    /// A new id, for the invitation.
    pub id: &'a MemberId,
    /// The user name.
    pub email: &'a Email,
    /// The display name; may be empty.
    pub name: &'a DisplayName,
    /// Whether with the administrator role.
    pub admin: bool,
}

/// Adds a locked entry, which becomes a user of the account when the person accepts it. `false` if the account already has one
/// with this e-mail.
///
/// # Errors
/// If the administrator may no longer do this.
pub async fn add_member(db: &Db, by: &AdminAuthority<'_>, new: &NewMember<'_>) -> Result<bool, ChangeRefused> {
    let (act, account_id) = (&by.act(), by.account_id);
    let mut tx = db.begin().await?;
    claim_account(&mut tx, by).await?;
    if !invitations::add(&mut tx, new.id, account_id, new.email, new.name, new.admin, act.now).await? {
        return Ok(false);
    }
    let subject = Subject::Person(new.email);
    events::record(&mut tx, act, account_id, subject, What::UserAdded, &Detail::None).await?;
    if new.admin {
        events::record(&mut tx, act, account_id, subject, What::AdminGranted, &Detail::None).await?;
    }
    tx.commit().await?;
    Ok(true)
}
