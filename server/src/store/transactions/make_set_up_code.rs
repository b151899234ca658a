use postern_types::{Detail, Email, What};

use super::change_refused::ChangeRefused;
use super::claim::claim_member;
use crate::auth::password::PasswordHash;
use crate::ids::MemberId;
use crate::store::authority::AdminAuthority;
use crate::store::events::{self, Act, Subject};
use crate::store::members::Whom;
use crate::store::{Db, Result as StoreResult, reset_policy, reset_requests, set_up_codes, users};

/// Makes a set-up code for a user of an account that demands them, in place of an earlier one.
///
/// # Errors
/// If there is no such user in the account, the user has a second factor, the account demands no codes, or another account relies
/// on this person's second factor: one account alone must not enable anybody to set it up.
pub async fn make_set_up_code(
    db: &Db,
    by: &AdminAuthority<'_>,
    id: &MemberId,
    code: &PasswordHash,
) -> Result<(), ChangeRefused> {
    let (act, account_id) = (by.act(), by.account_id);
    let mut tx = db.begin().await?;
    let (whom, email) = claim_member(&mut tx, by, id).await?;
    if !reset_policy::read_in(&mut tx, account_id).await?.set_up_code {
        return Err(ChangeRefused::NoCodeNeeded);
    }
    match &whom {
        Whom::Member(user_id) => {
            if users::two_factor_since(&mut tx, user_id).await?.is_some() {
                return Err(ChangeRefused::NoCodeNeeded);
            }
            if reset_requests::is_relied_on_elsewhere(&mut tx, user_id, account_id).await? {
                return Err(ChangeRefused::Shared);
            }
            set_up_codes::keep(&mut tx, user_id, code, act.now).await?;
        }
        Whom::Invited(invitation_id) => {
            set_up_codes::keep_for_invited(&mut tx, invitation_id, code, act.now).await?;
        }
    }
    events::record(&mut tx, &act, account_id, Subject::Person(&email), What::SetUpCodeMade, &Detail::None).await?;
    Ok(tx.commit().await?)
}

/// The result of [`make_set_up_code_by_operator`].
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CodeMade {
    /// The code works.
    Yes,
    /// The user has a second factor, or no account of the user demands a code.
    NotNeeded,
    /// There is no such user.
    NoSuchUser,
}

/// The same by the operator, for the user with this name, recorded in every account.
pub async fn make_set_up_code_by_operator(
    db: &Db,
    act: &Act<'_>,
    email: &Email,
    code: &PasswordHash,
) -> StoreResult<CodeMade> {
    let mut tx = db.begin().await?;
    let Some(user_id) = users::claim_named(&mut tx, email).await? else { return Ok(CodeMade::NoSuchUser) };
    let has_factor = users::two_factor_since(&mut tx, &user_id).await?.is_some();
    if has_factor || !set_up_codes::are_demanded(&mut tx, &user_id).await? {
        return Ok(CodeMade::NotNeeded);
    }
    set_up_codes::keep(&mut tx, &user_id, code, act.now).await?;
    events::record_in_all_accounts(&mut tx, act, &user_id, email, What::SetUpCodeMade).await?;
    tx.commit().await?;
    Ok(CodeMade::Yes)
}
