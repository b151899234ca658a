//! `POST /api/me/lockdown`: lock down one's own user account.

use axum::extract::State;
use postern_types::{ApiError, Lockdown, Step, route};

use crate::auth::freshness::Freshness;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::error::AppError;
use crate::http::sessions::FreshSession;
use crate::mail::Mail;
use crate::sign_in::step::Answer;
use crate::state::AppState;
use crate::store::transactions::{self, Extent};

/// Ends all of one's own sessions, including this one, forgets known browsers and one-time links, and asks for a new password at the
/// next log-in.
#[utoipa::path(post, path = route::MY_LOCKDOWN, tag = "me", request_body = Lockdown, responses(
    (status = 200, description = "Step `credentials`", body = Step),
    (status = 401, description = "`session_expired`", body = ApiError),
    (status = 403, description = "`step_up_required`", body = ApiError),
))]
pub(in crate::routes) async fn lock_down(
    State(app): State<AppState>,
    session: FreshSession,
    client: Client,
    Body(Lockdown { recovery_codes }): Body<Lockdown>,
) -> Result<Answer, AppError> {
    let mail = Mail::LockedDown { by: None, at: app.clock.now(), recovery_codes };
    let by = session.authority(&client, Freshness::FreshIfSetUp);
    let notice = app.mail(session.email(), &mail);
    transactions::lock_down_own(&app.db, &by, Extent::of(recovery_codes), &notice).await?;
    Ok(Answer::logged_out())
}
