//! The step of a log-in. Every action of a log-in returns a [`Step`].

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Email, Rfc3339, SetUp};

/// The current step of a browser, as `{"step": "<name>", …}`.
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
    /// Logged in, and there are new recovery codes to save. The same codes until the user has saved or declined them; never again
    /// after that, and not in another session (R20).
    RecoveryCodes(RecoveryCodes),
    /// Logged in, with every required factor.
    SignedIn(Box<SignedIn>),
}

/// The header by which a response with a [`Step`] says for whom it is: the id of the user, or nothing for nobody. A page sends
/// it with its further requests, and the server refuses them once another user has logged in with the same browser
/// ([`crate::ApiError::AnotherUser`]). A request without it is judged by its cookie alone.
pub const USER_HEADER: &str = "postern-user";

/// A way to show a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// A one-time code of an authenticator app.
    Totp,
    /// A recovery code.
    RecoveryCode,
    /// A passkey ([`crate::route::SIGN_IN_PASSKEY_OPTIONS`]).
    Passkey,
    /// A method that this version does not know.
    #[serde(other)]
    Unknown,
}

/// A set of recovery codes, each of which works once. Never log or store it.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"email": "ada@example.com", "codes": ["2f4k-9zqp-m7xa-c3dw", "…"]})))]
pub struct RecoveryCodes {
    /// Whose they are.
    pub email: Email,
    /// Ten codes, in groups of four letters and digits.
    pub codes: Vec<String>,
}

impl fmt::Debug for RecoveryCodes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecoveryCodes").field("email", &self.email).finish_non_exhaustive()
    }
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
    /// The user account was locked down.
    LockedDown,
}

/// How the portal's e-mails are delivered.
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
    /// How many recovery codes are left, after a log-in with one; otherwise absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_codes_left: Option<u32>,
    /// How the portal's e-mails are delivered.
    pub mail: MailDelivery,
    /// When, and from where, a code of the user was entered again after it had been accepted, unless this session has dismissed
    /// that: somebody else may have seen it. Otherwise absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_replayed: Option<LastSignIn>,
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
    /// The factors that it has shown, as authentication method references (RFC 8176): `pwd`, `otp`, `pop`,
    /// `mfa`.
    pub amr: Vec<String>,
}

/// An earlier log-in, or an attempt.
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
            needs_set_up_code: false,
            set_up_code_from: Vec::new(),
            issuer: text(),
            label: text(),
            security_key: text(),
            otpauth_uri: text(),
            qr: QrCode { size: 29, path: text() },
            occasion: SetUpOccasion::First,
            required_by: vec![text()],
            passkey: true,
            expires_at: time(),
        };
        let signed_in = |last_sign_in| SignedIn {
            user: UserInfo { id: text(), email: email.clone(), name: text() },
            accounts: vec![AccountMembership { id: text(), name: text(), admin: true }],
            session: SessionInfo { expires_at: time(), amr: vec![text()] },
            last_sign_in,
            recovery_codes_left: None,
            mail: MailDelivery::Smtp,
            code_replayed: None,
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
            Step::RecoveryCodes(RecoveryCodes { email: email.clone(), codes: vec![text()] }),
            Step::SignedIn(Box::new(signed_in(None))),
            Step::SignedIn(Box::new(SignedIn { recovery_codes_left: Some(2), ..signed_in(None) })),
            Step::SignedIn(Box::new(SignedIn {
                code_replayed: Some(LastSignIn { at: time(), address: text() }),
                ..signed_in(None)
            })),
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
