//! Passkeys (WebAuthn Level 3): what an authenticator is asked for, and how its response is checked. webauthn-rs checks challenge, origin,
//! relying party, user verification, signature and counter. What it leaves to its caller is checked here and in
//! `sign_in/passkey_check.rs`: frames of other origins, the owner, and that a challenge is used once.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;
use url::Url;
use webauthn_rs::prelude::{
    Credential, DiscoverableAuthentication, Passkey, PasskeyRegistration, Uuid, Webauthn, WebauthnBuilder,
    WebauthnError,
};
use webauthn_rs_proto::{AllowCredentials, AuthenticatorTransport, ResidentKeyRequirement};

pub mod answer;
mod credential;
pub mod kind;

use answer::{Assertion, Registration};

pub use credential::{CredentialId, NewCredential, Shown, Stored, UserHandle};

use crate::config::PublicUrl;

/// How long a challenge can be answered, in seconds.
pub const CHALLENGE_S: i64 = 300;

/// Flag of authenticator data: the credential may be backed up (WebAuthn Level 3, 6.1).
const BACKUP_ELIGIBLE: u8 = 1 << 3;

/// A challenge, and what must be kept until it is answered.
#[derive(Debug)]
pub struct Challenge {
    /// The options for the browser.
    pub public_key: Value,
    /// The challenge in base64url, as the browser sends it back.
    pub challenge: String,
    /// What the check of the answer needs, in JSON.
    pub state: String,
}

/// Why an answer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It answers another challenge.
    #[error("it answers another challenge")]
    Challenge,
    /// It was made at another address.
    #[error("it was made at another address")]
    Origin,
    /// Nobody verified the user.
    #[error("the user was not verified")]
    NotVerified,
    /// The counter has not grown.
    #[error("the counter has not grown")]
    Counter,
    /// The credential could be backed up, and now says that it cannot; or it contradicts itself.
    #[error("backup eligibility has changed")]
    Changed,
    /// The credential is registered already.
    #[error("it is registered already")]
    Registered,
    /// Anything else: the signature is wrong, or it was made in a frame of another origin, or for another purpose.
    #[error("it is not correct")]
    Invalid,
}

impl From<WebauthnError> for Refused {
    fn from(error: WebauthnError) -> Self {
        match error {
            WebauthnError::MismatchedChallenge => Self::Challenge,
            WebauthnError::InvalidRPOrigin => Self::Origin,
            WebauthnError::UserNotVerified | WebauthnError::UserNotPresent => Self::NotVerified,
            WebauthnError::CredentialPossibleCompromise => Self::Counter,
            WebauthnError::CredentialBackupEligibilityInconsistent | WebauthnError::CredentialMayNotBeHardwareBound => {
                Self::Changed
            }
            // The library's name for a credential that is on the list of those to exclude.
            WebauthnError::CredentialAlteredAlgFromRequest => Self::Registered,
            _ => Self::Invalid,
        }
    }
}

/// Whose credential is to be made.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// The handle by which authenticators know the user.
    pub handle: &'a UserHandle,
    /// The user name, which the device shows.
    pub email: &'a str,
    /// The display name, which the device shows.
    pub name: &'a str,
}

/// The portal as authenticators see it.
#[derive(Debug)]
pub struct RelyingParty {
    webauthn: Webauthn,
    id: String,
}

impl RelyingParty {
    /// At this address, under this name. `None` if browsers allow no passkeys there, because its host is an IP address (WebAuthn Level 3,
    /// 5.1.3: the effective domain must be a valid domain).
    #[must_use]
    pub fn new(public_url: &PublicUrl, name: &str) -> Option<Self> {
        let id = public_url.passkey_host()?;
        let origin = Url::parse(public_url.origin()).ok()?;
        let builder = WebauthnBuilder::new(id, &origin).ok()?;
        let timeout = Duration::from_secs(CHALLENGE_S.unsigned_abs());
        let webauthn = builder.rp_name(name).timeout(timeout).build().ok()?;
        Some(Self { webauthn, id: id.to_owned() })
    }

