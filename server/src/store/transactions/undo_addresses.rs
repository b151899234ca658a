use postern_types::{Detail, What};

use crate::addresses::AddressList;
use crate::clock::UnixTime;
use crate::ids::AccountId;
use crate::store::account_security::{self, Settings};
use crate::store::events::{self, Act, Subject};
use crate::store::{Db, Result, Tx, accounts};

/// Records that a list of addresses ceased to be in force because nobody had confirmed it. That happens by time alone, so it is
/// recorded when it is noticed: once, with the time at which it happened.
pub async fn undo_addresses(db: &Db, account_id: &AccountId, now: UnixTime) -> Result<()> {
    let Some(settings) = account_security::read(db, account_id).await? else { return Ok(()) };
    if settings.undone_at(now).is_none() {
        return Ok(());
    }
    let mut tx = db.begin().await?;
    accounts::claim(&mut tx, account_id).await?;
    if let Some(settings) = account_security::read_in(&mut tx, account_id).await? {
        undo_in(&mut tx, account_id, &settings, now).await?;
    }
    tx.commit().await
}

/// The same within a transaction.
pub(super) async fn undo_in(tx: &mut Tx, account_id: &AccountId, settings: &Settings, now: UnixTime) -> Result<()> {
    let Some(undone_at) = settings.undone_at(now) else { return Ok(()) };
    if !account_security::undo_addresses(tx, account_id, undone_at).await? {
        return Ok(());
    }
    let in_force = AddressList::from_stored(settings.addresses_in_force(now)).unwrap_or_default();
    let detail = Detail::Addresses { allowed: in_force.entries() };
    let nobody = Act::of_operator(undone_at);
    events::record(tx, &nobody, account_id, Subject::Account, What::AddressesUndone, &detail).await
}
