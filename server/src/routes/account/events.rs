//! `GET /api/accounts/{account}/events`: the record of administration.

use axum::extract::State;
use postern_types::{ApiError, EventEntry, Page, route};

use crate::http::admins::Admin;
use crate::http::error::AppError;
use crate::http::list_query::{ListQuery, Listed};
use crate::state::AppState;
use crate::store::{events, transactions};

/// A page of the record of administration, the latest event first.
#[utoipa::path(get, path = route::ACCOUNT_EVENTS, tag = "administration", params(ListQuery), responses(
    (status = 200, description = "A page, the latest event first", body = Page<EventEntry>),
    (status = 403, description = "Not an administrator of the account", body = ApiError),
    (status = 404, description = "Not a member of the account", body = ApiError),
))]
pub(in crate::routes) async fn events(
    State(app): State<AppState>,
    admin: Admin,
    query: ListQuery,
) -> Result<Listed<EventEntry>, AppError> {
    transactions::undo_addresses(&app.db, admin.account_id(), app.clock.now()).await?;
    Ok(query.answer(events::page(&app.db, admin.account_id(), &query.listing()).await?))
}
