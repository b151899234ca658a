//! `POST /api/link`, `/api/password-reset…`, `/api/invitation/accept`, `/api/first-run` and `/api/reset-requests/cancel`: what links
//! in e-mails lead to.
//! Tokens are sent in bodies, never in addresses.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use postern_types::{
    ApiError, ConfirmPasswordReset, Email, EmptyRequest, FirstRun, Link, LinkToken, Password, PasswordReset, Reason,
    Step, route,
};

use crate::auth::password::ChosenPassword;
use crate::auth::throttle;
use crate::auth::token::{Token, TokenHash};
use crate::display_name::DisplayName;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::{AppError, malformed};
use crate::http::sessions::AnySession;
use crate::ids::{AccountId, UserId};
use crate::mail::Mail;
use crate::sign_in::own_password;
use crate::sign_in::session::{SecondFactor, begin};
use crate::sign_in::step::Answer;
use crate::state::AppState;
use crate::store::links::{self, Kind};
use crate::store::transactions::{self, FirstAccount, InvitationUse};
use crate::store::{attempts, users};

/// What a one-time link is for. Asking does not use it up.
#[utoipa::path(post, path = route::LINK, tag = "links", request_body = LinkToken, responses(
    (status = 200, description = "What the link is for", body = Link),
    (status = 404, description = "The link does not work, or no longer works", body = ApiError),
))]
pub(super) async fn link(
    State(app): State<AppState>,
    Body(LinkToken { token }): Body<LinkToken>,
) -> Result<Json<Link>, AppError> {
    let (_, link) = find(&app, &token).await?;
    if link.kind == Kind::FirstRun {
        return Ok(Json(Link::FirstRun));
    }
    let email = link.email.ok_or(ApiError::NotFound)?;
    Ok(Json(match link.kind {
        Kind::Invitation if link.user_id.is_some() => {
            let account = link.account.ok_or(ApiError::NotFound)?;
            Link::Invitation { email, account, email_confirmed: link.is_email_confirmed }
        }
        Kind::NotMe => Link::NotMe { email },
        _ => Link::Password { email },
    }))
}

async fn find(app: &AppState, token: &str) -> Result<(TokenHash, links::Link), AppError> {
    let token = token_hash(token)?;
    let link = links::find(&app.db, &token, app.clock.now()).await?.ok_or(ApiError::NotFound)?;
    Ok((token, link))
}

fn token_hash(token: &str) -> Result<TokenHash, ApiError> {
    Ok(Token::parse(token.trim()).ok_or(ApiError::NotFound)?.hash())
}

/// Mails a link for a new password, if there is such a user. The response is the same in every case. It is sent when
/// the request is stored, and before the user is looked up.
#[utoipa::path(post, path = route::PASSWORD_RESET, tag = "links", request_body = PasswordReset, responses(
    (status = 202, description = "In every case", body = EmptyRequest),
    (status = 429, description = "Too many requests", body = ApiError),
))]
pub(super) async fn password_reset(
    State(app): State<AppState>,
    client: Client,
    Body(PasswordReset { email }): Body<PasswordReset>,
) -> Result<(StatusCode, Json<EmptyRequest>), AppError> {
    let now = app.clock.now();
    attempts::take(&app.db, &throttle::reset_counters(&email, client.counted_as()), now).await?.or_refuse(now)?;
    if let Ok(email) = Email::parse(&email) {
        transactions::request_password_link(&app.db, &app.mail(&email, &Mail::PasswordLinkWanted)).await?;
    }
    Ok((StatusCode::ACCEPTED, Json(EmptyRequest {})))
}

/// Sets a password with the token of a link and continues the log-in: the second factor is still required (R19).
#[utoipa::path(post, path = route::PASSWORD_RESET_CONFIRM, tag = "links", request_body = ConfirmPasswordReset, responses(
    (status = 200, description = "Step `signed_in`, `code` or `set_up`, with a new session cookie", body = Step),
    (status = 400, description = "Malformed; `new_password` with the reason if it is not accepted", body = ApiError),
    (status = 404, description = "The link does not work, or no longer works", body = ApiError),
    (status = 429, description = "Too many passwords that were not accepted", body = ApiError),
))]
pub(super) async fn password_reset_confirm(
    State(app): State<AppState>,
    client: Client,
    cookies: Cookies,
    Body(ConfirmPasswordReset { token, new_password }): Body<ConfirmPasswordReset>,
) -> Result<Answer, AppError> {
    let (token, link) = find(&app, &token).await?;
    if link.kind == Kind::Invitation {
        return join_as_new_user(&app, &client, &cookies, &token, link, new_password).await;
    }
    let (user_id, email) = link.user_id.zip(link.email).ok_or(ApiError::NotFound)?;
    let old = users::password(&app.db, &user_id).await?.ok_or(ApiError::NotFound)?;
    let hash = own_password::hash_replacement(&app, &client, &user_id, new_password, old.password_hash).await?;
    let now = app.clock.now();
    let notice = app.mail(&email, &Mail::PasswordChanged { at: now });
    let used = transactions::set_password_by_link(&app.db, &token, &hash, client.address(), now, &notice).await?;
    let (kind, user) = used.ok_or(ApiError::NotFound)?;
    let second_factor = if kind == Kind::BreakGlass { SecondFactor::Always } else { SecondFactor::AsRequired };
    begin(&app, &client, &cookies, &user, second_factor).await
}

