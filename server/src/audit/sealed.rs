//! What only a holder of a master key can write: the beginning and end of each chain, and what is known about all of them.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::encoding::BEGINNING;
use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::{CannotOpen, Cipher, Sealed};
use crate::clock::UnixTime;
use crate::ids::ChainId;

/// A place in a chain: an entry's number and hash.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Link {
    /// The number; 0 before the first entry.
    pub seq: i64,
    /// The hash.
    pub hash: String,
}

/// Where a chain begins and ends.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct Head {
    /// The last entry that was removed, because all rows up to it were older than records are kept.
    pub first: Link,
    /// The last entry.
    pub last: Link,
    /// [`State::entries`] when the last entry was appended.
    pub entries: i64,
}

/// What is known about all chains.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct State {
    /// When the audit log began. It proves nothing about what happened to rows before that.
    pub began_at: UnixTime,
    /// Every row from before this time, less [`super::LATEST_S`], had an entry when a server last looked for such rows.
    pub chained_to: UnixTime,
    /// Rows from before this time may have been removed, because they were older than records are kept.
    pub kept_from: UnixTime,
    /// How many chains there are.
    pub chains: u64,
    /// How many entries were ever appended to all of them together.
    pub entries: i64,
}

impl Head {
    /// The head of a chain without entries.
    pub(super) fn of_empty_chain() -> Self {
        let beginning = Link { seq: 0, hash: BEGINNING.to_owned() };
        Self { first: beginning.clone(), last: beginning, entries: 0 }
    }

    /// Opens a stored one.
    ///
    /// # Errors
    /// If its key is missing, or it was altered, or belongs to another chain.
    pub fn open(cipher: &Cipher, id: &ChainId, sealed: &Sealed) -> Result<Self, CannotOpen> {
        open(cipher, sealed, AssociatedData::AuditChain(id))
    }

    pub(super) fn seal(&self, cipher: &Cipher, id: &ChainId) -> Sealed {
        seal(cipher, self, AssociatedData::AuditChain(id))
    }
}

impl State {
    /// The state of a log that begins now.
    pub(super) const fn of_new_log(now: UnixTime) -> Self {
        Self { began_at: now, chained_to: 0, kept_from: 0, chains: 0, entries: 0 }
    }

    /// Opens the stored one.
    ///
    /// # Errors
    /// If its key is missing, or it was altered.
    pub fn open(cipher: &Cipher, sealed: &Sealed) -> Result<Self, CannotOpen> {
        open(cipher, sealed, AssociatedData::AuditState)
    }

    pub(super) fn seal(&self, cipher: &Cipher) -> Sealed {
        seal(cipher, self, AssociatedData::AuditState)
    }
}

fn open<T: DeserializeOwned>(cipher: &Cipher, sealed: &Sealed, place: AssociatedData<'_>) -> Result<T, CannotOpen> {
    let opened = cipher.open(sealed, place)?;
    serde_json::from_slice(&opened).map_err(|_| CannotOpen::Damaged)
}

fn seal(cipher: &Cipher, value: &impl Serialize, place: AssociatedData<'_>) -> Sealed {
    cipher.seal(&serde_json::to_vec(value).unwrap_or_default(), place)
}