    /// The relying party's id: the host.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Asks for a new credential, with user verification, on an authenticator that has none of `registered`.
    pub fn ask_for_new(&self, owner: Owner<'_>, registered: &[CredentialId]) -> anyhow::Result<Challenge> {
        let handle = Uuid::from_slice(&URL_SAFE_NO_PAD.decode(owner.handle.as_str())?)?;
        let excluded = registered.iter().map(CredentialId::bytes).collect();
        let name = if owner.name.is_empty() { owner.email } else { owner.name };
        let (mut asked, state) = self.webauthn.start_passkey_registration(handle, owner.email, name, Some(excluded))?;
        if let Some(selection) = &mut asked.public_key.authenticator_selection {
            selection.resident_key = Some(ResidentKeyRequirement::Preferred);
        }
        challenge(&asked.public_key, &asked.public_key.challenge, &state)
    }

    /// Checks a new credential.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn check_new(&self, answer: &Registration, state: &str) -> Result<NewCredential, Refused> {
        let state: PasskeyRegistration = serde_json::from_str(state).map_err(|_| Refused::Invalid)?;
        if answer.is_in_foreign_frame() {
            return Err(Refused::Invalid);
        }
        let passkey = self.webauthn.finish_passkey_registration(answer.raw(), &state)?;
        let json = serde_json::to_string(&passkey).map_err(|_| Refused::Invalid)?;
        let credential = Credential::from(passkey);
        Ok(NewCredential {
            id: CredentialId::of(&credential.cred_id),
            json,
            counter: credential.counter.into(),
            backup_eligible: credential.backup_eligible,
            backed_up: credential.backup_state,
            transports: answer.transports(),
            aaguid: answer.aaguid(),
            discoverable: answer.is_discoverable(),
        })
    }

    /// Asks for an assertion, with user verification, by one of these credentials, or by any credential if the list is empty. Each
    /// credential comes with its transports.
    pub fn ask_to_show(&self, allowed: &[(CredentialId, String)]) -> anyhow::Result<Challenge> {
        let (mut asked, state) = self.webauthn.start_discoverable_authentication()?;
        asked.public_key.allow_credentials =
            allowed.iter().map(|(id, transports)| descriptor(id, transports)).collect();
        challenge(&asked.public_key, &asked.public_key.challenge, &state)
    }

    /// Checks an assertion by a stored credential.
    ///
    /// # Errors
    /// Why it is refused.
    pub fn check_shown(&self, answer: &Assertion, state: &str, stored: Stored<'_>) -> Result<Shown, Refused> {
        let state: DiscoverableAuthentication = serde_json::from_str(state).map_err(|_| Refused::Invalid)?;
        if answer.is_in_foreign_frame() {
            return Err(Refused::Invalid);
        }
        let passkey: Passkey = serde_json::from_str(stored.json).map_err(|_| Refused::Invalid)?;
        let mut credential = Credential::from(passkey);
        credential.counter = u32::try_from(stored.counter).map_err(|_| Refused::Invalid)?;
        // A password manager that begins to synchronise sets the flag from then on. The signature covers it.
        credential.backup_eligible = stored.backup_eligible || answer.flags() & BACKUP_ELIGIBLE != 0;
        credential.backup_state = stored.backed_up;
        let shown = self.webauthn.finish_discoverable_authentication_v2(answer.raw(), state, &credential)?;
        Ok(Shown {
            counter: shown.counter().into(),
            backup_eligible: shown.backup_eligible(),
            backed_up: shown.backup_state(),
        })
    }
}

fn challenge(
    public_key: &impl serde::Serialize,
    bytes: &[u8],
    state: &impl serde::Serialize,
) -> anyhow::Result<Challenge> {
    Ok(Challenge {
        public_key: serde_json::to_value(public_key)?,
        challenge: URL_SAFE_NO_PAD.encode(bytes),
        state: serde_json::to_string(state)?,
    })
}

fn descriptor(id: &CredentialId, transports: &str) -> AllowCredentials {
    let transports: Vec<AuthenticatorTransport> = transports.split(' ').filter_map(|word| word.parse().ok()).collect();
    AllowCredentials {
        type_: "public-key".to_owned(),
        id: id.bytes(),
        transports: (!transports.is_empty()).then_some(transports),
    }
}
