use postern_types::{Detail, Email, What};

use super::change_member::ChangeRefused;
use super::lock_user::end_access_where_none_is_left;
use crate::ids::{AccountId, UserId};
use crate::store::events::{self, Act, Subject};
use crate::store::{Db, accounts, memberships, users};

/// Ends one's own membership. A user who belongs to no other account is deleted.
///
/// # Errors
/// If the user is not a member, or the account would be left without an active administrator.
pub async fn leave_account(
    db: &Db,
    act: &Act<'_>,
    account_id: &AccountId,
    user_id: &UserId,
    email: &Email,
) -> Result<(), ChangeRefused> {
    let mut tx = db.begin().await?;
    accounts::claim(&mut tx, account_id).await?;
    users::claim(&mut tx, user_id).await?;
    if memberships::is_only_admin(&mut tx, account_id, user_id).await? {
        return Err(ChangeRefused::LastAdministrator);
    }
    if !memberships::remove(&mut tx, account_id, user_id).await? {
        return Err(ChangeRefused::NoSuchUser);
    }
    users::delete_without_account(&mut tx, user_id).await?;
    end_access_where_none_is_left(&mut tx, user_id).await?;
    events::record(&mut tx, act, account_id, Subject::Person(email), What::UserLeft, &Detail::None).await?;
    Ok(tx.commit().await?)
}
