//! `/api/set-up/passkey`: a passkey in place of an authenticator app, for a user who must set up a second factor.

use axum::Json;
use axum::extract::State;
use postern_types::{ApiError, EmptyRequest, Factor, Outcome, PasskeyOptions, SetUpPasskey, Step, route};

use crate::auth::passkey::kind::kind;
use crate::http::body::Body;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::http::sessions::PendingSession;
use crate::ids::PasskeyId;
use crate::mail::Mail;
use crate::sign_in::second_factor::{self, Shows};
use crate::sign_in::step::Answer;
use crate::sign_in::{passkey, passkey_check, passkey_sign_in, set_up_code};
use crate::state::AppState;
use crate::store::passkey_ceremonies::Purpose;
use crate::store::transactions::NewPasskey;

/// Options for the user's first passkey.
#[utoipa::path(post, path = route::SET_UP_PASSKEY_OPTIONS, request_body = EmptyRequest, responses(
    (status = 200, description = "The options, valid for one response within 5 minutes", body = PasskeyOptions),
    (status = 401, description = "`session_expired`", body = ApiError),
    (status = 403, description = "`passkey_not_allowed`", body = ApiError),
    (status = 409, description = "`out_of_step`: the user has a second factor", body = ApiError),
))]
pub(in crate::routes) async fn options(
    State(app): State<AppState>,
    session: PendingSession,
    Body(EmptyRequest {}): Body<EmptyRequest>,
) -> Result<Json<PasskeyOptions>, AppError> {
    if session.has_second_factor() {
        return Err(ApiError::OutOfStep.into());
    }
    Ok(Json(passkey::options_for_new(&app, &session, Purpose::SetUp).await?))
}

/// Makes the passkey the user's second factor and completes the log-in. A set-up code, if one is needed, is checked first.
#[utoipa::path(post, path = route::SET_UP_PASSKEY, request_body = SetUpPasskey, responses(
    (status = 200, description = "Step `recovery_codes`, with a new session cookie", body = Step),
    (status = 400, description = "Not an authenticator's response, or not a name; does not count as an attempt", body = ApiError),
    (status = 401, description = "`invalid_passkey`, `passkey_expired`, `passkey_not_verified`, `invalid_set_up_code`, or \
                                  `session_expired`", body = ApiError),
    (status = 403, description = "`passkey_wrong_origin`, `passkey_not_allowed`, or the user already has a second factor", body = ApiError),
    (status = 409, description = "`passkey_exists`", body = ApiError),
    (status = 429, description = "Too many attempts", body = ApiError),
))]
pub(in crate::routes) async fn set_up(
    State(app): State<AppState>,
    session: PendingSession,
    client: Client,
    cookies: Cookies,
    Body(SetUpPasskey { credential, name, set_up_code }): Body<SetUpPasskey>,
) -> Result<Answer, AppError> {
    let user_id = session.user_id();
    let shows = Shows { user_id, client: &client, factor: Factor::Passkey };
    let answer = passkey_check::read_new(credential)?;
    let name = name.as_deref().map(passkey_check::read_name).transpose()?;
    if session.has_second_factor() {
        return Err(second_factor::refuse(&app, shows, Outcome::SetUpRefused).await);
    }
    let check = set_up_code::Check::begin(&app, &session, shows, &cookies).await?;
    let set_up_code = check.verify(&app, shows, set_up_code.as_deref()).await?;
    let credential = passkey_check::verify_new(&app, &session, Purpose::SetUp, &client, &answer).await?;
    let kind = kind(&credential.aaguid, !credential.backup_eligible);
    let new = NewPasskey {
        id: &PasskeyId::random(),
        credential: &credential,
        name: &passkey_check::name_or_kind(name, kind)?,
        set_up_code: set_up_code.as_ref(),
        notice: &app
            .mail(session.email(), &Mail::PasskeyChanged { added: true, kind: kind.to_owned(), at: app.clock.now() }),
    };
    passkey_sign_in::set_up(&app, &session, &client, &cookies, &new).await
}
