//! A user's own password, sessions and authenticator app, and one-time links.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Email, Password, Rfc3339};

/// One of a user's sessions.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"id": "9a1b", "current": true, "address": "192.0.2.7", "user_agent": "Mozilla/5.0 …", "since": "2026-11-25T09:12:00Z", "last_seen": "2026-11-25T09:40:00Z"})))]
pub struct MySession {
    /// Opaque id.
    pub id: String,
    /// Whether it is the session of this request.
    pub current: bool,
    /// The client's address at log-in.
    pub address: String,
    /// The `User-Agent` header of the browser.
    pub user_agent: String,
    /// When the log-in was complete.
    pub since: Rfc3339,
    /// Time of the last request, with a precision of a tenth of the idle limit. For the session that requests the list, now.
    pub last_seen: Rfc3339,
}

/// Response to a `GET` to [`crate::route::MY_AUTHENTICATOR`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"since": "2026-11-25T09:12:00Z", "disabled_since": null})))]
pub struct MyAuthenticator {
    /// Since when the user has an authenticator app; `null` if there is none.
    pub since: Option<Rfc3339>,
    /// Since when its codes are refused, after too many wrong ones; `null` if they are accepted. A log-in with a recovery code, or a reset, helps.
    #[serde(default)]
    pub disabled_since: Option<Rfc3339>,
}

/// Body of a `POST` to [`crate::route::MY_AUTHENTICATOR`]: begins a set-up or a replacement.
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"current_password": "quiet harbour lamp anchor"})))]
#[serde(deny_unknown_fields)]
pub struct NewAuthenticator {
    /// The user's password: a session alone is not enough.
    pub current_password: Password,
}

/// Response to a `GET` to [`crate::route::MY_RECOVERY_CODES`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"left": 9, "created_at": "2026-11-25T09:12:00Z"})))]
pub struct MyRecoveryCodes {
    /// How many are left.
    pub left: u32,
    /// When the set was created; `null` if there is none.
    pub created_at: Option<Rfc3339>,
}

/// Body of [`crate::route::MY_LOCKDOWN`].
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"recovery_codes": true})))]
#[serde(deny_unknown_fields)]
pub struct MyLockdown {
    /// Whether one's recovery codes stop working, too. New ones are then offered at the next log-in.
    pub recovery_codes: bool,
    /// A recovery code, in place of a second factor that was shown recently. It works once.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_code: Option<String>,
}

impl fmt::Debug for MyLockdown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MyLockdown").field("recovery_codes", &self.recovery_codes).finish_non_exhaustive()
    }
}

/// Body of [`crate::route::ACCOUNT_USER_LOCKDOWN`].
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"recovery_codes": true})))]
#[serde(deny_unknown_fields)]
pub struct Lockdown {
    /// Whether the user's recovery codes stop working, too. New ones are then offered at the next log-in.
    pub recovery_codes: bool,
}

/// Body of [`crate::route::MY_PASSWORD`].
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"current_password": "quiet harbour lamp anchor", "new_password": "seven slow yellow trams"})))]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The current password.
    pub current_password: Password,
    /// The new password.
    pub new_password: Password,
}

/// Body of [`crate::route::SIGN_IN_NEW_PASSWORD`].
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"new_password": "seven slow yellow trams"})))]
#[serde(deny_unknown_fields)]
pub struct NewPassword {
    /// The new password.
    pub new_password: Password,
}

/// Body of [`crate::route::PASSWORD_RESET`].
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"email": "bo@example.com"})))]
#[serde(deny_unknown_fields)]
pub struct PasswordReset {
    /// The user name, as typed.
    pub email: String,
}

/// Body of [`crate::route::PASSWORD_RESET_CONFIRM`].
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"token": "the part of the link after #", "new_password": "seven slow yellow trams"})))]
#[serde(deny_unknown_fields)]
pub struct ConfirmPasswordReset {
    /// The token of the link.
    pub token: String,
    /// The new password.
    pub new_password: Password,
}

/// Body of [`crate::route::LINK`] and [`crate::route::INVITATION_ACCEPT`]: the token of a one-time link.
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"token": "the part of the link after #"})))]
#[serde(deny_unknown_fields)]
pub struct LinkToken {
    /// The part of the link after `#`.
    pub token: String,
}

/// Response of [`crate::route::LINK`]: what a one-time link is for. Asking does not use it up.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "link", rename_all = "snake_case")]
pub enum Link {
    /// Create the first account and its administrator ([`crate::route::FIRST_RUN`]).
    FirstRun,
    /// Choose a password ([`crate::route::PASSWORD_RESET_CONFIRM`]): the first one, or in place of a forgotten one.
    Password {
        /// The user name.
        email: Email,
    },
    /// *This was not me*, from an alarm: end all sessions and choose a new password ([`crate::route::PASSWORD_RESET_CONFIRM`]).
    NotMe {
        /// The user name.
        email: Email,
    },
    /// Become a member of a further account ([`crate::route::INVITATION_ACCEPT`]).
    Invitation {
        /// Who is invited.
        email: Email,
        /// The account's name.
        account: String,
        /// Whether e-mails to this address are known to reach the user. If not, an administrator has changed it, and a link to
        /// a new password comes first ([`crate::route::PASSWORD_RESET`]).
        email_confirmed: bool,
    },
}

/// Body of [`crate::route::FIRST_RUN`].
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"token": "the part of the link after #", "account": "Acme", "email": "ada@example.com", "name": "Ada L.", "password": "quiet harbour lamp anchor"})))]
#[serde(deny_unknown_fields)]
pub struct FirstRun {
    /// The token of the link.
    pub token: String,
    /// Name of the account, 1 to 100 characters.
    pub account: String,
    /// The administrator's user name.
    pub email: Email,
    /// The administrator's display name; may be empty.
    #[serde(default)]
    pub name: String,
    /// The administrator's password.
    pub password: Password,
}

/// Response of [`crate::route::STEP_UP`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"until": "2026-11-25T09:22:00Z"})))]
pub struct SteppedUp {
    /// Until when sensitive actions need no further code.
    pub until: Rfc3339,
}
