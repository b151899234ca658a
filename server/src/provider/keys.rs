//! The keys that sign tokens. The first ones are made when they are needed.

use std::sync::Arc;

use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::{Cipher, Sealed};
use crate::auth::signing_key::PrivateKey;
use crate::ids::KeyId;
use crate::oidc::key::{Algorithm, Jwk};
use crate::state::AppState;
use crate::store::known_keys::Keys;
use crate::store::oidc_keys::{self, NewKey};
use crate::tasks;

/// The algorithms of which there is always a key that signs.
pub const ALGORITHMS: [Algorithm; 2] = [Algorithm::Rs256, Algorithm::Es256];

/// A key that was just made.
#[derive(Debug)]
pub struct MadeKey {
    /// The `kid`.
    pub id: KeyId,
    /// The private half.
    pub private_key_sealed: Sealed,
    /// The public half: a JWK in JSON.
    pub public_key: String,
}

/// All keys. There is one of each algorithm that signs.
///
/// # Errors
/// If the database fails, or a key cannot be opened or made.
pub async fn keys(app: &AppState) -> anyhow::Result<Arc<Keys>> {
    let now = app.clock.now();
    let keys = app.keys.all(&app.cipher).await?;
    if ALGORITHMS.iter().all(|algorithm| keys.current(*algorithm, now).is_some()) {
        return Ok(keys);
    }
    let _making = app.making_keys.lock().await;
    let keys = app.keys.all(&app.cipher).await?;
    for algorithm in ALGORITHMS {
        if keys.current(algorithm, now).is_none() {
            let MadeKey { id, private_key_sealed, public_key } = make(&app.cipher, algorithm).await?;
            let (private_key_sealed, public_key) = (&private_key_sealed, public_key.as_str());
            oidc_keys::add_first(&app.db, &NewKey { id: &id, algorithm, private_key_sealed, public_key, now }).await?;
        }
    }
    app.db.changes().catch_up().await?;
    app.keys.all(&app.cipher).await
}

/// Makes a key.
///
/// # Errors
/// If the operating system has no random numbers.
pub async fn make(cipher: &Cipher, algorithm: Algorithm) -> anyhow::Result<MadeKey> {
    let id = KeyId::random();
    let private = tasks::blocking(move || PrivateKey::random(algorithm)).await??;
    let numbers = private.public_numbers(algorithm)?;
    let jwk = Jwk { numbers, kid: id.to_string(), purpose: "sig".to_owned(), alg: algorithm };
    let private_key_sealed = cipher.seal(private.expose(), AssociatedData::SigningKey(&id));
    Ok(MadeKey { private_key_sealed, public_key: serde_json::to_string(&jwk)?, id })
}
