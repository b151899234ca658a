//! `/api/me/accounts`: the accounts to which one belongs.

use axum::extract::State;
use postern_types::{ApiError, EmptyRequest, Step, route};

use crate::auth::freshness::Freshness;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::error::AppError;
use crate::http::path::AccountInPath;
use crate::http::sessions::FreshSession;
use crate::sign_in::step::Answer;
use crate::state::AppState;
use crate::store::transactions;

/// Leaves an account. Whoever belongs to no other account is deleted as a user.
#[utoipa::path(post, path = route::MY_ACCOUNT_LEAVE, tag = "me", request_body = EmptyRequest, responses(
    (status = 200, description = "Step `signed_in` without the account, or `credentials` if no account is left", body = Step),
    (status = 403, description = "`step_up_required`", body = ApiError),
    (status = 404, description = "Not a member of the account", body = ApiError),
    (status = 409, description = "`last_administrator`", body = ApiError),
))]
pub(in crate::routes) async fn leave(
    State(app): State<AppState>,
    session: FreshSession,
    client: Client,
    AccountInPath(account_id): AccountInPath,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Answer, AppError> {
    let by = session.authority(&client, Freshness::FreshIfSetUp);
    transactions::leave_account(&app.db, &by, &account_id).await?;
    Answer::of_token(&app, session.token().clone(), &client).await
}
