//! What tokens say.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use postern_types::Factor;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use super::scope::{Scope, Scopes};
use crate::auth::factors::ShownFactors;
use crate::clock::UnixTime;

/// How somebody has logged in (OpenID Connect Core 1.0, section 2), from the weakest to the strongest.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, strum::EnumIter, strum::EnumString, strum::IntoStaticStr,
)]
pub enum Acr {
    /// With one factor.
    #[strum(serialize = "urn:postern:1fa")]
    OneFactor,
    /// With two factors.
    #[strum(serialize = "urn:postern:2fa")]
    TwoFactors,
    /// With a passkey, which no other site can ask for.
    #[strum(serialize = "urn:postern:phr")]
    PhishingResistant,
}

/// An id token (OpenID Connect Core 1.0, section 2).
#[derive(Debug, Serialize)]
pub struct IdToken<'a> {
    /// The portal.
    pub iss: &'a str,
    /// The user.
    pub sub: &'a str,
    /// The client.
    pub aud: &'a str,
    /// When it expires.
    pub exp: UnixTime,
    /// When it was made.
    pub iat: UnixTime,
    /// When the user logged in.
    pub auth_time: UnixTime,
    /// As the client sent it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nonce: Option<&'a str>,
    /// How the user has logged in.
    pub acr: &'static str,
    /// The factors that were shown (RFC 8176).
    pub amr: Vec<&'static str>,
    /// Binds the access token to it (section 3.1.3.6).
    pub at_hash: String,
    /// The session (OpenID Connect Back-Channel Logout 1.0, 2.1).
    pub sid: &'a str,
    /// The claims of the userinfo response, if the client wants them here.
    #[serde(flatten)]
    pub user: Option<UserClaims>,
}

/// An access token that others can check (RFC 9068).
#[derive(Debug, Serialize)]
pub struct AccessToken<'a> {
    /// The portal.
    pub iss: &'a str,
    /// The user.
    pub sub: &'a str,
    /// The application.
    pub aud: &'a str,
    /// The client.
    pub client_id: &'a str,
    /// When it expires.
    pub exp: UnixTime,
    /// When it was made.
    pub iat: UnixTime,
    /// Makes it unique.
    pub jti: &'a str,
    /// What it is good for.
    pub scope: &'a str,
    /// When the user logged in.
    pub auth_time: UnixTime,
    /// How the user has logged in.
    pub acr: &'static str,
    /// The factors that were shown.
    pub amr: Vec<&'static str>,
}

/// Tells a client that a session has ended (OpenID Connect Back-Channel Logout 1.0, 2.4).
#[derive(Debug, Serialize)]
pub struct LogOutToken<'a> {
    /// The portal.
    pub iss: &'a str,
    /// The user.
    pub sub: &'a str,
    /// The client.
    pub aud: &'a str,
    /// When it was made.
    pub iat: UnixTime,
    /// When it expires.
    pub exp: UnixTime,
    /// Makes it unique.
    pub jti: &'a str,
    /// The session.
    pub sid: &'a str,
    /// Says that it is a log-out token.
    pub events: LogOutEvent,
}

/// The member of `events` that makes a log-out token.
#[derive(Debug, Default, Serialize)]
pub struct LogOutEvent {
    #[serde(rename = "http://schemas.openid.net/event/backchannel-logout")]
    event: Empty,
}

#[derive(Debug, Default, Serialize)]
struct Empty {}

/// What an id token that is sent back as a hint says. Its signature was checked; it may have expired.
#[derive(Clone, Debug, Deserialize)]
pub struct Hint {
    /// The user.
    pub sub: String,
    /// The client.
    pub aud: String,
    /// The session.
    pub sid: String,
}

/// What the userinfo response says of a user besides `sub` (OpenID Connect Core 1.0, 5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct UserClaims {
    /// The user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Whether the address is verified: a link that was sent there was used, or the operator has entered it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub email_verified: Option<bool>,
    /// The display name, or the user name if there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub preferred_username: Option<String>,
    /// The accounts through which the user may use the application: `Account`, and `Account:admin` for an administrator.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
}

