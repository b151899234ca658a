use postern_types::{Detail, Email, What};

use super::change_refused::ChangeRefused;
use super::claim::claim_own;
use crate::ids::{ClientId, UserId};
use crate::oidc::client::Client;
use crate::oidc::scope::Scopes;
use crate::store::authority::Authority;
use crate::store::events::{self, Act};
use crate::store::{Db, Result as StoreResult, oidc_consents, oidc_grants};

/// Records that a user has agreed that a client learns what these scopes say.
pub async fn give_consent(
    db: &Db,
    act: &Act<'_>,
    user_id: &UserId,
    email: &Email,
    client: &Client,
    scopes: &Scopes,
) -> StoreResult<()> {
    let mut tx = db.begin().await?;
    oidc_consents::keep(&mut tx, user_id, &client.id, &scopes.to_string(), act.now).await?;
    let detail = Detail::Client { name: client.name.to_string() };
    events::record_of_person_with(&mut tx, act, email, What::ConsentGiven, &detail).await?;
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
    let name = oidc_consents::take_back(&mut tx, user_id, client_id).await?.ok_or(ChangeRefused::NoSuchConsent)?;
    oidc_grants::end_of_user(&mut tx, user_id, client_id).await?;
    let detail = Detail::Client { name };
    events::record_of_person_with(&mut tx, &by.act(), by.session.email(), What::ConsentTakenBack, &detail).await?;
    Ok(tx.commit().await?)
}
