//! A recovery code, in place of a one-time code.

use postern_types::{Factor, Outcome};

use super::second_factor::{self, Shows};
use super::session::known_browser;
use crate::auth::look_up_secret::RecoveryCode;
use crate::auth::password::PasswordHash;
use crate::auth::throttle;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::state::AppState;
use crate::store::Session;
use crate::store::recovery_codes;

/// The hash of a correct recovery code, and how many codes are left besides it. The attempt is counted before anything is compared,
/// by the counters of one-time codes (R20), and a code that is not accepted is recorded.
pub(crate) async fn verify(
    app: &AppState,
    session: &Session,
    client: &Client,
    cookies: &Cookies,
    code: RecoveryCode,
) -> Result<(PasswordHash, u32), AppError> {
    let user_id = session.user_id();
    let slot = app.hasher.admit(throttle::known_caller(user_id.as_str(), client.counted_as())).await?;
    let browser = known_browser(app, cookies, session.email()).await?;
    let counters = throttle::recovery_code_counters(user_id, client.counted_as(), browser.as_ref());
    let shows = Shows { user_id, client, factor: Factor::RecoveryCode };
    second_factor::count(app, shows, &counters).await?;
    let set = recovery_codes::hashes(&app.db, user_id).await?;
    let others = u32::try_from(set.len()).unwrap_or(u32::MAX).saturating_sub(1);
    match slot.find_code(code, set).await? {
        Some(hash) => Ok((hash, others)),
        None => Err(second_factor::refuse(app, shows, Outcome::WrongCode).await),
    }
}