/// A user.
#[derive(Clone, Debug)]
pub struct Person<'a> {
    /// The user name.
    pub email: &'a str,
    /// Whether the address is verified: a link that was sent there was used, or the operator has entered it.
    pub is_email_verified: bool,
    /// The display name; may be empty.
    pub name: &'a str,
    /// Groups, if they are wanted.
    pub groups: Vec<String>,
}

impl UserClaims {
    /// The claims that these scopes ask for.
    #[must_use]
    pub fn of(person: Person<'_>, scopes: &Scopes) -> Self {
        let wants = |scope| scopes.contain(scope);
        let name = if person.name.is_empty() { person.email } else { person.name };
        Self {
            email: wants(Scope::Email).then(|| person.email.to_owned()),
            email_verified: wants(Scope::Email).then_some(person.is_email_verified),
            name: wants(Scope::Profile).then(|| name.to_owned()),
            preferred_username: wants(Scope::Profile).then(|| person.email.to_owned()),
            groups: wants(Scope::Groups).then_some(person.groups),
        }
    }
}

impl Acr {
    /// What these factors are worth.
    #[must_use]
    pub fn of(factors: &ShownFactors) -> Self {
        if factors.contain(Factor::Passkey) {
            Self::PhishingResistant
        } else if factors.amr().contains(&"mfa") {
            Self::TwoFactors
        } else {
            Self::OneFactor
        }
    }

    /// The name.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// The groups of somebody in an account. A colon in its name is percent-encoded, so that no account has the name of a role.
#[must_use]
pub fn groups_in(account_name: &str, is_admin: bool) -> Vec<String> {
    const SPECIAL: &AsciiSet = &CONTROLS.add(b'%').add(b':');
    let encode = |c: char| {
        let text = c.to_string();
        if c.is_ascii() { utf8_percent_encode(&text, SPECIAL).to_string() } else { text }
    };
    let group: String = account_name.chars().map(encode).collect();
    let role = is_admin.then(|| format!("{group}:admin"));
    std::iter::once(group).chain(role).collect()
}

/// `at_hash`: the left half of the SHA-256 of the access token.
#[must_use]
pub fn at_hash(access_token: &str) -> String {
    URL_SAFE_NO_PAD.encode(&Sha256::digest(access_token)[..16])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_factors_that_were_shown_are_worth_what_they_are() {
        let acr = |stored: &str| Acr::of(&ShownFactors::from(stored.to_owned())).as_str();
        assert_eq!(acr("password"), "urn:postern:1fa");
        assert_eq!(acr("password totp"), "urn:postern:2fa");
        assert_eq!(acr("password recovery_code"), "urn:postern:2fa");
        assert_eq!(acr("password passkey"), "urn:postern:phr");
        assert_eq!(acr("passkey"), "urn:postern:phr");
        assert!(Acr::PhishingResistant > Acr::TwoFactors && Acr::TwoFactors > Acr::OneFactor);
    }

    #[test]
    fn no_account_has_the_name_of_a_role() {
        assert_eq!(groups_in("Größe & Co.", true), ["Größe & Co.", "Größe & Co.:admin"]);
        assert_eq!(groups_in("Acme:admin 100%", false), ["Acme%3Aadmin 100%25"]);
    }

    /// The example of OpenID Connect Core 1.0, A.3.
    #[test]
    fn the_access_token_is_bound_by_the_left_half_of_its_hash() {
        assert_eq!(at_hash("jHkWEdUXMU1BwAsC4vtUsZwnNvTIxEl0z9K3vx5KF0Y"), "77QmUPtjPfzWtF2AnpK9RQ");
    }

    #[test]
    fn claims_follow_the_scopes() {
        let person =
            Person { email: "ada@example.com", is_email_verified: true, name: "", groups: vec!["Acme".into()] };
        let claims = UserClaims::of(person, &Scopes::parse("openid profile"));
        let expected = r#"{"name":"ada@example.com","preferred_username":"ada@example.com"}"#;
        assert_eq!(serde_json::to_string(&claims).unwrap(), expected);
    }
}
