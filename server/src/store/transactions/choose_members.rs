use postern_types::{Detail, What};

use super::change_refused::ChangeRefused;
use super::claim::claim_account;
use crate::ids::{ApplicationId, UserId};
use crate::store::authority::AdminAuthority;
use crate::store::events::{self, Subject};
use crate::store::{Db, grants};

/// Which users of an account may use an application.
#[derive(Clone, Copy, Debug)]
pub struct MembersChoice<'a> {
    /// The application.
    pub application_id: &'a ApplicationId,
    /// Its name, for the record.
    pub name: &'a str,
    /// The version that the change is based on.
    pub version: i64,
    /// Whether every user of the account may use it.
    pub everyone: bool,
    /// The chosen users, each of them once.
    pub users: &'a [UserId],
}

/// The result of [`choose_members`].
#[must_use]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Chosen {
    /// The choice is stored.
    Yes,
    /// Somebody else has changed it in the meantime.
    ChangedMeanwhile,
    /// The account does not have the application.
    NotGiven,
    /// This user is not a member of the account.
    NoMember(UserId),
}

/// Changes which users of an account may use an application, completely or not at all.
///
/// # Errors
/// If the administrator no longer has the right to do this.
pub async fn choose_members(
    db: &Db,
    by: &AdminAuthority<'_>,
    choice: &MembersChoice<'_>,
) -> Result<Chosen, ChangeRefused> {
    let MembersChoice { application_id, name, version, everyone, users } = *choice;
    let (act, account_id) = (by.act(), by.account_id);
    let mut tx = db.begin().await?;
    claim_account(&mut tx, by).await?;
    let since = everyone.then_some(act.now);
    match grants::set_everyone(&mut tx, account_id, application_id, version, since).await? {
        Some(true) => {}
        Some(false) => return Ok(Chosen::ChangedMeanwhile),
        None => return Ok(Chosen::NotGiven),
    }
    let before = grants::chosen(&mut tx, account_id, application_id).await?;
    let mut removed = Vec::new();
    for (user_id, email) in before.iter().filter(|(user_id, _)| !users.contains(user_id)) {
        grants::unchoose(&mut tx, account_id, application_id, user_id).await?;
        removed.push(email.clone());
    }
    let mut added = Vec::new();
    for user_id in users.iter().filter(|user_id| !before.iter().any(|(chosen, _)| chosen == *user_id)) {
        match grants::choose(&mut tx, account_id, application_id, user_id).await? {
            Some(email) => added.push(email),
            None => return Ok(Chosen::NoMember(user_id.clone())),
        }
    }
    let detail = Detail::ApplicationMembers { name: name.to_owned(), everyone, added, removed };
    events::record(&mut tx, &act, account_id, Subject::Account, What::ApplicationMembersChanged, &detail).await?;
    tx.commit().await?;
    Ok(Chosen::Yes)
}
