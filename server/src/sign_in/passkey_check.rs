//! The check of a passkey, wherever one is shown or made: it counts the attempt, uses up the challenge, checks the response, and records
//! why it is refused.

use postern_types::{ApiError, Factor, Outcome, Reason};
use serde_json::Value;

use super::passkey::{holder, kind_of, relying_party};
use super::second_factor::{self, Shows};
use super::session::known_browser;
use crate::auth::passkey::answer::{Assertion, Registration};
use crate::auth::passkey::{NewCredential, Refused, Shown};
use crate::auth::throttle;
use crate::display_name::DisplayName;
use crate::http::client::Client;
use crate::http::cookies::Cookies;
use crate::http::error::{AppError, malformed};
use crate::http::sessions::LiveSession;
use crate::ids::UserId;
use crate::mail::Mail;
use crate::state::AppState;
use crate::store::login_history::{self, Entry};
use crate::store::passkey_ceremonies::{self, Holder, Purpose};
use crate::store::passkeys::{self, Owned};
use crate::store::transactions::{self, Attempt, PasskeyAccepted, ShownPasskey};
use crate::store::{attempts, sessions};

/// A correct assertion. The transaction that acts on it checks again what may have changed.
pub(crate) struct Verified {
    owned: Owned,
    shown: Shown,
}

impl Verified {
    /// The passkey and its owner.
    pub(crate) const fn owned(&self) -> &Owned {
        &self.owned
    }

    /// What is to be recorded.
    pub(crate) const fn to_record(&self) -> ShownPasskey<'_> {
        ShownPasskey { id: &self.owned.passkey.id, user_id: &self.owned.user_id, shown: self.shown }
    }

    /// Records why a correct assertion was not accepted, and returns what the browser may know about it.
    pub(crate) async fn refuse(&self, app: &AppState, client: &Client, accepted: PasskeyAccepted) -> AppError {
        let attempt = Refusal { app, client, owner: Some(&self.owned.user_id) };
        match accepted {
            PasskeyAccepted::Stalled => stalled(attempt, &self.owned).await,
            PasskeyAccepted::Gone => {
                let credential_id = self.owned.passkey.credential_id.as_str();
                attempt.record(Outcome::WrongPasskey, unknown(app, credential_id)).await
            }
            PasskeyAccepted::NotAllowed => {
                attempt.record(Outcome::PasskeyNotAllowed, ApiError::PasskeyNotAllowed).await
            }
            PasskeyAccepted::Yes | PasskeyAccepted::TooLate => ApiError::SessionExpired.into(),
        }
    }
}

/// An attempt that is refused.
#[derive(Clone, Copy)]
struct Refusal<'a> {
    app: &'a AppState,
    client: &'a Client,
    owner: Option<&'a UserId>,
}

impl Refusal<'_> {
    async fn record(self, outcome: Outcome, error: ApiError) -> AppError {
        let Self { app, client, owner } = self;
        let (at, address) = (app.clock.now(), client.address());
        let entry = Entry { user_id: owner, at, address, factor: Factor::Passkey, outcome };
        match login_history::record_alone(&app.db, &entry).await {
            Ok(()) => error.into(),
            Err(failure) => failure.into(),
        }
    }

    /// Refuses a passkey that is not registered. Its provider is told to forget it only if it was made for one of the portal's users:
    /// passkeys belong to a host, which may have other services at other ports.
    async fn not_found(self, outcome: Outcome, answer: &Assertion) -> AppError {
        let app = self.app;
        let is_ours = match answer.user_handle() {
            Some(handle) => passkeys::is_handle(&app.db, &handle).await,
            None => Ok(false),
        };
        match is_ours {
            Ok(true) => self.record(outcome, unknown(app, answer.credential_id().as_str())).await,
            Ok(false) => self.record(outcome, ApiError::InvalidPasskey).await,
            Err(failure) => failure.into(),
        }
    }
}

