//! `/api/accounts/{account}/users`: the users of an account.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use postern_types::{
    AddMember, ApiError, ChangeMember, Email, EmptyRequest, Lockdown, Member, MemberState, Page, Reason, route,
};

use crate::addresses::AddressList;
use crate::auth::token::Token;
use crate::display_name::DisplayName;
use crate::http::admins::{Admin, FactorAdmin, FreshAdmin};
use crate::http::body::Body;
use crate::http::error::{AppError, malformed};
use crate::http::list_query::{ListQuery, Listed};
use crate::http::path::MemberInPath;
use crate::ids::MemberId;
use crate::mail::{Mail, Queued};
use crate::state::AppState;
use crate::store::accounts;
use crate::store::members::{self, Sort};
use crate::store::transactions::{self, Activity, Changes, EmailChange, Extent, NewMember, Welcome};

const SORTS: [(&str, Sort); 5] = [
    ("email", Sort::Email),
    ("name", Sort::Name),
    ("state", Sort::State),
    ("two_factor", Sort::TwoFactor),
    ("last_sign_in", Sort::LastSignIn),
];

/// A page of the account's users.
#[utoipa::path(get, path = route::ACCOUNT_USERS, tag = "administration", params(ListQuery), responses(
    (status = 200, description = "A page; can be sorted by `email`, `name`, `state`, `two_factor` or `last_sign_in`", body = Page<Member>),
    (status = 403, description = "Not an administrator of the account", body = ApiError),
    (status = 404, description = "Not a member of the account", body = ApiError),
))]
pub(in crate::routes) async fn list(
    State(app): State<AppState>,
    admin: Admin,
    query: ListQuery,
) -> Result<Listed<Member>, AppError> {
    let (sort, descending) = query.sort(&SORTS, (Sort::Email, false))?;
    let page = members::page(&app.db, admin.account_id(), &query.listing(), sort, descending, app.clock.now()).await?;
    Ok(query.answer(page))
}

/// Adds a user, who starts locked. The response does not reveal whether the user exists in another account.
#[utoipa::path(post, path = route::ACCOUNT_USERS, tag = "administration", request_body = AddMember, responses(
    (status = 201, description = "The user", body = Member),
    (status = 403, description = "Not an administrator, or `step_up_required` for an administrator", body = ApiError),
    (status = 404, description = "Not a member of the account", body = ApiError),
    (status = 409, description = "`conflict`: the account already has a user with this e-mail", body = ApiError),
))]
pub(in crate::routes) async fn add(
    State(app): State<AppState>,
    admin: Admin,
    Body(new): Body<AddMember>,
) -> Result<(StatusCode, Json<Member>), AppError> {
    let name = DisplayName::parse(&new.name).map_err(|invalid| malformed("name", invalid))?;
    let by = if new.admin { admin.fresh_authority()? } else { admin.authority() };
    let id = MemberId::random();
    let member = NewMember { id: &id, email: &new.email, name: &name, admin: new.admin };
    if !transactions::add_member(&app.db, &by, &member).await? {
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
pub(in crate::routes) async fn get(
    State(app): State<AppState>,
    admin: Admin,
    MemberInPath(id): MemberInPath,
) -> Result<Json<Member>, AppError> {
    Ok(Json(find(&app, &admin, &id).await?))
}

/// Changes a user: everything that is requested, or nothing.
#[utoipa::path(patch, path = route::ACCOUNT_USER, tag = "administration", request_body = ChangeMember, responses(
    (status = 200, description = "The user", body = Member),
    (status = 403, description = "Not an administrator, or `step_up_required` unless only the name changes", body = ApiError),
    (status = 404, description = "No such user in the account", body = ApiError),
    (status = 409, description = "`last_administrator`, `shared_user`, or `conflict`: the e-mail is taken", body = ApiError),
))]
pub(in crate::routes) async fn patch(
    State(app): State<AppState>,
    admin: Admin,
    MemberInPath(id): MemberInPath,
    Body(change): Body<ChangeMember>,
) -> Result<Json<Member>, AppError> {
    let name = change.name.as_deref().map(DisplayName::parse).transpose();
    let name = name.map_err(|invalid| malformed("name", invalid))?;
    let addresses = change.allowed_addresses.as_deref().map(AddressList::parse).transpose();
    let addresses = addresses.map_err(|reason| malformed("allowed_addresses", reason))?;
    let is_oneself = id.as_str() == admin.session().user_id().as_str();
    if addresses.as_ref().is_some_and(|list| is_oneself && !list.allows(admin.client().address())) {
        return Err(malformed("allowed_addresses", Reason::OwnAddressMissing).into());
    }
    let before = find(&app, &admin, &id).await?;
    let email = change.email.filter(|email| *email != before.email);
    let role = change.admin.filter(|admin| *admin != before.admin);
    let addresses = addresses.filter(|list| list.entries() != before.allowed_addresses);
    let active = change.active.filter(|active| *active != is_active(&before) || before.locked_by_operator);
    let is_sensitive = email.is_some() || role.is_some() || addresses.is_some() || active.is_some();
    let authority = if is_sensitive { admin.fresh_authority()? } else { admin.authority() };
    let by = admin.session().email().to_string();
    let notice = email
        .as_ref()
        .map(|email| mail(&app, &admin, &before.email, &Mail::EmailChanged { new: email.to_string(), by }));
    let activity = match active {
        Some(true) => Some(Activity::Active(Box::new(welcome(&app, &admin, &before.email).await?))),
        Some(false) => Some(Activity::Locked),
        None => None,
    };
    let changes = Changes {
        name: name.as_ref().filter(|name| name.as_str() != before.name),
        email: email.as_ref().zip(notice.as_ref()).map(|(email, notice)| EmailChange { email, notice }),
        admin: role,
        addresses: addresses.as_ref(),
        activity,
    };
    transactions::change_member(&app.db, &authority, &id, &changes).await?;
    Ok(Json(find(&app, &admin, &id).await?))
}

