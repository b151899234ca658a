//! Changes of applications by the operator, on the command line or in the settings file. The rows of the accounts concerned are
//! locked first, by name, so that their administrators cannot change who may use the application at the same time.

use postern_types::{Detail, What};

use crate::applications::{Application, Definition};
use crate::ids::AccountId;
use crate::store::applications::{self, Listed};
use crate::store::events::{self, Act, Subject};
use crate::store::{Db, Error, Tx, accounts, oidc_clients};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum DefinitionRefused {
    /// Another application has the name or the host.
    #[error("there is already an application {0:?} with this name or this host")]
    Taken(String),
    /// There is no application with this name.
    #[error("there is no application {0:?}; see: postern app list")]
    NoSuchApplication(String),
    /// There is no account with this name.
    #[error("there is no account {0:?}; add it with: postern account add NAME")]
    NoSuchAccount(String),
    /// The settings file defines it.
    #[error("the application {0:?} is defined in the settings file: change it there, then restart the portal")]
    InFile(String),
    /// It was added on the command line.
    #[error(
        "the application {0:?} was added on the command line, so the settings file cannot define it: remove it from the file, \
         or run: postern app remove"
    )]
    AtCommandLine(String),
    /// Clients of OpenID Connect belong to it, and would be lost.
    #[error(
        "the application {0:?} has OpenID Connect clients, whose ids and secrets would be lost: {1}. Keep the application, or remove them \
         first with: postern client remove NAME"
    )]
    HasClients(String, String),
    /// The database fails.
    #[error(transparent)]
    Database(#[from] Error),
}

type Result<T> = std::result::Result<T, DefinitionRefused>;

/// Adds an application on the command line.
///
/// # Errors
/// [`DefinitionRefused`] says why nothing was added.
pub async fn add_application(db: &Db, act: &Act<'_>, definition: &Definition) -> Result<()> {
    let mut tx = db.begin().await?;
    add_in(&mut tx, act, definition, false).await?;
    Ok(tx.commit().await?)
}

/// Changes an application on the command line, and returns its new definition.
///
/// # Errors
/// [`DefinitionRefused`] says why nothing was changed.
pub async fn change_application(
    db: &Db,
    act: &Act<'_>,
    name: &str,
    change: impl FnOnce(&mut Definition),
) -> Result<Definition> {
    let mut tx = db.begin().await?;
    let application = defined_here(&mut tx, name).await?;
    let before = definition(&mut tx, application).await?;
    let mut after = before.clone();
    change(&mut after);
    change_in(&mut tx, act, &before, &after).await?;
    tx.commit().await?;
    Ok(after)
}

/// Removes an application on the command line.
///
/// # Errors
/// [`DefinitionRefused`] says why it was not removed.
pub async fn remove_application(db: &Db, act: &Act<'_>, name: &str) -> Result<()> {
    let mut tx = db.begin().await?;
    let application = defined_here(&mut tx, name).await?;
    remove_in(&mut tx, act, &application).await?;
    Ok(tx.commit().await?)
}

/// Replaces the applications that come from the settings file with this list. Those that have not changed are left alone.
///
/// # Errors
/// [`DefinitionRefused`] says why nothing was changed.
pub async fn take_over_applications(db: &Db, act: &Act<'_>, definitions: &[Definition]) -> Result<()> {
    let mut tx = db.begin().await?;
    for listed in applications::from_file(&mut tx).await? {
        let application = listed.into_application();
        if !definitions.iter().any(|definition| definition.application.name == application.name) {
            remove_in(&mut tx, act, &application).await?;
        }
    }
    for wanted in definitions {
        let name = wanted.application.name.as_str();
        match applications::named(&mut tx, name).await? {
            Some(listed) if listed.from_file_since.is_none() => {
                return Err(DefinitionRefused::AtCommandLine(name.to_owned()));
            }
            Some(listed) => {
                let before = definition(&mut tx, listed.into_application()).await?;
                let application = Application { id: before.application.id.clone(), ..wanted.application.clone() };
                let after = Definition { application, ..wanted.clone() };
                change_in(&mut tx, act, &before, &after).await?;
            }
            None => add_in(&mut tx, act, wanted, true).await?,
        }
    }
    Ok(tx.commit().await?)
}

/// The application with this name, if the command line may change it.
async fn defined_here(tx: &mut Tx, name: &str) -> Result<Application> {
    let listed: Option<Listed> = applications::named(tx, name).await?;
    let listed = listed.ok_or_else(|| DefinitionRefused::NoSuchApplication(name.to_owned()))?;
    if listed.from_file_since.is_some() {
        return Err(DefinitionRefused::InFile(name.to_owned()));
    }
    Ok(listed.into_application())
}

