//! `/api/accounts/{account}/users`: the users of an account.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use postern_types::{
    AddMember, ApiError, ChangeMember, EmptyRequest, Member, MemberState, Page, Password, ResetAnswer, route,
};

use super::admin::{AccountAdmin, FactorAdmin, UserId};
use super::list_query::ListQuery;
use crate::addresses::AddressList;
use crate::auth::token::{Token, random_id, random_password};
use crate::display_name::display_name;
use crate::error::AppError;
use crate::extract::{Body, malformed};
use crate::mail::Mail;
use crate::state::AppState;
use crate::store::accounts;
use crate::store::member_changes::{self, Activity, Changed, Changes, Welcome};
use crate::store::members::{self, New, Sort};

const SORTS: [(&str, Sort); 5] = [
    ("email", Sort::Email),
    ("name", Sort::Name),
    ("state", Sort::State),
    ("two_factor", Sort::TwoFactor),
    ("last_sign_in", Sort::LastSignIn),
];

/// A page of the account's users.
#[utoipa::path(get, path = route::ACCOUNT_USERS, tag = "administration", params(ListQuery), responses(
    (status = 200, description = "A page; sorted by `email`, `name`, `state`, `two_factor` or `last_sign_in`", body = Page<Member>),
    (status = 400, description = "Malformed query", body = ApiError),
    (status = 403, description = "Not an administrator of the account", body = ApiError),
    (status = 404, description = "Not a member of the account", body = ApiError),
))]
pub(super) async fn list(
    State(app): State<AppState>,
    admin: AccountAdmin,
    query: ListQuery,
) -> Result<Json<Page<Member>>, AppError> {
    let (sort, descending) = query.sort(&SORTS, (Sort::Email, false))?;
    let page = members::page(&app.db, &admin.account_id, &query.listing(), sort, descending).await?;
    Ok(Json(query.answer(page)))
}

/// Adds a user, who starts locked. Nothing tells whether the e-mail is a user of another account.
#[utoipa::path(post, path = route::ACCOUNT_USERS, tag = "administration", request_body = AddMember, responses(
    (status = 201, description = "The user", body = Member),
    (status = 400, description = "Malformed", body = ApiError),
    (status = 403, description = "Not an administrator, or `step_up_required` for an administrator", body = ApiError),
    (status = 404, description = "Not a member of the account", body = ApiError),
    (status = 409, description = "`conflict`: the e-mail is in the account already", body = ApiError),
))]
pub(super) async fn add(
    State(app): State<AppState>,
    admin: AccountAdmin,
    Body(new): Body<AddMember>,
) -> Result<(StatusCode, Json<Member>), AppError> {
    let name = display_name(&new.name).map_err(|reason| malformed("name", &reason.to_string()))?;
    let now = app.clock.now();
    if new.admin {
        admin.require_fresh(now)?;
    }
    let password_hash = &app.hasher.admit()?.hash(Password::new(random_password())).await?;
    let id = random_id();
    let member = New { id: &id, email: &new.email, name, admin: new.admin, password_hash };
    if !members::add(&app.db, admin.act(now), &member).await? {
        return Err(ApiError::Conflict.into());
    }
    Ok((StatusCode::CREATED, Json(find(&app, &admin, &id).await?)))
}

/// One user of the account.
#[utoipa::path(get, path = route::ACCOUNT_USER, tag = "administration", responses(
    (status = 200, description = "The user", body = Member),
    (status = 403, description = "Not an administrator of the account", body = ApiError),
    (status = 404, description = "No such user in the account", body = ApiError),
))]
pub(super) async fn get(
    State(app): State<AppState>,
    admin: AccountAdmin,
    UserId(id): UserId,
) -> Result<Json<Member>, AppError> {
    Ok(Json(find(&app, &admin, &id).await?))
}

