//! `/api/me/applications`: the applications that the user may open, and their icons.

use axum::Json;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use postern_types::{ApiError, MyApplication, route};

use crate::addresses::ClientAddress;
use crate::applications::Standing;
use crate::clock::UnixTime;
use crate::http::client::Client;
use crate::http::error::AppError;
use crate::http::path::ApplicationInPath;
use crate::http::sessions::FullSession;
use crate::state::AppState;
use crate::store::grants::UsersApplication;
use crate::store::{account_security, applications, grants};

/// The path of an icon, which the browser learns from the list of applications.
pub(in crate::routes) const ICON: &str = "/api/applications/{application}/icon";
/// An icon may contain styles, and nothing else that is active.
const ICON_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; sandbox";

/// The applications that the user may open from this address, by name.
#[utoipa::path(get, path = route::MY_APPLICATIONS, tag = "me", responses(
    (status = 200, description = "The applications", body = Vec<MyApplication>),
))]
pub(in crate::routes) async fn applications(
    State(app): State<AppState>,
    session: FullSession,
    client: Client,
) -> Result<Json<Vec<MyApplication>>, AppError> {
    let (address, now) = (client.address(), app.clock.now());
    let all = grants::of_user(&app.db, session.user_id()).await?;
    let usable = all.into_iter().filter(|application| is_usable(application, address, now));
    let shown = |UsersApplication { application, has_icon, .. }: UsersApplication| MyApplication {
        icon: has_icon.then(|| route::fill(ICON, &[application.id.as_str()])),
        id: application.id.to_string(),
        name: application.name.to_string(),
        url: application.url,
    };
    Ok(Json(usable.map(shown).collect()))
}

fn is_usable(of_user: &UsersApplication, address: ClientAddress, now: UnixTime) -> bool {
    !of_user.application.excludes(address) && Standing::of(&of_user.grants, address, now) == Standing::MayUse
}

/// The icon of an application that the user may use, or that belongs to an account that the user administers.
#[utoipa::path(get, path = ICON, tag = "me", responses(
    (status = 200, description = "The icon", content((Vec<u8> = "image/png"), (String = "image/svg+xml"))),
    (status = 404, description = "No such application, or it has no icon", body = ApiError),
))]
pub(in crate::routes) async fn icon(
    State(app): State<AppState>,
    session: FullSession,
    client: Client,
    ApplicationInPath(id): ApplicationInPath,
) -> Result<Response, AppError> {
    let (address, now) = (client.address(), app.clock.now());
    let all = grants::of_user(&app.db, session.user_id()).await?;
    let of_user = all.iter().find(|of_user| of_user.application.id == id).ok_or(ApiError::NotFound)?;
    if !is_usable(of_user, address, now) {
        let accesses = account_security::accesses(&app.db, session.user_id()).await?;
        let mut administered =
            accesses.iter().filter(|access| access.admin_since.is_some() && access.allows(address, now));
        if !administered.any(|access| of_user.grants.iter().any(|grant| grant.account_id == access.account_id)) {
            return Err(ApiError::NotFound.into());
        }
    }
    let icon = applications::icon(&app.db, &id).await?.ok_or(ApiError::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, icon.media_type().as_str()),
        (header::CONTENT_SECURITY_POLICY, ICON_POLICY),
        (header::CONTENT_DISPOSITION, "inline"),
    ];
    Ok((headers, icon.into_bytes()).into_response())
}
