use postern_types::{Detail, What};

use super::change_refused::ChangeRefused;
use super::claim::claim_own_in;
use super::lock_user::end_access_where_none_is_left;
use crate::ids::AccountId;
use crate::store::authority::Authority;
use crate::store::events::{self, Subject};
use crate::store::{Db, memberships, reset_requests, users};

/// Ends one's own membership. A user who belongs to no other account is deleted.
///
/// # Errors
/// If the session has ended, the user is not a member, or the account would be left without an active administrator.
pub async fn leave_account(db: &Db, by: &Authority<'_>, account_id: &AccountId) -> Result<(), ChangeRefused> {
    let (user_id, email) = (by.session.user_id(), by.session.email());
    let mut tx = db.begin().await?;
    claim_own_in(&mut tx, by, account_id).await?;
    if memberships::is_only_admin(&mut tx, account_id, user_id).await? {
        return Err(ChangeRefused::LastAdministrator);
    }
    if !memberships::remove(&mut tx, account_id, user_id).await? {
        return Err(ChangeRefused::NoSuchUser);
    }
    reset_requests::forget_admin(&mut tx, account_id, user_id).await?;
    reset_requests::forget_member(&mut tx, account_id, user_id).await?;
    users::delete_without_account(&mut tx, user_id).await?;
    end_access_where_none_is_left(&mut tx, user_id).await?;
    events::record(&mut tx, &by.act(), account_id, Subject::Person(email), What::UserLeft, &Detail::None).await?;
    Ok(tx.commit().await?)
}
