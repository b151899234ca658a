//! Refuses a wrong code during set-up like every other one, but with the cause if it can be found.

use postern_types::{ApiError, Cause, Outcome, TotpCode};

use super::second_factor::{self, Shows};
use super::secrets;
use crate::auth::diagnosis::{diagnose, is_about_clock};
use crate::auth::totp::TotpSecret;
use crate::http::error::AppError;
use crate::ids::UserId;
use crate::state::AppState;
use crate::store::clock_offsets;

/// Records that a first code was wrong, and returns what the browser may learn about it. Call this only after the attempt was counted,
/// and only for somebody who has shown the password: see SECURITY.md.
pub(crate) async fn refuse(app: &AppState, shows: Shows<'_>, secret: &TotpSecret, code: &TotpCode) -> AppError {
    let mut refusal = second_factor::refuse(app, shows, Outcome::WrongCode).await;
    if let AppError::Api(ApiError::InvalidCode { cause, .. }) = &mut refusal {
        match find_cause(app, shows.user_id, secret, code).await {
            Ok(found) => *cause = found,
            Err(error) => return error,
        }
    }
    refusal
}

async fn find_cause(
    app: &AppState,
    user_id: &UserId,
    secret: &TotpSecret,
    code: &TotpCode,
) -> Result<Option<Cause>, AppError> {
    let now = app.clock.now();
    let old = secrets::old_secrets(app, user_id).await?;
    let cause = diagnose(secret, &old, code, now, app.config.totp.window);
    if let Some(Cause::PhoneClock { offset_s }) = cause
        && is_about_clock(offset_s.into())
    {
        clock_offsets::keep(&app.db, user_id, offset_s.into(), now).await?;
    }
    Ok(cause)
}
