//! `/api/accounts/{account}/applications`: the applications of an account, and which of its users may use them.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use postern_types::{
    AccountApplication, AccountApplications, ApiError, ApplicationCheck, ApplicationClient, ApplicationConflict,
    ApplicationMembers, CheckApplication, Reason, route,
};

use crate::addresses::ClientAddress;
use crate::applications::{Origin, Supposed, explain};
use crate::http::admins::{Admin, FreshAdmin};
use crate::http::body::Body;
use crate::http::entity_tag::{entity_tag, required_version};
use crate::http::error::{AppError, malformed};
use crate::http::path::ApplicationInPath;
use crate::http::text::is_text;
use crate::ids::{AccountId, ApplicationId, UserId};
use crate::oidc::client::{Client as OidcClient, ClientKind};
use crate::oidc::redirect_uri::RedirectUri;
use crate::routes::me::applications::ICON;
use crate::state::AppState;
use crate::store::grants::{self, AccountsApplication};
use crate::store::oidc_clients;
use crate::store::transactions::{self, Chosen, MembersChoice};

/// The applications that the operator has given to the account, by name.
#[utoipa::path(get, path = route::ACCOUNT_APPLICATIONS, tag = "administration", responses(
    (status = 200, description = "The applications", body = AccountApplications),
    (status = 403, description = "Not an administrator of the account", body = ApiError),
    (status = 404, description = "Not a member of the account", body = ApiError),
))]
pub(in crate::routes) async fn list(
    State(app): State<AppState>,
    admin: Admin,
) -> Result<Json<AccountApplications>, AppError> {
    let all = grants::of_account(&app.db, admin.account_id()).await?;
    let clients = oidc_clients::of_account(&app.db, admin.account_id()).await?;
    Ok(Json(AccountApplications {
        issuer: app.config.server.public_url.origin().to_owned(),
        applications: all.into_iter().map(|given| as_wire(given, &clients)).collect(),
    }))
}

/// Changes which users of the account may use an application.
#[utoipa::path(put, path = route::ACCOUNT_APPLICATION_MEMBERS, tag = "administration", request_body = ApplicationMembers,
    params(("If-Match" = String, Header, description = "The `version` that the change is based on, in quotes")),
    responses(
        (status = 200, description = "The application, with an `ETag`", body = AccountApplication),
        (status = 403, description = "Not an administrator, or `step_up_required`", body = ApiError),
        (status = 404, description = "Not a member of the account, or the account does not have the application",
            body = ApiError),
        (status = 412, description = "Somebody else has changed it in the meantime", body = ApplicationConflict),
        (status = 428, description = "`If-Match` is missing", body = ApiError),
    ))]
pub(in crate::routes) async fn members(
    State(app): State<AppState>,
    admin: FreshAdmin,
    ApplicationInPath(id): ApplicationInPath,
    headers: HeaderMap,
    Body(wanted): Body<ApplicationMembers>,
) -> Result<Response, AppError> {
    let before = find(&app, admin.account_id(), &id).await?;
    let version = required_version(&headers)?;
    let users = users(&wanted.users)?;
    let chosen = match version {
        Some(version) => {
            let name = before.application.name.as_str();
            let choice = MembersChoice { application_id: &id, name, version, everyone: wanted.everyone, users: &users };
            transactions::choose_members(&app.db, &admin.authority(), &choice).await?
        }
        None => Chosen::ChangedMeanwhile,
    };
    match chosen {
        Chosen::Yes => current(&app, &admin, &id, StatusCode::OK).await,
        Chosen::ChangedMeanwhile => current(&app, &admin, &id, StatusCode::PRECONDITION_FAILED).await,
        Chosen::NotGiven => Err(ApiError::NotFound.into()),
        Chosen::NoMember(user_id) => {
            let index = wanted.users.iter().position(|given| given == user_id.as_str()).unwrap_or_default();
            Err(malformed(&format!("users[{index}]"), Reason::NotAllowed).into())
        }
    }
}

/// Whether a user's request to one of the account's applications is allowed, considering only this account.
#[utoipa::path(post, path = route::ACCOUNT_APPLICATIONS_CHECK, tag = "administration", request_body = CheckApplication,
    responses(
        (status = 200, description = "The decision, rule by rule", body = ApplicationCheck),
        (status = 403, description = "Not an administrator of the account", body = ApiError),
        (status = 404, description = "Not a member of the account", body = ApiError),
    ))]