fn is_active(member: &Member) -> bool {
    member.state == MemberState::Active
}

/// Seals a mail that an administrator causes.
fn mail(app: &AppState, admin: &Admin, to: &Email, mail: &Mail) -> Queued {
    app.mail(to, mail).from_account(admin.account_id())
}

/// Both mails are prepared: which one is sent, if any, is decided in the transaction.
async fn welcome(app: &AppState, admin: &Admin, to: &Email) -> Result<Welcome, AppError> {
    let token = Token::random();
    let link = app.config.server.public_url.one_time_link(&token);
    let account = accounts::name(&app.db, admin.account_id()).await?;
    let first_password = mail(app, admin, to, &Mail::FirstPassword { link: link.clone(), account: account.clone() });
    let invitation = mail(app, admin, to, &Mail::Invitation { link, account });
    Ok(Welcome { link: token.hash(), first_password, invitation })
}

/// Removes a user from the account.
#[utoipa::path(delete, path = route::ACCOUNT_USER, tag = "administration", responses(
    (status = 204, description = "Removed"),
    (status = 403, description = "Not an administrator, or `step_up_required`", body = ApiError),
    (status = 404, description = "No such user in the account", body = ApiError),
    (status = 409, description = "`last_administrator`", body = ApiError),
))]
pub(in crate::routes) async fn remove(
    State(app): State<AppState>,
    admin: FreshAdmin,
    MemberInPath(id): MemberInPath,
) -> Result<StatusCode, AppError> {
    transactions::remove_member(&app.db, &admin.authority(), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Locks down a user: ends all sessions, forgets known browsers and one-time links, and asks for a new password at the next log-in.
#[utoipa::path(post, path = route::ACCOUNT_USER_LOCKDOWN, tag = "administration", request_body = Lockdown, responses(
    (status = 204, description = "Done"),
    (status = 403, description = "`second_factor_required`: the administrator has no second factor; or `step_up_required`", body = ApiError),
    (status = 404, description = "No such user in the account", body = ApiError),
    (status = 409, description = "`shared_user`: the person also belongs to another account", body = ApiError),
))]
pub(in crate::routes) async fn lock_down(
    State(app): State<AppState>,
    admin: FactorAdmin,
    MemberInPath(id): MemberInPath,
    Body(Lockdown { recovery_codes }): Body<Lockdown>,
) -> Result<StatusCode, AppError> {
    let user = find(&app, &admin, &id).await?;
    let by = Some(admin.session().email().to_string());
    let notice = mail(&app, &admin, &user.email, &Mail::LockedDown { by, at: app.clock.now(), recovery_codes });
    let seal = |to: &Email, mail: &Mail| app.mail(to, mail);
    transactions::lock_down_member(&app.db, &admin.authority(), &id, Extent::of(recovery_codes), &notice, &seal)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Sends a new link to join the account, or to choose the first password. The link before it no longer works.
#[utoipa::path(post, path = route::ACCOUNT_USER_INVITE, tag = "administration", request_body = EmptyRequest, responses(
    (status = 200, description = "The user", body = Member),
    (status = 403, description = "Not an administrator, or `step_up_required`", body = ApiError),
    (status = 404, description = "No such user in the account", body = ApiError),
    (status = 409, description = "`out_of_step`: the user is locked, or has joined already", body = ApiError),
))]
pub(in crate::routes) async fn invite(
    State(app): State<AppState>,
    admin: FreshAdmin,
    MemberInPath(id): MemberInPath,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Json<Member>, AppError> {
    let user = find(&app, &admin, &id).await?;
    let welcome = welcome(&app, &admin, &user.email).await?;
    transactions::invite_again(&app.db, &admin.authority(), &id, &welcome).await?;
    Ok(Json(find(&app, &admin, &id).await?))
}

async fn find(app: &AppState, admin: &Admin, id: &MemberId) -> Result<Member, AppError> {
    Ok(members::get(&app.db, admin.account_id(), id, app.clock.now()).await?.ok_or(ApiError::NotFound)?)
}
