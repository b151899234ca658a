//! `/api/accounts/{account}/security`: an account's security settings.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use postern_types::{
    AccountSecurity, AddressPolicy, ApiError, Email, EmptyRequest, PasswordPolicy, Reason, ResetPolicy,
    SecurityConflict, SecurityEffect, TwoFactorPolicy, route,
};

use crate::addresses::AddressList;
use crate::clock::{UnixTime, rfc3339};
use crate::http::admins::{Admin, FreshAdmin};
use crate::http::body::Body;
use crate::http::entity_tag::{entity_tag, required_version};
use crate::http::error::{AppError, malformed};
use crate::mail::Mail;
use crate::state::AppState;
use crate::store::account_security::{self, Settings};
use crate::store::transactions::{self, Seal, SecurityChange};
use crate::store::{accounts, passkey_policy, reset_policy};

/// The security settings, with their version in the `ETag` header.
#[utoipa::path(get, path = route::ACCOUNT_SECURITY, tag = "administration", responses(
    (status = 200, description = "The settings, with an `ETag`", body = AccountSecurity),
    (status = 403, description = "Not an administrator of the account", body = ApiError),
    (status = 404, description = "Not a member of the account", body = ApiError),
))]
pub(in crate::routes) async fn get(State(app): State<AppState>, admin: Admin) -> Result<Response, AppError> {
    current(&app, &admin, StatusCode::OK).await
}

/// Changes the security settings. A part that is left out stays unchanged.
#[utoipa::path(put, path = route::ACCOUNT_SECURITY, tag = "administration", request_body = AccountSecurity,
    params(("If-Match" = String, Header, description = "The `ETag` of the version that the change is based on")),
    responses(
        (status = 200, description = "The new settings, with an `ETag`", body = AccountSecurity),
        (status = 403, description = "Not an administrator; `step_up_required`; or `second_factor_required`: resets would need less than before, and the administrator has no second factor", body = ApiError),
        (status = 404, description = "Not a member of the account", body = ApiError),
        (status = 412, description = "Somebody else has changed the settings in the meantime", body = SecurityConflict),
        (status = 428, description = "`If-Match` is missing", body = ApiError),
    ))]
pub(in crate::routes) async fn put(
    State(app): State<AppState>,
    admin: FreshAdmin,
    headers: HeaderMap,
    Body(wanted): Body<AccountSecurity>,
) -> Result<Response, AppError> {
    let version = required_version(&headers)?;
    let now = app.clock.now();
    let before = settings(&app, &admin).await?;
    let addresses = match &wanted.addresses {
        Some(policy) => AddressList::parse(&policy.allowed).map_err(|reason| malformed("addresses.allowed", reason))?,
        None => AddressList::from_stored(before.addresses_in_force(now)).unwrap_or_default(),
    };
    let password_max_age_days = match wanted.password {
        Some(PasswordPolicy { max_age_days: Some(days) }) if !PasswordPolicy::AGES.contains(&days) => {
            return Err(malformed("password.max_age_days", Reason::NotAllowed).into());
        }
        Some(policy) => policy.max_age_days,
        None => max_age_days(&before),
    };
    if wanted.reset.is_some_and(|policy| policy.delay_h > ResetPolicy::LONGEST_DELAY_H) {
        let reason = Reason::OutOfRange { min: 0, max: ResetPolicy::LONGEST_DELAY_H.into() };
        return Err(malformed("reset.delay_h", reason).into());
    }
    let two_factor_required =
        wanted.two_factor.map_or(before.two_factor_required_at.is_some(), |policy| policy.required);
    let end_sessions = wanted.two_factor.is_some_and(|policy| policy.end_sessions);
    let end_sessions_but = end_sessions.then_some(admin.session().id());
    let Some(version) = version else { return current(&app, &admin, StatusCode::PRECONDITION_FAILED).await };
    let (addresses, reset, passkeys) = (&addresses, wanted.reset, wanted.passkeys);
    let account = accounts::name(&app.db, admin.account_id()).await?;
    let seal = |to: &Email, mail: &Mail| app.mail(to, mail);
    let mails: (Seal<'_>, &str) = (&seal, &account);
    let change = SecurityChange {
        version,
        two_factor_required,
        end_sessions_but,
        password_max_age_days,
        addresses,
        reset,
        mails,
        passkeys,
    };
    let changed = transactions::change_security(&app.db, &admin.authority(), &change).await?;
    current(&app, &admin, if changed { StatusCode::OK } else { StatusCode::PRECONDITION_FAILED }).await
}

/// How many users the settings affect.
#[utoipa::path(get, path = route::ACCOUNT_SECURITY_EFFECT, tag = "administration", responses(
    (status = 200, description = "The numbers of users", body = SecurityEffect),
    (status = 403, description = "Not an administrator of the account", body = ApiError),
    (status = 404, description = "Not a member of the account", body = ApiError),
))]
pub(in crate::routes) async fn effect(
    State(app): State<AppState>,
    admin: Admin,
) -> Result<Json<SecurityEffect>, AppError> {
    let effect = account_security::effect(&app.db, admin.account_id(), admin.session().user_id()).await?;
    Ok(Json(SecurityEffect {
        users: effect.users.unsigned_abs(),
        set_up: effect.set_up.unsigned_abs(),
        to_be_asked: (effect.users - effect.set_up).unsigned_abs(),
        never_signed_in: (effect.users - effect.signed_in).unsigned_abs(),
        passkeys_alone: effect.passkeys_alone.unsigned_abs(),
        own_passkeys_alone: effect.own_passkeys_alone > 0,
        own_address: admin.client().address().to_string(),
    }))
}

