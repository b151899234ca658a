//! `/api/me/passkeys`: the user's own passkeys.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use postern_types::{
    AddPasskey, ApiError, BeginPasskey, Factor, MyPasskey, MyPasskeys, PasskeyOptions, Reason, RenamePasskey, route,
};

use crate::auth::freshness::Freshness;
use crate::auth::passkey::UserHandle;
use crate::auth::passkey::kind::kind;
use crate::auth::token::Token;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::cookies::{self, Cookies, session_cookie};
use crate::http::error::{AppError, malformed};
use crate::http::path::PasskeyInPath;
use crate::http::sessions::{FreshSession, FullSession};
use crate::ids::PasskeyId;
use crate::mail::Mail;
use crate::sign_in::passkey_sign_in::not_added;
use crate::sign_in::recovery_codes::new_set;
use crate::sign_in::second_factor::Shows;
use crate::sign_in::{own_password, passkey, passkey_check, set_up_code};
use crate::state::AppState;
use crate::store::passkey_ceremonies::Purpose;
use crate::store::transactions::{self, NewPasskey, PasskeyAdded};
use crate::store::{Session, attempts, factors, passkeys, recovery_codes, set_up_codes};

/// The user's own passkeys, and what the browser needs to tell authenticators which of them are accepted.
#[utoipa::path(get, path = route::MY_PASSKEYS, tag = "me", responses(
    (status = 200, description = "The passkeys, the oldest first", body = MyPasskeys),
))]
pub(in crate::routes) async fn list(
    State(app): State<AppState>,
    session: FullSession,
) -> Result<Json<MyPasskeys>, AppError> {
    let user_id = session.user_id();
    let own = passkeys::of_user(&app.db, user_id).await?;
    let handle = passkeys::handle(&app.db, user_id).await?;
    Ok(Json(MyPasskeys {
        credential_ids: own.iter().map(|passkey| passkey.credential_id.as_str().to_owned()).collect(),
        items: own.iter().map(passkey::seen).collect(),
        allowed: passkey::policy(&app, user_id).await?,
        user_handle: handle.as_ref().map_or("", UserHandle::as_str).to_owned(),
        rp_id: app.passkeys.as_ref().map_or("", |party| party.id()).to_owned(),
        set_up_code_from: set_up_codes::demanded_by(&app.db, user_id).await?,
        authenticator: factors::since(&app.db, user_id).await?.is_some(),
    }))
}

/// Options for a new passkey. Needs a fresh second factor, or the password if the user has none.
#[utoipa::path(post, path = route::MY_PASSKEYS_OPTIONS, tag = "me", request_body = BeginPasskey, responses(
    (status = 200, description = "The options, valid for one response within 5 minutes", body = PasskeyOptions),
    (status = 400, description = "The password is missing", body = ApiError),
    (status = 401, description = "`invalid_credentials`: the password is wrong; or `session_expired`", body = ApiError),
    (status = 403, description = "`step_up_required`, or `passkey_not_allowed`", body = ApiError),
    (status = 409, description = "`too_many_passkeys`", body = ApiError),
    (status = 429, description = "Too many wrong passwords", body = ApiError),
))]
pub(in crate::routes) async fn options(
    State(app): State<AppState>,
    session: FreshSession,
    client: Client,
    Body(BeginPasskey { current_password }): Body<BeginPasskey>,
) -> Result<Json<PasskeyOptions>, AppError> {
    if !session.has_second_factor() {
        let password = current_password.ok_or_else(|| malformed("current_password", Reason::Missing))?;
        own_password::verify(&app, &session, &client, password).await?;
    }
    if passkeys::number(&app.db, session.user_id()).await? >= MyPasskeys::MOST.into() {
        return Err(ApiError::TooManyPasskeys { most: MyPasskeys::MOST }.into());
    }
    Ok(Json(passkey::options_for_new(&app, &session, Purpose::Add).await?))
}

