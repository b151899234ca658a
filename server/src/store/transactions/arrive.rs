use postern_types::What;

use crate::addresses::ClientAddress;
use crate::clock::UnixTime;
use crate::ids::UserId;
use crate::mail::Queued;
use crate::store::events::{self, Act};
use crate::store::known_browsers::{self, KnownBrowser};
use crate::store::{Result, Tx, outbox, places, users};

/// Where a complete log-in comes from.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// The browser, which becomes known.
    pub browser: KnownBrowser<'a>,
    /// The client's address.
    pub address: ClientAddress,
    /// Warns the user, if the browser or the network is new for them. `None` if another mail reports this log-in.
    pub alarm: Option<&'a Queued>,
}

/// Records a complete log-in, and where it comes from. The caller has locked the user's row.
pub(super) async fn arrive(tx: &mut Tx, arrival: &Arrival<'_>, user_id: &UserId, now: UnixTime) -> Result<()> {
    let Arrival { browser, address, alarm } = *arrival;
    if let Some(alarm) = alarm
        && places::is_unfamiliar(tx, user_id, browser.replaces, address, now).await?
    {
        let email = users::email_in(tx, user_id).await?;
        let act = Act::of_person(&email, now, address);
        events::record_of_person(tx, &act, &email, What::UnfamiliarSignIn).await?;
        outbox::queue(tx, alarm).await?;
    }
    known_browsers::remember(tx, &browser, user_id, now).await?;
    places::remember(tx, user_id, address, now).await?;
    users::note_sign_in(tx, user_id, address, now).await
}
