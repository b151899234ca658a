use postern_types::{Detail, What};

use super::change_refused::ChangeRefused;
use super::claim::claim_member;
use super::lock_user::end_access_where_none_is_left;
use crate::ids::MemberId;
use crate::store::authority::AdminAuthority;
use crate::store::events::{self, Subject};
use crate::store::members::Whom;
use crate::store::{Db, invitations, memberships, reset_requests, users};

/// Removes a user from the account. A user who belongs to no other account is deleted.
///
/// # Errors
/// If there is no such user in the account, or the account would be left without an active administrator.
pub async fn remove_member(db: &Db, by: &AdminAuthority<'_>, id: &MemberId) -> Result<(), ChangeRefused> {
    let account_id = by.account_id;
    let mut tx = db.begin().await?;
    let (whom, email) = claim_member(&mut tx, by, id).await?;
    match &whom {
        Whom::Member(user_id) => {
            if memberships::is_only_admin(&mut tx, account_id, user_id).await? {
                return Err(ChangeRefused::LastAdministrator);
            }
            memberships::remove(&mut tx, account_id, user_id).await?;
            reset_requests::forget_admin(&mut tx, account_id, user_id).await?;
            reset_requests::forget_member(&mut tx, account_id, user_id).await?;
            users::delete_without_account(&mut tx, user_id).await?;
            end_access_where_none_is_left(&mut tx, user_id).await?;
        }
        Whom::Invited(invitation_id) => invitations::remove(&mut tx, invitation_id).await?,
    }
    events::record(&mut tx, &by.act(), account_id, Subject::Person(&email), What::UserRemoved, &Detail::None).await?;
    Ok(tx.commit().await?)
}
