//! The alarm about a log-in that has shown the correct password, but no second factor.

use std::time::Duration;

use postern_types::Email;
use tokio::time::{MissedTickBehavior, interval};

use crate::mail::{Mail, Origin};
use crate::state::AppState;
use crate::store::unfinished_log_ins::{self, Unfinished};
use crate::store::{self, transactions};

/// How often such log-ins are looked for.
const EVERY: Duration = Duration::from_secs(10);
/// The most users in one round.
const AT_ONCE: i64 = 100;

/// Raises alarms until the task is dropped. A failure is logged, and tried again in the next round.
pub async fn run(app: AppState) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if let Err(error) = raise_due(&app).await {
            tracing::warn!(%error, "the search for incomplete log-ins failed; it will be tried again");
        }
    }
}

/// One round.
pub async fn raise_due(app: &AppState) -> store::Result<()> {
    let now = app.clock.now();
    let notice = |to: &Email, latest: &Unfinished| {
        let from = Origin::new(latest.address.clone(), &latest.user_agent);
        app.mail(to, &Mail::SecondFactorNotShown { at: latest.begun_at, from })
    };
    for user_id in unfinished_log_ins::due(&app.db, now, AT_ONCE).await? {
        // One user's alarm that fails holds up nobody else's.
        if let Err(error) = transactions::report_unfinished(&app.db, &user_id, now, notice).await {
            tracing::warn!(%error, user = %user_id, "the alarm about an incomplete log-in failed; it will be tried again");
        }
    }
    Ok(())
}
