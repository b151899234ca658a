//! The second factors of a session's user, and the TOTP secrets in the clear.

use postern_types::Method;

use super::passkey;
use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::{CannotOpen, Sealed};
use crate::auth::totp::TotpSecret;
use crate::http::error::AppError;
use crate::ids::UserId;
use crate::state::AppState;
use crate::store::factors::Accepted;
use crate::store::totp_secrets::StoredSecret;
use crate::store::{self, Session};
use crate::store::{factors, passkeys, previous_factors, recovery_codes};

/// How the user can show a second factor now, the preferred method first. Empty if codes are disabled and there is neither a passkey
/// nor a recovery code.
pub(crate) async fn usable_methods(app: &AppState, user_id: &UserId) -> Result<Vec<Method>, AppError> {
    let passkey = passkey::is_usable(app, user_id).await?.then_some(Method::Passkey);
    let totp = factors::is_enabled(&app.db, user_id).await?.then_some(Method::Totp);
    let (codes_left, _) = recovery_codes::left(&app.db, user_id).await?;
    let recovery_code = (codes_left > 0).then_some(Method::RecoveryCode);
    Ok(passkey.into_iter().chain(totp).chain(recovery_code).collect())
}

/// Whether a code may be asked for: not from somebody who has passkeys and no authenticator app. A factor that has vanished is asked
/// for, and then refused (R13).
pub(crate) async fn expects_code(app: &AppState, session: &Session) -> Result<bool, AppError> {
    let user_id = session.user_id();
    let has_app = factors::since(&app.db, user_id).await?.is_some();
    Ok(session.has_second_factor() && (has_app || passkeys::number(&app.db, user_id).await? == 0))
}

/// The secret of the user's factor. `None` if it is missing, disabled or damaged, which the caller must refuse (R13).
pub(crate) async fn active_secret(app: &AppState, user_id: &UserId) -> Result<Option<TotpSecret>, AppError> {
    let Some(StoredSecret { sealed, parameters }) = factors::active(&app.db, user_id).await? else {
        tracing::error!(user = %user_id, "the second factor is missing or disabled; reset it");
        return Ok(None);
    };
    let opened = app.cipher.open(&sealed, AssociatedData::TotpSecret(user_id));
    match &opened {
        Ok(_) => {}
        Err(error @ CannotOpen::UnknownKey(_)) => {
            tracing::error!(user = %user_id, %error, "the second factor cannot be verified; give this server the whole key ring");
        }
        Err(error) => tracing::error!(user = %user_id, %error, "the second factor is damaged; reset it"),
    }
    Ok(opened.ok().map(|bytes| TotpSecret::with(parameters, &bytes)))
}

/// The secrets of entries that the user's app may have from earlier set-ups. One that is damaged is left out.
pub(crate) async fn old_secrets(app: &AppState, user_id: &UserId) -> Result<Vec<TotpSecret>, AppError> {
    let stored = previous_factors::old_secrets(&app.db, user_id, app.clock.now()).await?;
    let open = |StoredSecret { sealed, parameters }| {
        let bytes = app.cipher.open(&sealed, AssociatedData::TotpSecret(user_id)).ok()?;
        Some(TotpSecret::with(parameters, &bytes))
    };
    Ok(stored.into_iter().filter_map(open).collect())
}

/// The secret that this log-in is setting up, or a new one if it has none yet. `None` if the session has ended.
pub(crate) async fn secret_to_set_up(app: &AppState, session: &Session) -> Result<Option<TotpSecret>, AppError> {
    let place = AssociatedData::TotpSecret(session.user_id());
    let mut sealed = factors::pending(&app.db, session.id()).await?;
    if sealed.is_none() {
        let fresh = app.cipher.seal(TotpSecret::random().expose(), place);
        sealed = factors::keep_pending(&app.db, session.id(), &fresh, app.clock.now()).await?;
    }
    let opened = sealed.map(|sealed| app.cipher.open(&sealed, place)).transpose();
    Ok(opened.map_err(anyhow::Error::from)?.map(|bytes| TotpSecret::from_bytes(&bytes)))
}

/// Accepts the first code of a pending secret, and tries once more if a rotation of keys has sealed that secret again since the code was
/// checked.
pub(crate) async fn accept_first_code<F: Future<Output = store::Result<Accepted>>>(
    app: &AppState,
    session: &Session,
    sealed: &Sealed,
    accept: impl Fn(Sealed) -> F,
) -> Result<Accepted, AppError> {
    let accepted = accept(sealed.clone()).await?;
    if accepted != Accepted::TooLate {
        return Ok(accepted);
    }
    match sealed_again(app, session, sealed).await? {
        Some(again) => Ok(accept(again).await?),
        None => Ok(Accepted::TooLate),
    }
}

/// The pending secret of a session, if it is the same secret in another seal.
async fn sealed_again(app: &AppState, session: &Session, sealed: &Sealed) -> Result<Option<Sealed>, AppError> {
    let place = AssociatedData::TotpSecret(session.user_id());
    let is_same = |other: &Sealed| {
        let opened = (app.cipher.open(sealed, place), app.cipher.open(other, place));
        matches!(opened, (Ok(secret), Ok(other)) if secret == other)
    };
    let pending = factors::pending(&app.db, session.id()).await?;
    Ok(pending.filter(|other| other != sealed && is_same(other)))
}
