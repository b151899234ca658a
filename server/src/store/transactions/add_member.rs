use postern_types::{Detail, Email, What};

use crate::auth::password::PasswordHash;
use crate::display_name::DisplayName;
use crate::ids::{AccountId, MemberId, UserId};
use crate::store::events::{self, Act, Subject};
use crate::store::users::{self, NewUser};
use crate::store::{Db, Result, invitations, memberships};

/// A user to add to an account.
#[derive(Debug)]
pub struct NewMember<'a> {
    /// A new id, for the user or for the invitation.
    pub id: &'a MemberId,
    /// The user name.
    pub email: &'a Email,
    /// The display name; may be empty.
    pub name: &'a DisplayName,
    /// Whether with the administrator role.
    pub admin: bool,
}

/// Adds a locked user, or invites one who is a user elsewhere. `false` if the account already has a user with this e-mail.
pub async fn add_member(db: &Db, act: &Act<'_>, account_id: &AccountId, new: &NewMember<'_>) -> Result<bool> {
    let user_id = UserId::named(new.id.to_string());
    let user = NewUser {
        id: &user_id,
        email: new.email,
        name: new.name,
        active: false,
        password_hash: &PasswordHash::none(),
        temporary: true,
    };
    let mut tx = db.begin().await?;
    if users::add(&mut tx, &user, act.now).await? {
        memberships::add(&mut tx, account_id, &user_id, new.admin, false, act.now).await?;
    } else if !invitations::add(&mut tx, new.id, account_id, new.email, new.name, new.admin, act.now).await? {
        return Ok(false);
    }
    events::record(&mut tx, act, account_id, Subject::Person(new.email), What::UserAdded, &Detail::None).await?;
    tx.commit().await?;
    Ok(true)
}