/// Adds a passkey. A user's first second factor ends their other sessions, and gives this one a new cookie.
#[utoipa::path(post, path = route::MY_PASSKEYS, tag = "me", request_body = AddPasskey, responses(
    (status = 201, description = "The passkey", body = MyPasskey),
    (status = 400, description = "Not an authenticator's response, or not a name; does not count as an attempt", body = ApiError),
    (status = 401, description = "`invalid_passkey`, `passkey_expired`, `passkey_not_verified`, `invalid_set_up_code`, or \
                                  `session_expired`", body = ApiError),
    (status = 403, description = "`step_up_required`, `passkey_wrong_origin`, or `passkey_not_allowed`", body = ApiError),
    (status = 409, description = "`passkey_exists`, or `too_many_passkeys`", body = ApiError),
    (status = 429, description = "Too many attempts", body = ApiError),
))]
pub(in crate::routes) async fn add(
    State(app): State<AppState>,
    session: FreshSession,
    client: Client,
    cookies: Cookies,
    Body(AddPasskey { credential, name, set_up_code }): Body<AddPasskey>,
) -> Result<Response, AppError> {
    let user_id = session.user_id();
    let shows = Shows { user_id, client: &client, factor: Factor::Passkey };
    let answer = passkey_check::read_new(credential)?;
    let name = name.as_deref().map(passkey_check::read_name).transpose()?;
    let check = set_up_code::Check::begin(&app, &session, shows, &cookies).await?;
    let counters = check.counters.clone();
    let set_up_code = check.verify(&app, shows, set_up_code.as_deref()).await?;
    let credential = passkey_check::verify_new(&app, &session, Purpose::Add, &client, &answer).await?;
    let kind = kind(&credential.aaguid, !credential.backup_eligible, &credential.transports);
    let id = PasskeyId::random();
    let new = NewPasskey {
        id: &id,
        credential: &credential,
        name: &passkey_check::name_or_kind(name, kind)?,
        set_up_code: set_up_code.as_ref(),
        notice: &app
            .mail(session.email(), &Mail::PasskeyChanged { added: true, kind: kind.to_owned(), at: app.clock.now() }),
    };
    let by = session.authority(&client, Freshness::FreshIfSetUp);
    let token = Token::random();
    let new_codes = if !session.has_second_factor() && recovery_codes::are_to_be_offered(&app.db, user_id).await? {
        Some(new_set(&app, (user_id, session.id()), &client, None).await?)
    } else {
        None
    };
    let new_token = token.hash();
    let renewal = session.renewal(&new_token, by.at);
    let added = transactions::add_passkey(&app.db, &by, &new, &renewal, new_codes.as_ref()).await?;
    if !matches!(added, PasskeyAdded::Yes | PasskeyAdded::First) {
        return Err(not_added(&app, shows, added).await);
    }
    attempts::forgive(&app.db, &counters, app.clock.now()).await?;
    let mut response = (StatusCode::CREATED, Json(own(&app, &session, &id).await?)).into_response();
    if added == PasskeyAdded::First {
        cookies::set(&mut response, &session_cookie(&token));
    }
    Ok(response)
}

/// Renames a passkey. Needs a fresh second factor: the name tells the user which one to remove.
#[utoipa::path(patch, path = route::MY_PASSKEY, tag = "me", request_body = RenamePasskey, responses(
    (status = 200, description = "The passkey", body = MyPasskey),
    (status = 400, description = "Not a name", body = ApiError),
    (status = 403, description = "`step_up_required`", body = ApiError),
    (status = 404, description = "The user has no such passkey", body = ApiError),
))]
pub(in crate::routes) async fn rename(
    State(app): State<AppState>,
    session: FreshSession,
    client: Client,
    PasskeyInPath(id): PasskeyInPath,
    Body(RenamePasskey { name }): Body<RenamePasskey>,
) -> Result<Json<MyPasskey>, AppError> {
    let name = passkey_check::read_name(&name)?;
    let by = session.authority(&client, Freshness::FreshIfSetUp);
    transactions::rename_passkey(&app.db, &by, &id, &name).await?;
    Ok(Json(own(&app, &session, &id).await?))
}

/// Removes a passkey, and ends the user's other sessions. Needs a fresh second factor.
#[utoipa::path(delete, path = route::MY_PASSKEY, tag = "me", responses(
    (status = 204, description = "Removed"),
    (status = 403, description = "`step_up_required`", body = ApiError),
    (status = 404, description = "The user has no such passkey", body = ApiError),
    (status = 409, description = "`last_factor`: it is the only second factor that works, and an account requires one", body = ApiError),
))]
pub(in crate::routes) async fn remove(
    State(app): State<AppState>,
    session: FreshSession,
    client: Client,
    PasskeyInPath(id): PasskeyInPath,
) -> Result<StatusCode, AppError> {
    let all = passkeys::of_user(&app.db, session.user_id()).await?;
    let removed = all.iter().find(|passkey| passkey.id == id).ok_or(ApiError::NotFound)?;
    let (kind, at) = (passkey::kind_of(removed).to_owned(), app.clock.now());
    let notice = app.mail(session.email(), &Mail::PasskeyChanged { added: false, kind, at });
    let by = session.authority(&client, Freshness::FreshIfSetUp);
    transactions::remove_passkey(&app.db, &by, &id, &notice).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn own(app: &AppState, session: &Session, id: &PasskeyId) -> Result<MyPasskey, AppError> {
    let all = passkeys::of_user(&app.db, session.user_id()).await?;
    let found = all.iter().find(|passkey| passkey.id == *id).map(passkey::seen);
    Ok(found.ok_or(ApiError::NotFound)?)
}
