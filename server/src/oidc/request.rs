//! What a client asks for when it sends a browser here (OpenID Connect Core 1.0, 3.1.2.1).

use super::claims::Acr;
use super::client::Client;
use super::lifetimes::RETURN_S;
use super::parameters::Parameters;
use super::pkce::Challenge;
use super::refusal::{
    CHALLENGE, CHALLENGE_METHOD, MAX_AGE, NO_CHALLENGE, NO_RESPONSE_TYPE, NO_SCOPE, PROMPT, REGISTRATION,
    REQUEST_OBJECT, REQUEST_URI, RESPONSE_MODE, RESPONSE_TYPE, Refusal, TOO_LONG,
};
use super::scope::{Scope, Scopes};
use crate::clock::UnixTime;

/// The parameter that takes the place of `id_token_hint` on the way to the log-in and back: the user whom the client expects. Tokens
/// do not belong in addresses of the portal.
pub const EXPECTED_USER: &str = "postern_user";

/// The parameter with the sealed time since when a log-in counts.
pub const LOG_IN_SINCE: &str = "postern_since";

/// The parameter by which the page that asks for more finds the name of the application.
pub const APPLICATION: &str = "application";

/// The parameters that the portal adds.
const OWN: [&str; 3] = [APPLICATION, EXPECTED_USER, LOG_IN_SINCE];

/// The most bytes of the parameters, encoded. They have to pass through the address of the log-in page.
const LONGEST: usize = 8_000;

/// How the answer gets to the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResponseMode {
    /// In the query of the redirect URI.
    Query,
    /// In a form that the browser posts to it.
    FormPost,
}

/// Where the answer goes. This much is known even if the rest of the request is refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReturnChannel {
    /// The redirect URI, which belongs to the client.
    pub redirect_uri: String,
    /// As the client sent it.
    pub state: Option<String>,
    /// How.
    pub mode: ResponseMode,
}

/// A request that can be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    /// The scopes that it asks for.
    pub scopes: Scopes,
    /// As the client sent it.
    pub nonce: Option<String>,
    /// The code challenge.
    pub challenge: Option<Challenge>,
    /// Whether the client wants no page.
    pub is_silent: bool,
    /// Whether the user must log in even if there is a session.
    pub wants_log_in: bool,
    /// Whether the user must be asked for consent.
    pub wants_consent: bool,
    /// How old the log-in may be, in seconds.
    pub max_age_s: Option<i64>,
    /// The least that the client accepts.
    pub acr: Acr,
    /// The user whom the client expects.
    pub expected_user: Option<String>,
    /// The user was sent to the log-in at this time: a later log-in is what was asked for.
    pub log_in_since: Option<UnixTime>,
}

impl ReturnChannel {
    /// Reads how the answer gets to a redirect URI. An unknown mode is refused later, by a redirect.
    #[must_use]
    pub fn read(parameters: &Parameters, redirect_uri: &str) -> Self {
        let state = parameters.get("state").ok().flatten().map(str::to_owned);
        let is_form = matches!(parameters.get("response_mode"), Ok(Some("form_post")));
        let mode = if is_form { ResponseMode::FormPost } else { ResponseMode::Query };
        Self { redirect_uri: redirect_uri.to_owned(), state, mode }
    }
}

impl AuthorizationRequest {
    /// Reads a request of a client, whose user was sent to the log-in at a time. Unknown parameters, scopes and values are ignored.
    ///
    /// # Errors
    /// [`Refusal`] says what is wrong.
    pub fn read(parameters: &Parameters, client: &Client, log_in_since: Option<UnixTime>) -> Result<Self, Refusal> {
        refuse_unsupported(parameters)?;
        let prompts = prompts(parameters)?;
        let wants = |prompt: &str| prompts.contains(&prompt);
        let is_silent = is_silent(parameters);
        if is_silent && prompts.iter().any(|prompt| !["", "none"].contains(prompt)) {
            return Err(PROMPT);
        }
        Ok(Self {
            scopes: scopes(parameters.get("scope")?.unwrap_or_default())?,
            nonce: parameters.get("nonce")?.map(str::to_owned),
            challenge: challenge(parameters, client)?,
            is_silent,
            wants_log_in: wants("login") || wants("select_account"),
            wants_consent: wants("consent"),
            max_age_s: parameters.get("max_age")?.map(seconds).transpose()?,
            acr: acr(parameters.get("acr_values")?.unwrap_or_default()),
            expected_user: parameters.get(EXPECTED_USER)?.map(str::to_owned),
            log_in_since,
        })
    }

