//! Recovery codes: drawing a set, and showing it.

use postern_types::{Email, Factor, RecoveryCodes};

use crate::auth::associated_data::AssociatedData;
use crate::auth::look_up_secret::{RecoveryCode, SET};
use crate::auth::password::PasswordHash;
use crate::auth::throttle::known_caller;
use crate::http::client::Client;
use crate::http::error::AppError;
use crate::ids::{SessionId, UserId};
use crate::mail::{Mail, Queued};
use crate::state::AppState;
use crate::store::Session;
use crate::store::recovery_codes::{self, NewSet};

/// What separates the codes of a sealed set.
const SEPARATOR: &str = " ";

/// Draws a set and hashes it, in the queue for passwords: it takes as long as hashing ten passwords.
pub(crate) async fn draw(
    app: &AppState,
    user_id: &UserId,
    client: &Client,
) -> Result<(Vec<RecoveryCode>, Vec<PasswordHash>), AppError> {
    let slot = app.hasher.admit(known_caller(user_id.as_str(), client.counted_as())).await?;
    let codes: Vec<_> = (0..SET).map(|_| RecoveryCode::random()).collect();
    let hashes = slot.hash_codes(codes.clone()).await?;
    Ok((codes, hashes))
}

/// A set that this session will show until the user has saved it.
pub(crate) async fn new_set(
    app: &AppState,
    (user_id, session_id): (&UserId, &SessionId),
    client: &Client,
    notice: Option<Queued>,
) -> Result<NewSet, AppError> {
    let (codes, hashes) = draw(app, user_id, client).await?;
    let sealed = app.cipher.seal(grouped(&codes).join(SEPARATOR).as_bytes(), AssociatedData::RecoveryCodes(session_id));
    Ok(NewSet { hashes, sealed, notice })
}

/// A set that this session will show, if its user has never settled whether they want one. A busy server offers it at a later log-in.
pub(crate) async fn set_to_offer(
    app: &AppState,
    (user_id, session_id): (&UserId, &SessionId),
    client: &Client,
    email: &Email,
) -> Result<Option<NewSet>, AppError> {
    if !recovery_codes::are_to_be_offered(&app.db, user_id).await? {
        return Ok(None);
    }
    let notice = app.mail(email, &Mail::RecoveryCodesMade { at: app.clock.now() });
    Ok(new_set(app, (user_id, session_id), client, Some(notice)).await.ok())
}

/// The codes as they are shown.
pub(crate) fn grouped(codes: &[RecoveryCode]) -> Vec<String> {
    codes.iter().map(RecoveryCode::grouped).collect()
}

/// The set that a session shows; `None` if it shows none. One that cannot be opened is not shown, because it must not keep its
/// user out.
pub(crate) async fn shown(app: &AppState, session: &Session) -> Result<Option<RecoveryCodes>, AppError> {
    let Some(sealed) = recovery_codes::shown(&app.db, session.id()).await? else { return Ok(None) };
    match app.cipher.open(&sealed, AssociatedData::RecoveryCodes(session.id())) {
        Ok(bytes) => {
            let codes = String::from_utf8_lossy(&bytes).split(SEPARATOR).map(str::to_owned).collect();
            Ok(Some(RecoveryCodes { email: session.email().clone(), codes }))
        }
        Err(error) => {
            tracing::error!(user = %session.user_id(), %error, "recovery codes cannot be shown; the user can create new ones");
            Ok(None)
        }
    }
}

/// How many codes the user has left, if this session began with one.
pub(crate) async fn left_after_use(app: &AppState, session: &Session) -> Result<Option<u32>, AppError> {
    if !session.factors().contain(Factor::RecoveryCode) {
        return Ok(None);
    }
    let (left, _) = recovery_codes::left(&app.db, session.user_id()).await?;
    Ok(Some(left))
}
