//! `/api/accounts/{account}/security`: an account's security settings.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use postern_types::{
    AccountSecurity, AddressPolicy, ApiError, EmptyRequest, PasswordPolicy, SecurityConflict, SecurityEffect,
    TwoFactorPolicy, route,
};

use super::admin::AccountAdmin;
use crate::addresses::AddressList;
use crate::clock::{UnixTime, rfc3339};
use crate::error::AppError;
use crate::extract::{Body, malformed};
use crate::state::AppState;
use crate::store::account_security::{self, Change, Settings};

/// The settings, with their version in `ETag`.
#[utoipa::path(get, path = route::ACCOUNT_SECURITY, tag = "administration", responses(
    (status = 200, description = "The settings, with an `ETag`", body = AccountSecurity),
    (status = 403, description = "Not an administrator of the account", body = ApiError),
    (status = 404, description = "Not a member of the account", body = ApiError),
))]
pub(super) async fn get(State(app): State<AppState>, admin: AccountAdmin) -> Result<Response, AppError> {
    current(&app, &admin, StatusCode::OK).await
}

/// Changes the settings. A part that is left out stays as it is.
#[utoipa::path(put, path = route::ACCOUNT_SECURITY, tag = "administration", request_body = AccountSecurity,
    params(("If-Match" = String, Header, description = "The `ETag` of the version that the change is based on")),
    responses(
        (status = 200, description = "The new settings, with an `ETag`", body = AccountSecurity),
        (status = 400, description = "Malformed", body = ApiError),
        (status = 403, description = "Not an administrator, or `step_up_required`", body = ApiError),
        (status = 404, description = "Not a member of the account", body = ApiError),
        (status = 412, description = "Somebody else was first", body = SecurityConflict),
        (status = 428, description = "`If-Match` is missing", body = ApiError),
    ))]
pub(super) async fn put(
    State(app): State<AppState>,
    admin: AccountAdmin,
    headers: HeaderMap,
    Body(wanted): Body<AccountSecurity>,
) -> Result<Response, AppError> {
    let version = headers.get(header::IF_MATCH).ok_or(ApiError::PreconditionRequired)?;
    let version = version.to_str().ok().and_then(parse_etag);
    let now = app.clock.now();
    admin.require_fresh(now)?;
    let before = settings(&app, &admin).await?;
    let addresses = match &wanted.addresses {
        Some(policy) => {
            AddressList::parse(&policy.allowed).map_err(|reason| malformed("addresses.allowed", &reason))?
        }
        None => AddressList::from_stored(before.addresses_in_force(now)).unwrap_or_default(),
    };
    let password_max_age_days = match wanted.password {
        Some(PasswordPolicy { max_age_days: Some(days) }) if !PasswordPolicy::AGES.contains(&days) => {
            return Err(malformed("password.max_age_days", "expected 30, 60, 90 or null").into());
        }
        Some(policy) => policy.max_age_days.map(i64::from),
        None => before.password_max_age_days,
    };
    let two_factor_required =
        wanted.two_factor.map_or(before.two_factor_required_at.is_some(), |policy| policy.required);
    let end_sessions = wanted.two_factor.is_some_and(|policy| policy.end_sessions);
    let end_sessions_but = end_sessions.then_some(admin.session.id.as_str());
    let Some(version) = version else { return current(&app, &admin, StatusCode::PRECONDITION_FAILED).await };
    let change =
        Change { version, two_factor_required, end_sessions_but, password_max_age_days, addresses: &addresses };
    let changed = account_security::change(&app.db, admin.act(now), &change).await?;
    current(&app, &admin, if changed { StatusCode::OK } else { StatusCode::PRECONDITION_FAILED }).await
}

/// Whom the settings concern.
#[utoipa::path(get, path = route::ACCOUNT_SECURITY_EFFECT, tag = "administration", responses(
    (status = 200, description = "Numbers of users", body = SecurityEffect),
    (status = 403, description = "Not an administrator of the account", body = ApiError),
    (status = 404, description = "Not a member of the account", body = ApiError),
))]
pub(super) async fn effect(State(app): State<AppState>, admin: AccountAdmin) -> Result<Json<SecurityEffect>, AppError> {
    let (users, set_up, never_signed_in) = account_security::effect(&app.db, &admin.account_id).await?;
    let own_address = admin.client.address.to_string();
    Ok(Json(SecurityEffect { users, set_up, to_be_asked: users - set_up, never_signed_in, own_address }))
}

/// Keeps a changed list of addresses. Only from an address on it, and only in time.
#[utoipa::path(post, path = route::ACCOUNT_ADDRESSES_CONFIRM, tag = "administration", request_body = EmptyRequest,
    responses(
        (status = 200, description = "The settings, with an `ETag`", body = AccountSecurity),
        (status = 403, description = "Not an administrator, or not from an allowed address", body = ApiError),
        (status = 404, description = "Not a member of the account", body = ApiError),
        (status = 409, description = "Nothing waits to be confirmed", body = ApiError),
    ))]
pub(super) async fn confirm_addresses(
    State(app): State<AppState>,
    admin: AccountAdmin,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Response, AppError> {
    if !account_security::confirm_addresses(&app.db, admin.act(app.clock.now())).await? {
        return Err(ApiError::OutOfStep.into());
    }
    current(&app, &admin, StatusCode::OK).await
}

async fn settings(app: &AppState, admin: &AccountAdmin) -> Result<Settings, AppError> {
    Ok(account_security::read(&app.db, &admin.account_id).await?.ok_or(ApiError::NotFound)?)
}

/// What is in force, with its version.
async fn current(app: &AppState, admin: &AccountAdmin, status: StatusCode) -> Result<Response, AppError> {
    let settings = settings(app, admin).await?;
    let current = as_wire(&settings, app.clock.now());
    let etag = [(header::ETAG, format!("\"{}\"", settings.security_version))];
    Ok(match status {
        StatusCode::PRECONDITION_FAILED => {
            (status, etag, Json(SecurityConflict { error: "conflict".to_owned(), current })).into_response()
        }
        _ => (status, etag, Json(current)).into_response(),
    })
}

fn as_wire(settings: &Settings, now: UnixTime) -> AccountSecurity {
    let addresses = AddressList::from_stored(settings.addresses_in_force(now)).unwrap_or_default();
    AccountSecurity {
        two_factor: Some(TwoFactorPolicy { required: settings.two_factor_required_at.is_some(), end_sessions: false }),
        password: Some(PasswordPolicy {
            max_age_days: settings.password_max_age_days.and_then(|days| u16::try_from(days).ok()),
        }),
        addresses: Some(AddressPolicy {
            allowed: addresses.entries(),
            confirm_until: settings.confirm_until(now).map(rfc3339),
        }),
    }
}

/// The version in an entity tag, strong or weak; `None` for one that is not ours.
fn parse_etag(text: &str) -> Option<i64> {
    let text = text.trim();
    text.strip_prefix("W/").unwrap_or(text).strip_prefix('"')?.strip_suffix('"')?.parse().ok()
}
