//! `POST /api/link`, `/api/password-reset…`, `/api/invitation/accept` and `/api/first-run`: what one-time links lead to.
//! Tokens come in bodies, never in addresses.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use postern_types::{
    ApiError, ConfirmPasswordReset, Email, EmptyRequest, FirstRun, Link, LinkToken, PasswordReset, Step, route,
};

use super::new_password::check;
use super::sign_in::{Begin, begin};
use super::step::{Answer, step_of};
use crate::auth::throttle;
use crate::auth::token::{Token, TokenHash, random_id};
use crate::display_name::display_name;
use crate::error::AppError;
use crate::extract::{AnySession, Body, Client, Cookies, malformed};
use crate::mail::Mail;
use crate::state::AppState;
use crate::store::accounts::{self, First};
use crate::store::links::{self, Kind};
use crate::store::{attempts, passwords, users};

/// What a link is for. Asking does not use it up.
#[utoipa::path(post, path = route::LINK, tag = "links", request_body = LinkToken, responses(
    (status = 200, description = "What it is for", body = Link),
    (status = 404, description = "It does not work, or not any more", body = ApiError),
))]
pub(super) async fn link(
    State(app): State<AppState>,
    Body(LinkToken { token }): Body<LinkToken>,
) -> Result<Json<Link>, AppError> {
    let link = find(&app, &token).await?.1;
    let email = || link.email.as_deref().and_then(|email| Email::parse(email).ok()).ok_or(ApiError::NotFound);
    Ok(Json(match link.kind {
        Kind::FirstRun => Link::FirstRun,
        Kind::Password | Kind::FirstPassword | Kind::BreakGlass => Link::Password { email: email()? },
        Kind::Invitation => {
            Link::Invitation { email: email()?, account: link.account.clone().ok_or(ApiError::NotFound)? }
        }
    }))
}

async fn find(app: &AppState, token: &str) -> Result<(TokenHash, links::Link), AppError> {
    let token = Token::parse(token.trim()).ok_or(ApiError::NotFound)?.hash();
    let link = links::find(&app.db, &token, app.clock.now()).await?.ok_or(ApiError::NotFound)?;
    Ok((token, link))
}

/// Mails a link for a new password, if there is such a user. The answer is the same in any case, and is given before anything
/// is looked up.
#[utoipa::path(post, path = route::PASSWORD_RESET, tag = "links", request_body = PasswordReset, responses(
    (status = 202, description = "Always", body = EmptyRequest),
    (status = 429, description = "Asked for too often", body = ApiError),
))]
pub(super) async fn password_reset(
    State(app): State<AppState>,
    client: Client,
    Body(PasswordReset { email }): Body<PasswordReset>,
) -> Result<(StatusCode, Json<EmptyRequest>), AppError> {
    let now = app.clock.now();
    attempts::take(&app.db, &throttle::reset_counters(&email, client.address), now).await?.or_refuse(now)?;
    if let Ok(email) = Email::parse(&email) {
        let task = app.clone();
        app.tasks.spawn(async move {
            if let Err(error) = send_link(&task, &email).await {
                tracing::error!(%error, "a link for a new password was not sent");
            }
        });
    }
    Ok((StatusCode::ACCEPTED, Json(EmptyRequest {})))
}

async fn send_link(app: &AppState, email: &Email) -> anyhow::Result<()> {
    let token = Token::random();
    let mail = app.mail(email, &Mail::PasswordLink { link: app.config.public_url.one_time_link(&token) });
    passwords::keep_link(&app.db, email, Kind::Password, &token.hash(), app.clock.now(), Some(&mail)).await?;
    app.mail_waits.notify_one();
    Ok(())
}