/// Confirms a changed list of addresses. Only possible from an address on the list, and before the change is undone.
#[utoipa::path(post, path = route::ACCOUNT_ADDRESSES_CONFIRM, tag = "administration", request_body = EmptyRequest,
    responses(
        (status = 200, description = "The settings, with an `ETag`", body = AccountSecurity),
        (status = 403, description = "Not an administrator, or the client's address is not allowed", body = ApiError),
        (status = 404, description = "Not a member of the account", body = ApiError),
        (status = 409, description = "There is nothing to confirm", body = ApiError),
    ))]
pub(in crate::routes) async fn confirm_addresses(
    State(app): State<AppState>,
    admin: Admin,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Response, AppError> {
    if !transactions::confirm_addresses(&app.db, &admin.authority()).await? {
        return Err(ApiError::OutOfStep.into());
    }
    current(&app, &admin, StatusCode::OK).await
}

async fn settings(app: &AppState, admin: &Admin) -> Result<Settings, AppError> {
    transactions::undo_addresses(&app.db, admin.account_id(), app.clock.now()).await?;
    Ok(account_security::read(&app.db, admin.account_id()).await?.ok_or(ApiError::NotFound)?)
}

/// The settings in force, with their version.
async fn current(app: &AppState, admin: &Admin, status: StatusCode) -> Result<Response, AppError> {
    let settings = settings(app, admin).await?;
    let reset = Some(reset_policy::read(&app.db, admin.account_id()).await?);
    let passkeys = Some(passkey_policy::read(&app.db, admin.account_id()).await?);
    let current = AccountSecurity { reset, passkeys, ..as_wire(&settings, app.clock.now()) };
    let etag = [(header::ETAG, entity_tag(settings.security_version))];
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
        password: Some(PasswordPolicy { max_age_days: max_age_days(settings) }),
        addresses: Some(AddressPolicy {
            allowed: addresses.entries(),
            confirm_until: settings.confirm_until(now).map(rfc3339),
        }),
        reset: None,
        passkeys: None,
    }
}

fn max_age_days(settings: &Settings) -> Option<u16> {
    settings.password_max_age_days.and_then(|days| u16::try_from(days).ok())
}
