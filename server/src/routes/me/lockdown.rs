//! `POST /api/me/lockdown`: lock down one's own user account.

use axum::extract::State;
use postern_types::{ApiError, Factor, MyLockdown, Outcome, Reason, Step, route};

use crate::auth::freshness::Freshness;
use crate::auth::look_up_secret::RecoveryCode;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::{AppError, malformed};
use crate::http::sessions::FullSession;
use crate::mail::{CodePurpose, Mail};
use crate::sign_in::recovery_code;
use crate::sign_in::second_factor::{self, Shows};
use crate::sign_in::step::Answer;
use crate::state::AppState;
use crate::store::transactions::{self, Extent, UsedCode};

/// Ends all of one's own sessions, including this one, forgets known browsers and one-time links, and asks for a new password at the
/// next log-in. It needs a second factor that was shown recently, or a recovery code: whoever has lost the phone needs it most.
#[utoipa::path(post, path = route::MY_LOCKDOWN, tag = "me", request_body = MyLockdown, responses(
    (status = 200, description = "Step `credentials`", body = Step),
    (status = 400, description = "Not a recovery code; does not count as an attempt", body = ApiError),
    (status = 401, description = "`invalid_code`, or `session_expired`", body = ApiError),
    (status = 403, description = "`step_up_required`", body = ApiError),
    (status = 429, description = "Too many wrong codes", body = ApiError),
    (status = 503, description = "Too many log-ins at once", body = ApiError),
))]
pub(in crate::routes) async fn lock_down(
    State(app): State<AppState>,
    session: FullSession,
    client: Client,
    cookies: Cookies,
    Body(MyLockdown { recovery_codes, recovery_code }): Body<MyLockdown>,
) -> Result<Answer, AppError> {
    let now = app.clock.now();
    let extent = Extent::of(recovery_codes);
    let notice = app.mail(session.email(), &Mail::LockedDown { by: None, at: now, recovery_codes });
    let Some(typed) = recovery_code else {
        session.require(Freshness::FreshIfSetUp)?;
        let by = session.authority(&client, Freshness::FreshIfSetUp);
        transactions::lock_down_own(&app.db, &by, extent, &notice).await?;
        return Ok(Answer::logged_out());
    };
    let Some(code) = RecoveryCode::parse(&typed) else {
        return Err(malformed("recovery_code", Reason::NotARecoveryCode).into());
    };
    let (hash, left) = recovery_code::verify(&app, &session, &client, &cookies, code).await?;
    let (from, purpose) = (Some(client.origin()), CodePurpose::Lockdown);
    let used = app.mail(session.email(), &Mail::RecoveryCodeUsed { at: now, left, from, purpose });
    let code = UsedCode { hash: &hash, notice: &used };
    let by = session.authority(&client, Freshness::Any);
    if transactions::lock_down_own_by_recovery_code(&app.db, &by, &code, extent, &notice).await? {
        return Ok(Answer::logged_out());
    }
    let shows = Shows { user_id: session.user_id(), client: &client, factor: Factor::RecoveryCode };
    Err(second_factor::refuse(&app, shows, Outcome::Replayed).await)
}