/// The stored definition of an application.
async fn definition(tx: &mut Tx, application: Application) -> Result<Definition> {
    let icon = applications::icon_in(tx, &application.id).await?;
    let accounts = applications::accounts_in(tx, &application.id).await?.into_iter().map(|(_, name)| name).collect();
    Ok(Definition { application, icon, accounts })
}

async fn add_in(tx: &mut Tx, act: &Act<'_>, definition: &Definition, from_file: bool) -> Result<()> {
    let Definition { application, icon, accounts } = definition;
    let accounts = claim_accounts(tx, accounts).await?;
    refuse_rival(tx, application).await?;
    if !applications::add(tx, application, from_file, act.now).await? {
        return Err(DefinitionRefused::Taken(application.name.to_string()));
    }
    applications::set_icon(tx, &application.id, icon.as_ref()).await?;
    for (account_id, _) in &accounts {
        applications::give(tx, &application.id, account_id, act.now).await?;
        record(tx, act, account_id, What::ApplicationGiven, application).await?;
    }
    Ok(())
}

async fn change_in(tx: &mut Tx, act: &Act<'_>, before: &Definition, after: &Definition) -> Result<()> {
    let Definition { application, icon, accounts } = after;
    let earlier = applications::accounts_in(tx, &application.id).await?;
    let names = earlier.iter().map(|(_, name)| name).chain(accounts).cloned().collect::<Vec<_>>();
    let claimed = claim_accounts(tx, &names).await?;
    refuse_rival(tx, application).await?;
    if before.application != *application && !applications::change(tx, application, act.now).await? {
        return Err(DefinitionRefused::Taken(application.name.to_string()));
    }
    if before.icon != *icon {
        applications::set_icon(tx, &application.id, icon.as_ref()).await?;
    }
    let is_changed = before.application != *application || before.icon != *icon;
    for (account_id, name) in &claimed {
        let had = earlier.iter().any(|(id, _)| id == account_id);
        let what = match (had, accounts.contains(name)) {
            (true, false) => {
                applications::take(tx, &application.id, account_id).await?;
                What::ApplicationTaken
            }
            (false, _) => {
                applications::give(tx, &application.id, account_id, act.now).await?;
                What::ApplicationGiven
            }
            (true, true) if is_changed => What::ApplicationChanged,
            (true, true) => continue,
        };
        record(tx, act, account_id, what, application).await?;
    }
    Ok(())
}

async fn remove_in(tx: &mut Tx, act: &Act<'_>, application: &Application) -> Result<()> {
    let clients = oidc_clients::names_of(tx, &application.id).await?;
    if !clients.is_empty() {
        return Err(DefinitionRefused::HasClients(application.name.to_string(), clients.join(", ")));
    }
    let accounts = applications::accounts_in(tx, &application.id).await?.into_iter().map(|(_, name)| name);
    let claimed = claim_accounts(tx, &accounts.collect::<Vec<_>>()).await?;
    applications::remove(tx, &application.id).await?;
    for (account_id, _) in &claimed {
        record(tx, act, account_id, What::ApplicationTaken, application).await?;
    }
    Ok(())
}

/// Locks the rows of the accounts with these names, always in the same order.
async fn claim_accounts(tx: &mut Tx, names: &[String]) -> Result<Vec<(AccountId, String)>> {
    let mut names = names.to_vec();
    names.sort();
    names.dedup();
    let mut claimed = Vec::with_capacity(names.len());
    for name in names {
        match accounts::claim_named(tx, &name).await? {
            Some(account_id) => claimed.push((account_id, name)),
            None => return Err(DefinitionRefused::NoSuchAccount(name)),
        }
    }
    Ok(claimed)
}

/// Refuses a name or host of another application.
async fn refuse_rival(tx: &mut Tx, application: &Application) -> Result<()> {
    match applications::rival(tx, application).await? {
        Some(rival) => Err(DefinitionRefused::Taken(rival.to_string())),
        None => Ok(()),
    }
}

async fn record(
    tx: &mut Tx,
    act: &Act<'_>,
    account_id: &AccountId,
    what: What,
    application: &Application,
) -> Result<()> {
    let detail = Detail::Application { name: application.name.to_string() };
    Ok(events::record(tx, act, account_id, Subject::Account, what, &detail).await?)
}
