//! Passkeys: who may use them, options for the browser, and a user's own.

use postern_types::{ApiError, MyPasskey, PasskeyOptions, PasskeyPolicy};

use crate::auth::passkey::kind::kind;
use crate::auth::passkey::{Challenge, CredentialId, Owner, RelyingParty, UserHandle};
use crate::auth::throttle;
use crate::auth::token::Token;
use crate::clock::rfc3339;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::AppError;
use crate::http::sessions::LiveSession;
use crate::ids::UserId;
use crate::state::AppState;
use crate::store::passkey_ceremonies::{self, Holder, Purpose};
use crate::store::passkeys::{self, Passkey};
use crate::store::{Session, attempts, known_browsers, passkey_policy};

/// The portal as authenticators see it.
///
/// # Errors
/// `passkey_not_allowed` at an address where browsers allow no passkeys.
pub(crate) fn relying_party(app: &AppState) -> Result<&RelyingParty, ApiError> {
    app.passkeys.as_ref().ok_or(ApiError::PasskeyNotAllowed)
}

/// How the user may use passkeys: as the strictest of their accounts allows, and not at all where browsers allow none.
pub(crate) async fn policy(app: &AppState, user_id: &UserId) -> Result<PasskeyPolicy, AppError> {
    match app.passkeys {
        Some(_) => Ok(passkey_policy::of_user(&app.db, user_id).await?),
        None => Ok(PasskeyPolicy::NotAllowed),
    }
}

/// Refuses a user whose accounts do not allow this use.
pub(crate) async fn require_policy(app: &AppState, user_id: &UserId, least: PasskeyPolicy) -> Result<(), AppError> {
    if policy(app, user_id).await? < least {
        return Err(ApiError::PasskeyNotAllowed.into());
    }
    Ok(())
}

/// Whether the user has a passkey that may be used as a second factor.
pub(crate) async fn is_usable(app: &AppState, user_id: &UserId) -> Result<bool, AppError> {
    Ok(passkeys::number(&app.db, user_id).await? > 0 && policy(app, user_id).await? >= PasskeyPolicy::SecondFactor)
}

/// Whether somebody without a second factor may set up a passkey.
pub(crate) async fn may_be_set_up(app: &AppState, session: &Session) -> Result<bool, AppError> {
    Ok(!session.has_second_factor() && policy(app, session.user_id()).await? >= PasskeyPolicy::SecondFactor)
}

/// Options for using one of the user's own passkeys in a session.
///
/// # Errors
/// `no_passkey` for a user who has none, because an empty list would mean any passkey. `passkey_not_allowed`.
pub(crate) async fn options_to_show(
    app: &AppState,
    session: &LiveSession,
    purpose: Purpose,
) -> Result<PasskeyOptions, AppError> {
    let party = relying_party(app)?;
    let own = passkeys::of_user(&app.db, session.user_id()).await?;
    if own.is_empty() {
        return Err(ApiError::NoPasskey.into());
    }
    require_policy(app, session.user_id(), PasskeyPolicy::SecondFactor).await?;
    let allowed: Vec<_> = own.into_iter().map(|passkey| (passkey.credential_id, passkey.transports)).collect();
    keep(app, purpose, holder(session), party.ask_to_show(&allowed)?).await
}

/// Options for a log-in by passkey alone, bound to a browser. The request is counted before a challenge is drawn or stored.
pub(crate) async fn options_to_sign_in(
    app: &AppState,
    client: &Client,
    cookies: &Cookies,
    browser: &Token,
) -> Result<PasskeyOptions, AppError> {
    let party = relying_party(app)?;
    let user_id = match cookies.browser() {
        Some(token) => known_browsers::user_of(&app.db, &token).await?,
        None => None,
    };
    let (counters, now) = (throttle::challenge_counters(client.counted_as(), user_id.as_ref()), app.clock.now());
    attempts::take(&app.db, &counters, now).await?.or_refuse(now)?;
    keep(app, Purpose::SignIn, Holder::Browser { token: &browser.hash() }, party.ask_to_show(&[])?).await
}

/// Options for a new passkey.
pub(crate) async fn options_for_new(
    app: &AppState,
    session: &LiveSession,
    purpose: Purpose,
) -> Result<PasskeyOptions, AppError> {
    let party = relying_party(app)?;
    let user_id = session.user_id();
    require_policy(app, user_id, PasskeyPolicy::SecondFactor).await?;
    let own = passkeys::of_user(&app.db, user_id).await?;
    let registered: Vec<CredentialId> = own.into_iter().map(|passkey| passkey.credential_id).collect();
    let handle = passkeys::keep_handle(&app.db, user_id, &UserHandle::random()).await?;
    let handle = handle.ok_or(ApiError::SessionExpired)?;
    let owner = Owner { handle: &handle, email: session.email().as_str(), name: session.name() };
    keep(app, purpose, holder(session), party.ask_for_new(owner, &registered)?).await
}

/// The holder of a challenge that is made in a session.
pub(crate) fn holder(session: &LiveSession) -> Holder<'_> {
    Holder::Session { id: session.id(), token: session.token() }
}

async fn keep(
    app: &AppState,
    purpose: Purpose,
    holder: Holder<'_>,
    challenge: Challenge,
) -> Result<PasskeyOptions, AppError> {
    let expires_at = passkey_ceremonies::keep(&app.db, purpose, holder, &challenge, app.clock.now()).await?;
    let expires_at = expires_at.ok_or(ApiError::SessionExpired)?;
    Ok(PasskeyOptions { public_key: challenge.public_key, expires_at: rfc3339(expires_at) })
}

/// A passkey as its owner sees it.
pub(crate) fn seen(passkey: &Passkey) -> MyPasskey {
    MyPasskey {
        id: passkey.id.to_string(),
        name: passkey.name.as_str().to_owned(),
        created_at: rfc3339(passkey.created_at),
        last_used_at: passkey.last_used_at.map(rfc3339),
        kind: kind_of(passkey).to_owned(),
        backed_up: passkey.backed_up_since.is_some(),
        device_bound: passkey.backup_eligible_since.is_none(),
    }
}

/// The name of a passkey's provider.
pub(crate) fn kind_of(passkey: &Passkey) -> &'static str {
    kind(&passkey.aaguid, passkey.backup_eligible_since.is_none())
}