/// Changes a user, all that is asked for or nothing.
#[utoipa::path(patch, path = route::ACCOUNT_USER, tag = "administration", request_body = ChangeMember, responses(
    (status = 200, description = "The user", body = Member),
    (status = 400, description = "Malformed", body = ApiError),
    (status = 403, description = "Not an administrator, or `step_up_required` for an e-mail or a role", body = ApiError),
    (status = 404, description = "No such user in the account", body = ApiError),
    (status = 409, description = "`last_administrator`, `shared_user`, or `conflict`: the e-mail is taken", body = ApiError),
))]
pub(super) async fn patch(
    State(app): State<AppState>,
    admin: AccountAdmin,
    UserId(id): UserId,
    Body(change): Body<ChangeMember>,
) -> Result<Json<Member>, AppError> {
    let now = app.clock.now();
    let name = change.name.as_deref().map(display_name).transpose();
    let name = name.map_err(|reason| malformed("name", &reason.to_string()))?;
    let addresses = change.allowed_addresses.as_deref().map(AddressList::parse).transpose();
    let addresses = addresses.map_err(|reason| malformed("allowed_addresses", &reason))?;
    let shuts_oneself_out = |list: &AddressList| id == admin.session.user_id && !list.allows(admin.client.address);
    if addresses.as_ref().is_some_and(shuts_oneself_out) {
        return Err(malformed("allowed_addresses", "your own address must be on your own list").into());
    }
    let before = find(&app, &admin, &id).await?;
    let email = change.email.filter(|email| *email != before.email);
    let role = change.admin.filter(|admin| *admin != before.admin);
    if email.is_some() || role.is_some() {
        admin.require_fresh(now)?;
    }
    let told = email.as_ref().map(|email| {
        app.mail(&before.email, &Mail::EmailChanged { new: email.to_string(), by: admin.session.email.clone() })
    });
    let (token, active) = (Token::random(), change.active.filter(|active| *active != is_active(&before)));
    let (link, account) =
        (app.config.server.public_url.one_time_link(&token), accounts::name(&app.db, &admin.account_id).await?);
    let first = app.mail(&before.email, &Mail::FirstPassword { link: link.clone(), account: account.clone() });
    let invitation = app.mail(&before.email, &Mail::Invitation { link, account });
    let welcome = Welcome { link: &token.hash(), first_password: &first, invitation: &invitation };
    let changes = Changes {
        name: name.filter(|name| *name != before.name),
        email: email.as_ref().zip(told.as_ref()),
        admin: role,
        addresses: addresses.as_ref().filter(|list| list.entries() != before.allowed_addresses),
        activity: active.map(|active| if active { Activity::Active(welcome) } else { Activity::Locked }),
    };
    refuse(member_changes::change(&app.db, admin.act(now), &id, &changes).await?)?;
    app.mail_waits.notify_one();
    Ok(Json(find(&app, &admin, &id).await?))
}

fn is_active(member: &Member) -> bool {
    member.state == MemberState::Active
}

/// Removes a user from the account.
#[utoipa::path(delete, path = route::ACCOUNT_USER, tag = "administration", responses(
    (status = 204, description = "Removed"),
    (status = 403, description = "Not an administrator, or `step_up_required`", body = ApiError),
    (status = 404, description = "No such user in the account", body = ApiError),
    (status = 409, description = "`last_administrator`", body = ApiError),
))]
pub(super) async fn remove(
    State(app): State<AppState>,
    admin: AccountAdmin,
    UserId(id): UserId,
) -> Result<StatusCode, AppError> {
    let now = app.clock.now();
    admin.require_fresh(now)?;
    refuse(member_changes::remove(&app.db, admin.act(now), &id).await?)?;
    Ok(StatusCode::NO_CONTENT)
}

/// Takes a user's second factor away (R22): the next log-in asks for set-up again, and all sessions of the user end.
#[utoipa::path(post, path = route::ACCOUNT_USER_RESET, tag = "administration", request_body = EmptyRequest, responses(
    (status = 200, description = "Done", body = ResetAnswer),
    (status = 403, description = "`second_factor_required`: the administrator has none; `step_up_required`", body = ApiError),
    (status = 404, description = "No such user in the account", body = ApiError),
))]
pub(super) async fn reset(
    State(app): State<AppState>,
    FactorAdmin(admin): FactorAdmin,
    UserId(id): UserId,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Json<ResetAnswer>, AppError> {
    let (now, user) = (app.clock.now(), find(&app, &admin, &id).await?);
    let told = app.mail(&user.email, &Mail::TwoFactorReset { by: admin.session.email.clone(), at: now });
    refuse(member_changes::reset_two_factor(&app.db, admin.act(now), &id, &told).await?)?;
    app.mail_waits.notify_one();
    Ok(Json(ResetAnswer { set_up_code: None }))
}

async fn find(app: &AppState, admin: &AccountAdmin, id: &str) -> Result<Member, AppError> {
    Ok(members::get(&app.db, &admin.account_id, id).await?.ok_or(ApiError::NotFound)?)
}

fn refuse(changed: Changed) -> Result<(), AppError> {
    Err(match changed {
        Changed::Yes => return Ok(()),
        Changed::NoSuchUser => ApiError::NotFound,
        Changed::LastAdministrator => ApiError::LastAdministrator,
        Changed::Shared => ApiError::SharedUser,
        Changed::EmailTaken => ApiError::Conflict,
        Changed::NeverSignedIn => malformed(
            "email",
            "the address of somebody who has never logged in is changed by removing and adding them again",
        ),
    }
    .into())
}
