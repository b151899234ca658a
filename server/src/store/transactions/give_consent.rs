use postern_types::{Detail, Email, What};

use crate::ids::UserId;
use crate::oidc::client::Client;
use crate::oidc::scope::Scopes;
use crate::store::events::{self, Act};
use crate::store::{Db, Result, oidc_consents};

/// Records that a user has agreed that a client learns what these scopes say.
pub async fn give_consent(
    db: &Db,
    act: &Act<'_>,
    user_id: &UserId,
    email: &Email,
    client: &Client,
    scopes: &Scopes,
) -> Result<()> {
    let mut tx = db.begin().await?;
    oidc_consents::keep(&mut tx, user_id, &client.id, &scopes.to_string(), act.now).await?;
    let detail = Detail::Client { name: client.name.to_string() };
    events::record_of_person_with(&mut tx, act, email, What::ConsentGiven, &detail).await?;
    tx.commit().await
}