/// Sets the password with the token of a link, and goes on with the log-in: the second factor is still asked for (R19).
#[utoipa::path(post, path = route::PASSWORD_RESET_CONFIRM, tag = "links", request_body = ConfirmPasswordReset, responses(
    (status = 200, description = "Step `signed_in`, `code` or `set_up`, with a new session cookie", body = Step),
    (status = 400, description = "Malformed; `new_password` with the reason where it is not accepted", body = ApiError),
    (status = 404, description = "The link does not work, or not any more", body = ApiError),
))]
pub(super) async fn password_reset_confirm(
    State(app): State<AppState>,
    client: Client,
    cookies: Cookies,
    Body(ConfirmPasswordReset { token, new_password }): Body<ConfirmPasswordReset>,
) -> Result<Answer, AppError> {
    let (token, link) = find(&app, &token).await?;
    let email = link.email.as_deref().and_then(|email| Email::parse(email).ok()).ok_or(ApiError::NotFound)?;
    check(&app, email.as_str(), "", &new_password)?;
    let hash = app.hasher.admit()?.hash(new_password).await?;
    let now = app.clock.now();
    let told = app.mail(&email, &Mail::PasswordChanged { at: now });
    let kind = passwords::set_by_link(&app.db, &token, &hash, now, &told).await?.ok_or(ApiError::NotFound)?;
    app.mail_waits.notify_one();
    let user = users::credentials(&app.db, &email).await?.ok_or(ApiError::NotFound)?;
    let how = if kind == Kind::BreakGlass { Begin::WithSecondFactor } else { Begin::AsRequired };
    begin(&app, &client, cookies, &user, how).await
}

/// Makes an invited user a member of the account. Whoever reads the mail accepts for it; a session is not needed.
#[utoipa::path(post, path = route::INVITATION_ACCEPT, tag = "links", request_body = LinkToken, responses(
    (status = 200, description = "Where this browser stands", body = Step),
    (status = 404, description = "The link does not work, or not any more", body = ApiError),
))]
pub(super) async fn invitation_accept(
    State(app): State<AppState>,
    client: Client,
    session: AnySession,
    Body(LinkToken { token }): Body<LinkToken>,
) -> Result<Answer, AppError> {
    let token = Token::parse(token.trim()).ok_or(ApiError::NotFound)?.hash();
    if !links::accept_invitation(&app.db, &token, app.clock.now()).await? {
        return Err(ApiError::NotFound.into());
    }
    Ok(Answer::new(step_of(&app, &session, &client).await?))
}

/// Creates the first account and its administrator, and goes straight on to the set-up of a second factor (R34).
#[utoipa::path(post, path = route::FIRST_RUN, tag = "links", request_body = FirstRun, responses(
    (status = 200, description = "Step `set_up`, with a new session cookie", body = Step),
    (status = 400, description = "Malformed; `new_password` with the reason where it is not accepted", body = ApiError),
    (status = 404, description = "The link does not work, or not any more", body = ApiError),
))]
pub(super) async fn first_run(
    State(app): State<AppState>,
    client: Client,
    cookies: Cookies,
    Body(first): Body<FirstRun>,
) -> Result<Answer, AppError> {
    // Before any hashing: without the link nobody makes the server work.
    let (token, link) = find(&app, &first.token).await?;
    if link.kind != Kind::FirstRun {
        return Err(ApiError::NotFound.into());
    }
    let name = |field, text| display_name(text).map_err(|reason| malformed(field, &reason.to_string()));
    let (account, name) = (name("account", &first.account)?, name("name", &first.name)?);
    if account.is_empty() {
        return Err(malformed("account", "the account needs a name").into());
    }
    check(&app, first.email.as_str(), name, &first.password)?;
    let hash = app.hasher.admit()?.hash(first.password).await?;
    let (account_id, user_id) = (random_id(), random_id());
    let created = First {
        link: &token,
        account_id: &account_id,
        account,
        user_id: &user_id,
        email: &first.email,
        name,
        password_hash: &hash,
    };
    if !accounts::create_first(&app.db, &created, app.clock.now()).await? {
        return Err(ApiError::NotFound.into());
    }
    let user = users::credentials(&app.db, &first.email).await?.ok_or(ApiError::NotFound)?;
    begin(&app, &client, cookies, &user, Begin::WithSecondFactor).await
}