    /// Whether a log-in at this time is one that the request itself has asked for. That holds for [`RETURN_S`]: the same address,
    /// opened again later, asks again.
    #[must_use]
    pub fn has_caused(&self, authenticated_at: UnixTime, now: UnixTime) -> bool {
        now <= authenticated_at + RETURN_S && self.log_in_since.is_some_and(|since| authenticated_at >= since)
    }

    /// Whether the user must log in again, whoever that is.
    #[must_use]
    pub fn needs_log_in(&self, authenticated_at: UnixTime, now: UnixTime) -> bool {
        let is_too_old = self.max_age_s.is_some_and(|max_age_s| authenticated_at + max_age_s < now);
        (self.wants_log_in || is_too_old || self.max_age_s == Some(0)) && !self.has_caused(authenticated_at, now)
    }
}

/// Whether the client wants no page.
#[must_use]
pub fn is_silent(parameters: &Parameters) -> bool {
    prompts(parameters).is_ok_and(|prompts| prompts.contains(&"none"))
}

fn prompts(parameters: &Parameters) -> Result<Vec<&str>, Refusal> {
    Ok(parameters.get("prompt")?.unwrap_or_default().split(' ').collect())
}

fn refuse_unsupported(parameters: &Parameters) -> Result<(), Refusal> {
    // What the portal has added on the way to the log-in and back does not count.
    let sent = OWN.iter().fold(parameters.clone(), |sent, own| sent.without(own));
    if sent.encoded().len() > LONGEST {
        return Err(TOO_LONG);
    }
    for (name, refusal) in [("request", REQUEST_OBJECT), ("request_uri", REQUEST_URI), ("registration", REGISTRATION)] {
        if parameters.get(name)?.is_some() {
            return Err(refusal);
        }
    }
    match parameters.get("response_type")? {
        Some("code") => {}
        Some(_) => return Err(RESPONSE_TYPE),
        None => return Err(NO_RESPONSE_TYPE),
    }
    parameters.get("state")?;
    match parameters.get("response_mode")? {
        None | Some("query" | "form_post") => Ok(()),
        Some(_) => Err(RESPONSE_MODE),
    }
}

/// Unknown ones are ignored, but `openid` must be there.
fn scopes(text: &str) -> Result<Scopes, Refusal> {
    let scopes = Scopes::parse(text);
    if scopes.contain(Scope::Openid) { Ok(scopes) } else { Err(NO_SCOPE) }
}

fn challenge(parameters: &Parameters, client: &Client) -> Result<Option<Challenge>, Refusal> {
    let method = parameters.get("code_challenge_method")?;
    match (parameters.get("code_challenge")?, method) {
        (Some(challenge), Some("S256")) => Challenge::parse(challenge).map(Some).ok_or(CHALLENGE),
        // Without a method it is `plain`.
        (Some(_), _) => Err(CHALLENGE_METHOD),
        (None, _) if client.requires_challenge() => Err(NO_CHALLENGE),
        (None, _) => Ok(None),
    }
}

/// A longer age than any session reaches changes nothing.
fn seconds(text: &str) -> Result<i64, Refusal> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { Ok(text.parse::<u32>().unwrap_or(u32::MAX).into()) } else { Err(MAX_AGE) }
}

/// The weakest of the known values. They are in the client's order, which does not matter here: each of them is enough.
fn acr(values: &str) -> Acr {
    values.split(' ').filter_map(|value| value.parse().ok()).min().unwrap_or(Acr::OneFactor)
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
