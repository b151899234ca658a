//! Changes of clients by the operator. They are recorded in the accounts that have the application.

use postern_types::{Detail, What};

use crate::auth::token::TokenHash;
use crate::ids::ApplicationId;
use crate::oidc::client::{Client, ClientKind};
use crate::store::events::{self, Act, Subject};
use crate::store::{Db, Error, Tx, applications, oidc_clients, oidc_secrets};

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
pub enum ClientRefused {
    /// Another client has the name.
    #[error("there is already a client {0:?}")]
    Taken(String),
    /// There is no client with this name.
    #[error("there is no client {0:?}; see: postern client list")]
    NoSuchClient(String),
    /// There is no application with this name.
    #[error("there is no application {0:?}; add it with: postern app add NAME")]
    NoSuchApplication(String),
    /// A public client has no secret.
    #[error("the client {0:?} is public, and has no secret")]
    IsPublic(String),
    /// The database fails.
    #[error(transparent)]
    Database(#[from] Error),
}

type Result<T> = std::result::Result<T, ClientRefused>;

/// Adds a client to the application with this name, with a secret unless it is public.
///
/// # Errors
/// [`ClientRefused`] says why nothing was added.
pub async fn add_client(
    db: &Db,
    act: &Act<'_>,
    application: &str,
    client: impl FnOnce(ApplicationId) -> Client,
    secret: &TokenHash,
) -> Result<Client> {
    let mut tx = db.begin().await?;
    let client = client(application_named(&mut tx, application).await?);
    if !oidc_clients::add(&mut tx, &client, act.now).await? {
        return Err(ClientRefused::Taken(client.name.to_string()));
    }
    if client.kind == ClientKind::Confidential {
        oidc_secrets::add(&mut tx, &client.id, secret, act.now).await?;
    }
    record(&mut tx, act, &client, What::ClientAdded).await?;
    tx.commit().await?;
    Ok(client)
}

/// Changes a client, and returns what it is then. `application` is the name of another application.
///
/// # Errors
/// [`ClientRefused`] says why nothing was changed.
pub async fn change_client(
    db: &Db,
    act: &Act<'_>,
    name: &str,
    application: Option<&str>,
    change: impl FnOnce(&mut Client),
) -> Result<Client> {
    let mut tx = db.begin().await?;
    let before = named(&mut tx, name).await?;
    let mut after = before.clone();
    if let Some(application) = application {
        after.application_id = application_named(&mut tx, application).await?;
    }
    change(&mut after);
    if !oidc_clients::change(&mut tx, &after, act.now).await? {
        return Err(ClientRefused::Taken(after.name.to_string()));
    }
    record(&mut tx, act, &after, What::ClientChanged).await?;
    if before.application_id != after.application_id {
        record(&mut tx, act, &before, What::ClientRemoved).await?;
    }
    tx.commit().await?;
    Ok(after)
}

/// Removes a client. Its tokens end.
///
/// # Errors
/// [`ClientRefused`] says why it was not removed.
pub async fn remove_client(db: &Db, act: &Act<'_>, name: &str) -> Result<Client> {
    let mut tx = db.begin().await?;
    let client = named(&mut tx, name).await?;
    oidc_clients::remove(&mut tx, &client.id).await?;
    record(&mut tx, act, &client, What::ClientRemoved).await?;
    tx.commit().await?;
    Ok(client)
}

/// Gives a client another secret. The one before it still works, older ones do not.
///
/// # Errors
/// [`ClientRefused`] says why it has none.
pub async fn make_client_secret(db: &Db, act: &Act<'_>, name: &str, secret: &TokenHash) -> Result<Client> {
    let mut tx = db.begin().await?;
    let client = named(&mut tx, name).await?;
    if client.kind == ClientKind::Public {
        return Err(ClientRefused::IsPublic(name.to_owned()));
    }
    oidc_secrets::add(&mut tx, &client.id, secret, act.now).await?;
    record(&mut tx, act, &client, What::ClientSecretMade).await?;
    tx.commit().await?;
    Ok(client)
}

async fn named(tx: &mut Tx, name: &str) -> Result<Client> {
    let client = oidc_clients::claim_named(tx, name).await?;
    client.ok_or_else(|| ClientRefused::NoSuchClient(name.to_owned()))
}

async fn application_named(tx: &mut Tx, name: &str) -> Result<ApplicationId> {
    let listed = applications::named(tx, name).await?;
    let listed = listed.ok_or_else(|| ClientRefused::NoSuchApplication(name.to_owned()))?;
    Ok(listed.into_application().id)
}

async fn record(tx: &mut Tx, act: &Act<'_>, client: &Client, what: What) -> Result<()> {
    let detail = Detail::Client { name: client.name.to_string() };
    for (account_id, _) in applications::accounts_in(tx, &client.application_id).await? {
        events::record(tx, act, &account_id, Subject::Account, what, &detail).await?;
    }
    Ok(())
}
