//! Resets of second factors (R22): `/api/accounts/{account}/users/{user}/reset-2fa`, `…/set-up-code` and
//! `/api/accounts/{account}/reset-requests`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use postern_types::{ApiError, Approval, Email, EmptyRequest, ResetAnswer, ResetRequest, ResetWait, SetUpCode, route};

use crate::auth::throttle;
use crate::auth::token::Token;
use crate::clock::{UnixTime, rfc3339};
use crate::http::admins::{Admin, FactorAdmin, FreshAdmin};
use crate::http::body::Body;
use crate::http::error::AppError;
use crate::http::path::{MemberInPath, ResetInPath};
use crate::ids::AccountId;
use crate::mail::Mail;
use crate::sign_in::set_up_code;
use crate::state::AppState;
use crate::store::attempts;
use crate::store::open_resets::{self, Seen};
use crate::store::transactions::{self, ChangeRefused, NewReset};

/// Resets a user's two-factor authentication (R22): the next log-in asks for set-up again, and all sessions of the user end. If
/// somebody has to approve it, or there is a delay, it becomes an open request instead.
#[utoipa::path(post, path = route::ACCOUNT_USER_RESET, tag = "administration", request_body = EmptyRequest, responses(
    (status = 200, description = "Done", body = ResetAnswer),
    (status = 202, description = "The reset waits, as `request` says", body = ResetAnswer),
    (status = 403, description = "`second_factor_required`: the administrator has no second factor; or `step_up_required`", body = ApiError),
    (status = 404, description = "No such user in the account", body = ApiError),
    (status = 409, description = "`no_second_factor`: there is none to reset; or `out_of_step`: there is an open request already", body = ApiError),
    (status = 429, description = "Too many resets and set-up codes in the account", body = ApiError),
))]
pub(in crate::routes) async fn reset(
    State(app): State<AppState>,
    admin: FactorAdmin,
    MemberInPath(id): MemberInPath,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<(StatusCode, Json<ResetAnswer>), AppError> {
    count(&app, &admin).await?;
    let token = Token::random();
    let link = app.config.server.public_url.cancel_link(&token);
    let seal = |to: &Email, mail: &Mail| app.mail(to, mail);
    let requests_of = |account_id: &AccountId| app.config.server.public_url.requests_link(account_id);
    let new = NewReset { code: None, cancel: (&token.hash(), &link), requests_of: &requests_of, seal: &seal };
    let (asked, set_up_code) = match transactions::reset_member_two_factor(&app.db, &admin.authority(), &id, &new).await
    {
        // Hashing one takes a while, so it is drawn only where it is demanded.
        Err(ChangeRefused::CodeNeeded) => {
            let (code, hash) = set_up_code::draw(&app, admin.session(), admin.client()).await?;
            let new = NewReset { code: Some(&hash), ..new };
            let asked = transactions::reset_member_two_factor(&app.db, &admin.authority(), &id, &new).await?;
            (asked, asked.needs_code.then(|| code.grouped()))
        }
        asked => (asked?, None),
    };
    if asked.is_done {
        return Ok((StatusCode::OK, Json(ResetAnswer { set_up_code, request: None })));
    }
    let now = app.clock.now();
    let request = open_resets::about(&app.db, admin.account_id(), &id, now).await?;
    let request = request.map(|request| as_wire(request, &admin, now));
    Ok((StatusCode::ACCEPTED, Json(ResetAnswer { set_up_code, request })))
}

/// Makes a set-up code for a user without a second factor, in place of an earlier one. Do not hand it over in the same way as the
/// password.
#[utoipa::path(post, path = route::ACCOUNT_USER_SET_UP_CODE, tag = "administration", request_body = EmptyRequest, responses(
    (status = 200, description = "The code; it is shown only here", body = SetUpCode),
    (status = 403, description = "`second_factor_required`: the administrator has no second factor; or `step_up_required`", body = ApiError),
    (status = 404, description = "No such user in the account", body = ApiError),
    (status = 409, description = "`out_of_step`: the user has a second factor, or the account demands no set-up codes; or `shared_user`: another account relies on this person's second factor, so only the operator can make one", body = ApiError),
    (status = 429, description = "Too many resets and set-up codes in the account", body = ApiError),
))]
pub(in crate::routes) async fn make_code(
    State(app): State<AppState>,
    admin: FactorAdmin,
    MemberInPath(id): MemberInPath,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Json<SetUpCode>, AppError> {
    count(&app, &admin).await?;
    let (code, hash) = set_up_code::draw(&app, admin.session(), admin.client()).await?;
    transactions::make_set_up_code(&app.db, &admin.authority(), &id, &hash).await?;
    Ok(Json(SetUpCode { set_up_code: code.grouped() }))
}

/// The open requests about users of the account: its own, and those of other accounts, of which some need its approval.
#[utoipa::path(get, path = route::ACCOUNT_RESET_REQUESTS, tag = "administration", responses(
    (status = 200, description = "The requests, the oldest first", body = Vec<ResetRequest>),
    (status = 403, description = "Not an administrator of the account", body = ApiError),
    (status = 404, description = "Not a member of the account", body = ApiError),
))]
pub(in crate::routes) async fn list(
    State(app): State<AppState>,
    admin: Admin,
) -> Result<Json<Vec<ResetRequest>>, AppError> {
    let now = app.clock.now();
    let requests = open_resets::of_account(&app.db, admin.account_id(), now).await?;
    Ok(Json(requests.into_iter().map(|request| as_wire(request, &admin, now)).collect()))
}