/// Checks one of the user's own passkeys in a session. The attempt is counted before the passkey is looked up.
pub(crate) async fn verify_own(
    app: &AppState,
    session: &LiveSession,
    purpose: Purpose,
    client: &Client,
    cookies: &Cookies,
    credential: Value,
) -> Result<Verified, AppError> {
    relying_party(app)?;
    let answer = Assertion::read(credential).ok_or_else(not_a_credential)?;
    let user_id = session.user_id();
    let browser = known_browser(app, cookies, session.email()).await?;
    let counters = throttle::passkey_counters(user_id, client.counted_as(), browser.as_ref());
    second_factor::count(app, Shows { user_id, client, factor: Factor::Passkey }, &counters).await?;
    let refusal = Refusal { app, client, owner: Some(user_id) };
    let state = take(refusal, purpose, holder(session), answer.challenge()).await?;
    match passkeys::find(&app.db, &answer.credential_id()).await? {
        Some(owned) if owned.user_id == *user_id => {
            let shown = check(refusal, &answer, &state, &owned).await?;
            Ok(Verified { owned, shown })
        }
        // The device must not forget a passkey that belongs to another user.
        Some(_) => Err(refusal.record(Outcome::WrongPasskey, ApiError::InvalidPasskey).await),
        None => Err(refusal.not_found(Outcome::WrongPasskey, &answer).await),
    }
}

/// Checks a passkey of somebody who has shown nothing else. The attempt is counted before the challenge is used up and anything is
/// compared: for the networks, like the attempts of strangers at a log-in, and for the owner of the passkey, who is looked up for that.
pub(crate) async fn verify_alone(
    app: &AppState,
    client: &Client,
    cookies: &Cookies,
    credential: Value,
) -> Result<Verified, AppError> {
    relying_party(app)?;
    let answer = Assertion::read(credential).ok_or_else(not_a_credential)?;
    let found = passkeys::find(&app.db, &answer.credential_id()).await?;
    let browser = match &found {
        Some(owned) => known_browser(app, cookies, &owned.email).await?,
        None => None,
    };
    let owner = found.as_ref().map(|owned| owned.user_id.clone());
    let owner = owner.as_ref();
    let mut counters = throttle::lone_passkey_counters(owner, client.counted_as(), browser.as_ref());
    let now = app.clock.now();
    let attempt = Attempt { user_id: owner, address: client.address(), factor: Factor::Passkey, now };
    let taken = transactions::count_attempt(&app.db, &counters, &attempt).await?.or_refuse(now)?;
    counters.truncate(taken);
    counters.retain(|counter| !counter.own);
    let refusal = Refusal { app, client, owner };
    let Some(token) = cookies.passkey() else {
        return Err(refusal.record(Outcome::WrongPasskey, ApiError::PasskeyExpired).await);
    };
    let holder = Holder::Browser { token: &token.hash() };
    let state = take(refusal, Purpose::SignIn, holder, answer.challenge()).await?;
    let Some(owned) = found else {
        return Err(refusal.not_found(Outcome::UnknownUser, &answer).await);
    };
    if answer.user_handle().is_none() {
        return Err(refusal.record(Outcome::WrongPasskey, ApiError::InvalidPasskey).await);
    }
    let shown = check(refusal, &answer, &state, &owned).await?;
    if owned.is_locked() {
        return Err(refusal.record(Outcome::Locked, ApiError::InvalidPasskey).await);
    }
    attempts::forgive(&app.db, &counters, now).await?;
    Ok(Verified { owned, shown })
}

/// Checks a passkey that the user of a session has just made, whose attempt was counted.
pub(crate) async fn verify_new(
    app: &AppState,
    session: &LiveSession,
    purpose: Purpose,
    client: &Client,
    answer: &Registration,
) -> Result<NewCredential, AppError> {
    let refusal = Refusal { app, client, owner: Some(session.user_id()) };
    let state = take(refusal, purpose, holder(session), answer.challenge()).await?;
    match relying_party(app)?.check_new(answer, &state) {
        Ok(credential) => Ok(credential),
        Err(refused) => Err(refusal.record(Outcome::WrongPasskey, refusal_of(app, refused)).await),
    }
}

