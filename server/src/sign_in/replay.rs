//! A correct code that was accepted before.

use crate::auth::totp::TimeStep;
use crate::http::client::Client;
use crate::http::error::AppError;
use crate::mail::Mail;
use crate::state::AppState;
use crate::store::Session;
use crate::store::transactions;

/// Warns the user that the code of this time step was entered again: somebody else may have seen it.
pub(crate) async fn report_replay(
    app: &AppState,
    session: &Session,
    client: &Client,
    step: TimeStep,
) -> Result<(), AppError> {
    let now = app.clock.now();
    let notice = app.mail(session.email(), &Mail::CodeReplayed { at: now, from: client.origin() });
    let user_id = session.user_id();
    Ok(transactions::report_replay(&app.db, user_id, step, client.address(), now, &notice).await?)
}
