//! The step of a log-in. Every action of a log-in returns a [`Step`].

use serde::{Deserialize, Serialize};

use crate::{Email, Rfc3339, SetUp};

/// The current step of a browser, as `{"step": "<name>", …}`.
///
/// Further steps, such as recovery codes after set-up, will be further variants.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Step {
    /// Nobody is logged in: ask for e-mail and password.
    Credentials,
    /// The password was correct, and a second factor must be set up first.
    SetUp(Box<SetUp>),
    /// The password was correct: ask for a second factor.
    Code {
        /// Who is logging in.
        email: Email,
        /// When this log-in expires, at most 10 minutes after the password (R14).
        expires_at: Rfc3339,
        /// How the user can show a second factor, the preferred method first.
        methods: Vec<Method>,
        /// Name of the entry in the authenticator app.
        issuer: String,
        /// The account label of that entry.
        label: String,
    },
    /// Every factor was shown, but the password must be replaced first (R18).
    NewPassword {
        /// Who is logging in.
        email: Email,
        /// Why.
        reason: PasswordReason,
    },
    /// Logged in, with every required factor.
    SignedIn(Box<SignedIn>),
}

/// The header by which a response with a [`Step`] says for whom it is: the id of the user, or nothing for nobody. A page sends it
/// with its further requests, and the server refuses them once another user has logged in in the same browser
/// ([`crate::ApiError::AnotherUser`]). A request without it is judged by its cookie alone.
pub const USER_HEADER: &str = "postern-user";

/// A way to show a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A one-time code of an authenticator app.
    Totp,
    /// A method that this version does not know.
    #[serde(other)]
    Unknown,
}

/// Why a password must be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PasswordReason {
    /// Somebody else chose it.
    Temporary,
    /// It is older than one of the user's accounts allows.
    Expired,
}

/// How the portal's mails are delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MailDelivery {
    /// They are sent over SMTP.
    Smtp,
    /// No mail server is configured: they are written to files, and nobody receives them.
    Files,
}

/// Who is logged in, and their accounts.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SignedIn {
    /// The user.
    pub user: UserInfo,
    /// The accounts that the user is a member of and can use from this address, by name.
    pub accounts: Vec<AccountMembership>,
    /// The session of this browser.
    pub session: SessionInfo,
    /// The log-in before this one; `null` at the first.
    pub last_sign_in: Option<LastSignIn>,
    /// How the portal's mails are delivered.
    pub mail: MailDelivery,
}

/// The user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserInfo {
    /// Opaque id, which never changes.
    pub id: String,
    /// The user name.
    pub email: Email,
    /// The display name; may be empty.
    pub name: String,
}

/// One account of the user.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AccountMembership {
    /// Opaque id, which never changes.
    pub id: String,
    /// The account's name.
    pub name: String,
    /// Whether the user has the administrator role in it.
    pub admin: bool,
}

/// The session of this browser.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SessionInfo {
    /// When it ends at the latest. It ends earlier if it is not used (R26).
    pub expires_at: Rfc3339,
    /// The factors that it has shown, as authentication method references (RFC 8176): `pwd`, `otp`, `mfa`.
    pub amr: Vec<String>,
}

/// An earlier log-in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LastSignIn {
    /// When.
    pub at: Rfc3339,
    /// The client's address.
    pub address: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{QrCode, SetUpOccasion};

    #[test]
    fn steps_have_the_names_of_the_contract() {
        let json = |step: &Step| serde_json::to_value(step).unwrap()["step"].clone();
        assert_eq!(json(&Step::Credentials), "credentials");
        assert_eq!(serde_json::to_string(&Step::Credentials).unwrap(), r#"{"step":"credentials"}"#);
        let expires_at = Rfc3339("2026-11-25T09:12:00Z".into());
        let email = Email::parse("a@b").unwrap();
        let text = || "x".to_owned();
        let code = Step::Code { email, expires_at, methods: vec![Method::Totp], issuer: text(), label: text() };
        assert_eq!(json(&code), "code");
    }

    #[test]
    fn every_step_is_read_back_as_it_was_written() {
        let email = Email::parse("a@b").unwrap();
        let text = || "x".to_owned();
        let time = || Rfc3339("2026-11-25T09:12:00Z".into());
        let set_up = SetUp {
            issuer: text(),
            label: text(),
            security_key: text(),
            otpauth_uri: text(),
            qr: QrCode { size: 29, path: text() },
            occasion: SetUpOccasion::First,
            required_by: vec![text()],
            expires_at: time(),
        };
        let signed_in = |last_sign_in| SignedIn {
            user: UserInfo { id: text(), email: email.clone(), name: text() },
            accounts: vec![AccountMembership { id: text(), name: text(), admin: true }],
            session: SessionInfo { expires_at: time(), amr: vec![text()] },
            last_sign_in,
            mail: MailDelivery::Smtp,
        };
        for step in [
            Step::Credentials,
            Step::SetUp(Box::new(set_up)),
            Step::Code {
                email: email.clone(),
                expires_at: time(),
                methods: vec![Method::Totp],
                issuer: text(),
                label: text(),
            },
            Step::NewPassword { email: email.clone(), reason: PasswordReason::Expired },
            Step::SignedIn(Box::new(signed_in(None))),
            Step::SignedIn(Box::new(signed_in(Some(LastSignIn { at: time(), address: text() })))),
        ] {
            let json = serde_json::to_string(&step).unwrap();
            assert_eq!(serde_json::from_str::<Step>(&json).unwrap(), step, "{json}");
        }
        for json in [r#"{"step":"later"}"#, r#"{"step":"code"}"#, "{}"] {
            assert!(serde_json::from_str::<Step>(json).is_err(), "{json}");
        }
    }
}
