use postern_types::{Detail, Email, What};

use super::change_refused::ChangeRefused;
use super::claim::claim_own;
use crate::ids::{ClientId, UserId};
use crate::oidc::client::Client;
use crate::oidc::scope::Scopes;
use crate::store::authority::Authority;
use crate::store::events::{self, Act, Subject};
use crate::store::{
    Db, Result as StoreResult, Tx, applications, memberships, oidc_clients, oidc_consents, oidc_grants, users,
};

/// Records that a user has agreed that a client learns what these scopes say, besides what they have agreed to before.
pub async fn give_consent(
    db: &Db,
    act: &Act<'_>,
    user_id: &UserId,
    email: &Email,
    client: &Client,
    scopes: &Scopes,
) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    users::claim(&mut tx, user_id).await?;
    let before = oidc_consents::find_in(&mut tx, user_id, &client.id).await?;
    let after = before.as_ref().map_or_else(|| scopes.clone(), |before| before.and(scopes));
    if before.as_ref() != Some(&after) {
        oidc_consents::keep(&mut tx, user_id, &client.id, &after.to_string(), act.now).await?;
        record(&mut tx, act, email, client, What::ConsentGiven).await?;
    }
    tx.commit().await
}

/// Takes the user's consent to a client back, and ends everything that this client may do for the user.
///
/// # Errors
/// If the session has ended, or there is no such consent.
pub async fn take_back_consent(
    db: &Db,
    by: &Authority<'_>,
    client_id: &ClientId,
) -> std::result::Result<(), ChangeRefused> {
    let user_id = by.session.user_id();
    let mut tx = db.begin().await?;
    claim_own(&mut tx, by).await?;
    if !oidc_consents::take_back(&mut tx, user_id, client_id).await? {
        return Err(ChangeRefused::NoSuchConsent);
    }
    oidc_grants::end_of_user(&mut tx, user_id, client_id).await?;
    if let Some(client) = oidc_clients::find_in(&mut tx, client_id).await? {
        record(&mut tx, &by.act(), by.session.email(), &client, What::ConsentTakenBack).await?;
    }
    Ok(tx.commit().await?)
}

/// Records it in those of the user's accounts that have the client's application. The others do not learn of it.
async fn record(tx: &mut Tx, act: &Act<'_>, email: &Email, client: &Client, what: What) -> StoreResult<()> {
    let detail = Detail::Client { name: client.name.to_string() };
    let having = applications::accounts_in(tx, &client.application_id).await?;
    for account_id in memberships::witnesses(tx, email).await? {
        if having.iter().any(|(id, _)| *id == account_id) {
            events::record(tx, act, &account_id, Subject::Person(email), what, &detail).await?;
        }
    }
    Ok(())
}
