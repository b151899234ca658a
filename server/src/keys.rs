//! The master keys of a portal: where they come from, how running servers follow a rotation, and every value that they seal.
//!
//! The database says which key seals: the one that has sealed its key check.

use anyhow::{Context, ensure};

use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::{CannotOpen, Cipher, Sealed};
use crate::auth::key_ring::KeyRing;
use crate::config::KeySource;
use crate::private_file;
use crate::store::{Db, meta};

pub mod follower;
pub mod rotation;
mod source;
pub mod values;

pub use source::{add_key, read, read_text, remove_key};

/// Sealed in the database, to detect wrong keys at start.
const KEY_CHECK: &[u8] = b"postern";
/// The same in a database that has an audit log.
const KEY_CHECK_WITH_AUDIT_LOG: &[u8] = b"postern with audit log";

/// A key check for a database with an audit log, sealed with the key that this cipher seals with.
#[must_use]
pub fn check_with_audit_log(cipher: &Cipher) -> Sealed {
    cipher.seal(KEY_CHECK_WITH_AUDIT_LOG, AssociatedData::KeyCheck)
}

/// Whether a key check says that the database has an audit log.
///
/// # Errors
/// If it cannot be opened.
pub fn knows_audit_log(cipher: &Cipher, check: &Sealed) -> Result<bool, CannotOpen> {
    Ok(cipher.open(check, AssociatedData::KeyCheck)?.as_slice() == KEY_CHECK_WITH_AUDIT_LOG)
}

/// The same key check, sealed with the key that this cipher seals with.
fn resealed_check(cipher: &Cipher, check: &Sealed) -> Result<Sealed, CannotOpen> {
    Ok(cipher.seal(&cipher.open(check, AssociatedData::KeyCheck)?, AssociatedData::KeyCheck))
}

/// Creates the key file of a new database if there is none, and records in the database that the newest key belongs to it. Changes
/// nothing in a database that has a key.
///
/// # Errors
/// If the keys cannot be read, or the key file cannot be written.
pub async fn create(db: &Db, source: &KeySource) -> anyhow::Result<()> {
    if meta::key_check(db).await?.is_some() {
        return Ok(());
    }
    let ring = match (read(source).await?, source) {
        (Some(ring), KeySource::File(path)) => {
            tracing::warn!(
                "the database is new, but there is already a key file, {}. If this portal has had users, this is not its \
                 database: stop the portal and check database.url, or restore the database from a backup",
                path.display()
            );
            ring
        }
        (Some(ring), _) => ring,
        (None, KeySource::File(path)) => source::create(path)?,
        (None, _) => anyhow::bail!("{source} does not exist: docs/operation.md says how to make a key ring"),
    };
    let cipher = Cipher::new(ring);
    meta::keep_key_check(db, &cipher.seal(KEY_CHECK, AssociatedData::KeyCheck)).await?.context("no key check")?;
    Ok(())
}

/// Opens the master keys, and seals with the one that the database names.
///
/// # Errors
/// If the key ring is missing, wrong, damaged or readable by others, with what to do.
pub async fn open(db: &Db, source: &KeySource) -> anyhow::Result<Cipher> {
    let kept =
        meta::key_check(db).await?.context("the database has no key yet: start the portal with `postern serve`")?;
    if let KeySource::File(path) = source {
        private_file::check_folder(path.parent().unwrap_or(path))?;
    }
    let key_id = kept.key_id().unwrap_or("?");
    let ring = read(source).await?.with_context(|| {
        format!(
            "{source} is missing, and the database holds secrets that only key {key_id} can open. \
             Put back your copy of the key ring; nothing was changed"
        )
    })?;
    let held = listed(&ring);
    let cipher = Cipher::new(ring);
    ensure!(
        cipher.seal_as(&kept).is_ok(),
        "{source} holds {held}, but the database is used with key {key_id}. \
         Put back your copy of the right key ring, or configure the right database; nothing was changed"
    );
    Ok(cipher)
}

/// The ids of the keys of a ring, for messages.
#[must_use]
pub fn listed(ring: &KeyRing) -> String {
    let ids = ring.ids();
    format!("{} {}", if ids.len() == 1 { "key" } else { "keys" }, ids.join(", "))
}
