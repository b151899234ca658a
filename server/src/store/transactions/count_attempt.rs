use postern_types::{Factor, Outcome};

use crate::addresses::ClientAddress;
use crate::auth::throttle::Counter;
use crate::clock::UnixTime;
use crate::ids::UserId;
use crate::store::attempts::{self, Taken};
use crate::store::login_history::{self, Entry};
use crate::store::{Db, Result};

/// A factor that somebody shows.
#[derive(Clone, Copy, Debug)]
pub struct Attempt<'a> {
    /// The user, if there is one.
    pub user_id: Option<&'a UserId>,
    /// The client's address.
    pub address: ClientAddress,
    /// The factor.
    pub factor: Factor,
    /// Now.
    pub now: UnixTime,
}

/// Counts an attempt, as [`attempts::take`] does. A refusal is recorded in the login history: the first one of each counter, and
/// then one in 15 minutes, so that nobody can fill the history with attempts that are not even compared.
pub async fn count_attempt(db: &Db, counters: &[Counter], attempt: &Attempt<'_>) -> Result<Taken> {
    let Attempt { user_id, address, factor, now } = *attempt;
    let (taken, refusing) = attempts::take_or_refuse(db, counters, now).await?;
    let outcome = match taken {
        Taken::Counted(_) => return Ok(taken),
        Taken::WaitUntil(_) => Outcome::Throttled,
        Taken::Ended => Outcome::FactorUnusable,
    };
    let Some(counter) = refusing else { return Ok(taken) };
    let mut tx = db.begin().await?;
    if attempts::begin_episode(&mut tx, counter, now).await? {
        login_history::record(&mut tx, &Entry { user_id, at: now, address, factor, outcome }).await?;
        tx.commit().await?;
    }
    Ok(taken)
}