pub(in crate::routes) async fn check(
    State(app): State<AppState>,
    admin: Admin,
    Body(wanted): Body<CheckApplication>,
) -> Result<Json<ApplicationCheck>, AppError> {
    let (account_id, now) = (admin.account_id(), app.clock.now());
    let not_allowed = |field| malformed(field, Reason::NotAllowed);
    let origin = Origin::parse(&wanted.url).map_err(|_| not_allowed("url"))?;
    let all = grants::of_account(&app.db, account_id).await?;
    let given = all.into_iter().map(|given| given.application).find(|application| application.origin == origin);
    let application = given.ok_or_else(|| not_allowed("url"))?;
    let address = match &wanted.address {
        Some(text) => {
            ClientAddress::Known(text.parse().map_err(|_| malformed("address", Reason::NotAnAddress { line: 1 }))?)
        }
        None => admin.client().address(),
    };
    let user_id = Some(wanted.user).filter(|id| is_text(id)).map(UserId::named).ok_or_else(|| not_allowed("user"))?;
    if !grants::is_member(&app.db, account_id, &user_id).await? {
        return Err(not_allowed("user").into());
    }
    let mut visitor = grants::visitor_after_log_in(&app.db, &user_id, &application.id, now).await?;
    // The account must not learn what other accounts decide.
    visitor.grants.retain(|grant| grant.account_id == *account_id);
    let supposed = Supposed { url: &wanted.url, method: wanted.method, address, at: now };
    Ok(Json(explain(&application, &supposed, &visitor)))
}

/// The ids of a list, each once.
fn users(given: &[String]) -> Result<Vec<UserId>, ApiError> {
    if given.len() > ApplicationMembers::MAX_USERS {
        return Err(malformed("users", Reason::TooMany { max: ApplicationMembers::MAX_USERS as u32 }));
    }
    let mut users = Vec::with_capacity(given.len());
    for (index, id) in given.iter().enumerate() {
        if !is_text(id) {
            return Err(malformed(&format!("users[{index}]"), Reason::NotAllowed));
        }
        let id = UserId::named(id.clone());
        if !users.contains(&id) {
            users.push(id);
        }
    }
    Ok(users)
}

async fn find(app: &AppState, account_id: &AccountId, id: &ApplicationId) -> Result<AccountsApplication, AppError> {
    let all = grants::of_account(&app.db, account_id).await?;
    Ok(all.into_iter().find(|given| given.application.id == *id).ok_or(ApiError::NotFound)?)
}

/// The current application, with its version.
async fn current(app: &AppState, admin: &Admin, id: &ApplicationId, status: StatusCode) -> Result<Response, AppError> {
    let clients = oidc_clients::of_account(&app.db, admin.account_id()).await?;
    let current = as_wire(find(app, admin.account_id(), id).await?, &clients);
    let tag = [(header::ETAG, entity_tag(current.version))];
    Ok(match status {
        StatusCode::PRECONDITION_FAILED => {
            (status, tag, Json(ApplicationConflict { error: "conflict".to_owned(), current })).into_response()
        }
        _ => (status, tag, Json(current)).into_response(),
    })
}

/// `clients` are those of all the account's applications.
fn as_wire(given: AccountsApplication, clients: &[OidcClient]) -> AccountApplication {
    let application = given.application;
    let of_this = clients.iter().filter(|client| client.application_id == application.id);
    AccountApplication {
        clients: of_this.map(client_as_wire).collect(),
        icon: given.has_icon.then(|| route::fill(ICON, &[application.id.as_str()])),
        id: application.id.to_string(),
        name: application.name.to_string(),
        url: application.url,
        everyone: given.everyone_since.is_some(),
        users: given.users.iter().map(ToString::to_string).collect(),
        version: given.version,
    }
}

fn client_as_wire(client: &OidcClient) -> ApplicationClient {
    ApplicationClient {
        name: client.name.to_string(),
        client_id: client.id.to_string(),
        public: client.kind == ClientKind::Public,
        redirect_uris: client.redirect_uris.iter().map(RedirectUri::as_str).map(str::to_owned).collect(),
    }
}