/// The first password of somebody who was invited and is not a user yet.
async fn join_as_new_user(
    app: &AppState,
    client: &Client,
    cookies: &Cookies,
    token: &TokenHash,
    link: links::Link,
    password: Password,
) -> Result<Answer, AppError> {
    let (None, Some(email), Some(account)) = (link.user_id, link.email, link.account) else {
        return Err(ApiError::NotFound.into());
    };
    let known_words = vec![email.to_string(), account, app.config.brand.product_name.clone()];
    let counter = throttle::new_password_counter(token.as_str());
    let chosen = ChosenPassword { password, known_words, replaces: None };
    let hash = own_password::hash_chosen(app, throttle::stranger(client.counted_as()), counter, chosen).await?;
    let user = transactions::accept_as_new_user(&app.db, token, &hash, app.clock.now()).await?;
    begin(app, client, cookies, &user.ok_or(ApiError::NotFound)?, SecondFactor::AsRequired).await
}

/// Makes an invited user a member of the account. The token in the e-mail is enough; no session is needed.
#[utoipa::path(post, path = route::INVITATION_ACCEPT, tag = "links", request_body = LinkToken, responses(
    (status = 200, description = "The current step of this browser", body = Step),
    (status = 403, description = "The user's e-mail is not confirmed: only a link to a new password does that", body = ApiError),
    (status = 404, description = "The link does not work, or no longer works", body = ApiError),
))]
pub(super) async fn invitation_accept(
    State(app): State<AppState>,
    client: Client,
    session: AnySession,
    Body(LinkToken { token }): Body<LinkToken>,
) -> Result<Answer, AppError> {
    let token = token_hash(&token)?;
    match transactions::accept_invitation(&app.db, &token, app.clock.now()).await? {
        InvitationUse::Accepted => Answer::of(&app, &session, &client).await,
        InvitationUse::None => Err(ApiError::NotFound.into()),
        InvitationUse::EmailUnconfirmed => Err(ApiError::Forbidden { public_url: None }.into()),
    }
}

/// Cancels a request to reset one's own second factor, with the token of the link in the e-mail; no session is needed. Possible until
/// the reset is done.
#[utoipa::path(post, path = route::RESET_CANCEL, tag = "links", request_body = LinkToken, responses(
    (status = 200, description = "Cancelled", body = EmptyRequest),
    (status = 404, description = "The link does not work, or no longer works", body = ApiError),
))]
pub(super) async fn cancel_reset(
    State(app): State<AppState>,
    client: Client,
    Body(LinkToken { token }): Body<LinkToken>,
) -> Result<Json<EmptyRequest>, AppError> {
    let (token, now) = (token_hash(&token)?, app.clock.now());
    let seal = |to: &Email, mail: &Mail| app.mail(to, mail);
    if !transactions::cancel_reset(&app.db, &token, client.address(), now, &seal).await? {
        return Err(ApiError::NotFound.into());
    }
    Ok(Json(EmptyRequest {}))
}

/// Creates the first account and its administrator, and continues with the set-up of a second factor (R34).
#[utoipa::path(post, path = route::FIRST_RUN, tag = "links", request_body = FirstRun, responses(
    (status = 200, description = "Step `set_up`, with a new session cookie", body = Step),
    (status = 400, description = "Malformed; `new_password` with the reason if it is not accepted", body = ApiError),
    (status = 404, description = "The link does not work, or no longer works", body = ApiError),
    (status = 429, description = "Too many passwords that were not accepted", body = ApiError),
))]
pub(super) async fn first_run(
    State(app): State<AppState>,
    client: Client,
    cookies: Cookies,
    Body(first): Body<FirstRun>,
) -> Result<Answer, AppError> {
    // Before any hashing, so that nobody without the link can cause that work.
    let (token, link) = find(&app, &first.token).await?;
    if link.kind != Kind::FirstRun {
        return Err(ApiError::NotFound.into());
    }
    let account = DisplayName::parse(&first.account).map_err(|invalid| malformed("account", invalid))?;
    let name = DisplayName::parse(&first.name).map_err(|invalid| malformed("name", invalid))?;
    if account.is_empty() {
        return Err(malformed("account", Reason::Empty).into());
    }
    let product = app.config.brand.product_name.clone();
    let known_words = vec![first.email.to_string(), name.to_string(), account.to_string(), product];
    let chosen = ChosenPassword { password: first.password, known_words, replaces: None };
    let caller = throttle::stranger(client.counted_as());
    let hash = own_password::hash_chosen(&app, caller, throttle::new_password_counter(token.as_str()), chosen).await?;
    let created = FirstAccount {
        link: &token,
        account_id: &AccountId::random(),
        account: &account,
        user_id: &UserId::random(),
        email: &first.email,
        name: &name,
        password_hash: &hash,
    };
    let created = transactions::create_first_account(&app.db, &created, client.address(), app.clock.now()).await?;
    let user = created.ok_or(ApiError::NotFound)?;
    begin(&app, &client, &cookies, &user, SecondFactor::Always).await
}