/// Reads what an authenticator has made.
pub(crate) fn read_new(credential: Value) -> Result<Registration, ApiError> {
    Registration::read(credential).ok_or_else(not_a_credential)
}

/// A user's name for a passkey.
pub(crate) fn read_name(typed: &str) -> Result<DisplayName, ApiError> {
    let name = DisplayName::parse(typed).map_err(|invalid| malformed("name", invalid))?;
    if name.is_empty() { Err(malformed("name", Reason::Empty)) } else { Ok(name) }
}

/// The user's name for a new passkey; the name of its kind if the user gave none.
pub(crate) fn name_or_kind(typed: Option<DisplayName>, kind: &str) -> Result<DisplayName, ApiError> {
    typed.map_or_else(|| read_name(kind), Ok)
}

fn not_a_credential() -> ApiError {
    malformed("credential", Reason::NotAllowed)
}

fn unknown(app: &AppState, credential_id: &str) -> ApiError {
    let rp_id = app.passkeys.as_ref().map(|party| party.id().to_owned()).unwrap_or_default();
    ApiError::UnknownPasskey { rp_id, credential_id: credential_id.to_owned() }
}

/// Uses up the challenge.
async fn take(refusal: Refusal<'_>, purpose: Purpose, holder: Holder<'_>, challenge: &str) -> Result<String, AppError> {
    let app = refusal.app;
    match passkey_ceremonies::take(&app.db, purpose, holder, challenge, app.clock.now()).await? {
        Some(state) => Ok(state),
        // A session's challenges end with it.
        None if !is_live(app, holder).await? => Err(ApiError::SessionExpired.into()),
        None => Err(refusal.record(Outcome::WrongPasskey, ApiError::PasskeyExpired).await),
    }
}

async fn is_live(app: &AppState, holder: Holder<'_>) -> Result<bool, AppError> {
    match holder {
        Holder::Session { id, .. } => Ok(sessions::exists(&app.db, id).await?),
        Holder::Browser { .. } => Ok(true),
    }
}

/// Checks owner and signature.
async fn check(refusal: Refusal<'_>, answer: &Assertion, state: &str, owned: &Owned) -> Result<Shown, AppError> {
    let app = refusal.app;
    if answer.user_handle().is_some_and(|handle| owned.passkey_handle.as_ref() != Some(&handle)) {
        return Err(refusal.record(Outcome::WrongPasskey, ApiError::InvalidPasskey).await);
    }
    match relying_party(app)?.check_shown(answer, state, owned.passkey.stored()) {
        Ok(shown) => Ok(shown),
        Err(Refused::Counter) => Err(stalled(refusal, owned).await),
        Err(refused) => Err(refusal.record(Outcome::WrongPasskey, refusal_of(app, refused)).await),
    }
}

/// Refuses this attempt, and warns the owner.
async fn stalled(refusal: Refusal<'_>, owned: &Owned) -> AppError {
    let Refusal { app, client, .. } = refusal;
    let (now, kind) = (app.clock.now(), kind_of(&owned.passkey).to_owned());
    let notice = app.mail(&owned.email, &Mail::PasskeyCounterStalled { kind, at: now, from: client.origin() });
    let reported = transactions::report_stalled_passkey(&app.db, &owned.user_id, client.address(), now, &notice).await;
    match reported {
        Ok(()) => refusal.record(Outcome::PasskeyCounter, ApiError::PasskeyCounter).await,
        Err(failure) => failure.into(),
    }
}

fn refusal_of(app: &AppState, refused: Refused) -> ApiError {
    match refused {
        Refused::Challenge => ApiError::PasskeyExpired,
        Refused::Origin => {
            ApiError::PasskeyWrongOrigin { public_url: app.config.server.public_url.origin().to_owned() }
        }
        Refused::NotVerified => ApiError::PasskeyNotVerified,
        Refused::Counter => ApiError::PasskeyCounter,
        Refused::Changed => ApiError::PasskeyChanged,
        Refused::Registered => ApiError::PasskeyExists,
        Refused::Invalid => ApiError::InvalidPasskey,
    }
}
