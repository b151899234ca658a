use postern_types::{Detail, What};

use super::change_member::ChangeRefused;
use super::lock_user::end_access_where_none_is_left;
use crate::ids::{AccountId, MemberId};
use crate::store::events::{self, Act, Subject};
use crate::store::members::{self, Whom};
use crate::store::{Db, accounts, invitations, memberships, users};

/// Removes a user from the account. A user who belongs to no other account is deleted.
///
/// # Errors
/// If there is no such user in the account, or the account would be left without an active administrator.
pub async fn remove_member(db: &Db, act: &Act<'_>, account_id: &AccountId, id: &MemberId) -> Result<(), ChangeRefused> {
    let mut tx = db.begin().await?;
    accounts::claim(&mut tx, account_id).await?;
    let (whom, email) = members::find(&mut tx, account_id, id).await?.ok_or(ChangeRefused::NoSuchUser)?;
    match &whom {
        Whom::Member(user_id) => {
            users::claim(&mut tx, user_id).await?;
            if memberships::is_only_admin(&mut tx, account_id, user_id).await? {
                return Err(ChangeRefused::LastAdministrator);
            }
            memberships::remove(&mut tx, account_id, user_id).await?;
            users::delete_without_account(&mut tx, user_id).await?;
            end_access_where_none_is_left(&mut tx, user_id).await?;
        }
        Whom::Invited(invitation_id) => invitations::remove(&mut tx, invitation_id).await?,
    }
    events::record(&mut tx, act, account_id, Subject::Person(&email), What::UserRemoved, &Detail::None).await?;
    Ok(tx.commit().await?)
}