/// Approves a request for the account. The last approval does the reset, unless the delay is not over.
#[utoipa::path(post, path = route::ACCOUNT_RESET_APPROVE, tag = "administration", request_body = EmptyRequest,
    responses(
        (status = 200, description = "Approved, and done", body = Approval),
        (status = 202, description = "Approved; it still waits, as `request` says", body = Approval),
        (status = 403, description = "`forbidden`: it is the administrator's own request, or about them; `second_factor_required`; or `step_up_required`", body = ApiError),
        (status = 404, description = "No such open request", body = ApiError),
        (status = 409, description = "`out_of_step`: the account has approved already, or need not", body = ApiError),
    ))]
pub(in crate::routes) async fn approve(
    State(app): State<AppState>,
    admin: FactorAdmin,
    ResetInPath(id): ResetInPath,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<(StatusCode, Json<Approval>), AppError> {
    let seal = |to: &Email, mail: &Mail| app.mail(to, mail);
    if transactions::approve_reset(&app.db, &admin.authority(), &id, &seal).await? {
        return Ok((StatusCode::OK, Json(Approval { request: None })));
    }
    let now = app.clock.now();
    // It may have ended in the meantime.
    let request =
        open_resets::find(&app.db, admin.account_id(), &id, now).await?.ok_or(ChangeRefused::NoSuchRequest)?;
    Ok((StatusCode::ACCEPTED, Json(Approval { request: Some(as_wire(request, &admin, now)) })))
}

/// Refuses a request, or withdraws one's own. Nothing is reset.
#[utoipa::path(post, path = route::ACCOUNT_RESET_REFUSE, tag = "administration", request_body = EmptyRequest,
    responses(
        (status = 204, description = "The request is closed"),
        (status = 403, description = "Not an administrator, or `step_up_required`", body = ApiError),
        (status = 404, description = "No such open request", body = ApiError),
    ))]
pub(in crate::routes) async fn refuse(
    State(app): State<AppState>,
    admin: FreshAdmin,
    ResetInPath(id): ResetInPath,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<StatusCode, AppError> {
    let seal = |to: &Email, mail: &Mail| app.mail(to, mail);
    transactions::refuse_reset(&app.db, &admin.authority(), &id, &seal).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Counts a reset or a set-up code that an administrator of the account asks for, before the work.
async fn count(app: &AppState, admin: &Admin) -> Result<(), AppError> {
    let now = app.clock.now();
    attempts::take(&app.db, &[throttle::resets_counter(admin.account_id())], now).await?.or_refuse(now)?;
    Ok(())
}

fn as_wire(request: Seen, admin: &Admin, now: UnixTime) -> ResetRequest {
    let not_before = request.end_of_delay();
    let waits = [
        (request.waits_for_this > 0, ResetWait::ThisAccount),
        (request.waits_for_others > 0, ResetWait::OtherAccounts),
        (not_before > now, ResetWait::Delay),
    ];
    let me = admin.session().user_id();
    let is_own = |account_id: &AccountId| account_id == admin.account_id();
    ResetRequest {
        may_approve: request.waits_for_this > 0
            && admin.session().two_factor_since().is_some()
            && *me != request.asked_by
            && *me != request.user_id,
        may_refuse: request.has_a_say > 0,
        is_own: *me == request.asked_by && is_own(&request.account_id),
        id: request.id.to_string(),
        user: request.user_id.to_string(),
        email: request.email,
        name: request.name,
        asked_by: is_own(&request.account_id).then_some(request.asker),
        asked_at: rfc3339(request.asked_at),
        waits_for: waits.into_iter().filter_map(|(waits, what)| waits.then_some(what)).collect(),
        not_before: (not_before > request.asked_at).then(|| rfc3339(not_before)),
        expires_at: rfc3339(request.expires_at),
        set_up_code: request.code_hash.is_some(),
    }
}
