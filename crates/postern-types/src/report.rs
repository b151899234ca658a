//! The login history and the record of administration. Closed sets; the browser has a text for each value.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

use crate::{MailKind, Rfc3339, Undelivered};

/// A proof of who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, EnumIter, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Factor {
    /// The password.
    Password,
    /// A one-time code of an authenticator app (RFC 6238).
    Totp,
    /// One that this version does not know.
    #[serde(other)]
    Unknown,
}

/// The result of an authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, EnumIter, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// The user is logged in.
    SignedIn,
    /// The factor was correct, and a further one is required.
    NextFactor,
    /// The user set up a second factor and is logged in.
    SetUp,
    /// There is no such user.
    UnknownUser,
    /// The password was wrong.
    WrongPassword,
    /// The password was correct, but the user is locked.
    Locked,
    /// The code was wrong.
    WrongCode,
    /// The code was correct, but was used before.
    Replayed,
    /// The second factor is missing, damaged or disabled.
    FactorUnusable,
    /// A set-up was attempted for a user who has a second factor.
    SetUpRefused,
    /// Every factor was correct, but none of the user's accounts can be used from this address.
    AddressRefused,
    /// A code was shown during a session.
    SteppedUp,
    /// The authenticator app was replaced.
    Replaced,
    /// The password was changed, by its owner or by a link.
    PasswordChanged,
    /// No code was compared, because the server's clock was set back after it had accepted a later one.
    ClockSetBack,
    /// Nothing was compared, because of too many wrong attempts before. Recorded once in 15 minutes.
    Throttled,
    /// One that this version does not know.
    #[serde(other)]
    Unknown,
}

/// What an administrator, the operator or a user did, or what happened by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, EnumIter, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum What {
    /// The account requires a second factor from now on.
    TwoFactorRequired,
    /// The account no longer requires a second factor.
    TwoFactorNotRequired,
    /// Sessions that had shown no second factor were ended.
    SessionsEnded,
    /// Somebody ended sessions of their own.
    OwnSessionsEnded,
    /// The time after which passwords expire was changed.
    PasswordExpiryChanged,
    /// The account's list of addresses was changed.
    AddressesChanged,
    /// The changed list of addresses was confirmed.
    AddressesConfirmed,
    /// The changed list of addresses was not confirmed in time, so the list before it is in force again. Done by nobody.
    AddressesUndone,
    /// The account was added.
    AccountAdded,
    /// A user was added.
    UserAdded,
    /// A user's name or e-mail was changed.
    UserChanged,
    /// A user was locked.
    UserLocked,
    /// A user was unlocked.
    UserUnlocked,
    /// A user was removed.
    UserRemoved,
    /// A user left the account.
    UserLeft,
    /// A user became an administrator.
    AdminGranted,
    /// A user is no longer an administrator.
    AdminTaken,
    /// A user's second factor was reset.
    TwoFactorReset,
    /// A user's own list of addresses was changed.
    UserAddressesChanged,
    /// Somebody accepted an invitation and is now a member.
    InvitationAccepted,
    /// The link to join, or to the first password, was sent again.
    InvitedAgain,
    /// The operator created a one-time link that lets a locked-out administrator back in.
    AdminLinkMade,
    /// That link was used.
    AdminLinkUsed,
    /// A user's password was changed, by its owner or by a link.
    PasswordChanged,
    /// A user's second factor was disabled after too many wrong codes. Nobody did this.
    TwoFactorDisabled,
    /// A mail could not be delivered. Nobody did this.
    MailNotDelivered,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

impl Factor {
    /// The word in the API, and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Outcome {
    /// The word in the API, and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl What {
    /// The word in the API, and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Details of an event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "detail", rename_all = "snake_case")]
pub enum Detail {
    /// No details.
    None,
    /// The display name was changed.
    Name,
    /// The user name was changed.
    Email {
        /// The old user name.
        from: String,
        /// The new user name.
        to: String,
    },
    /// The new age at which passwords expire.
    MaxAge {
        /// In days; `null` for never.
        days: Option<u16>,
    },
    /// The new list of addresses; empty for every address.
    Addresses {
        /// Addresses and networks.
        allowed: Vec<String>,
    },
    /// An administrator of another account of the person did it.
    Elsewhere,
    /// The mail that could not be delivered.
    Mail {
        /// What it was about.
        mail: MailKind,
        /// Why.
        why: Undelivered,
    },
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

/// An entry of the login history.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"user": "5f0c1d9e", "email": "bo@example.com", "at": "2026-11-25T09:12:00Z", "address": "192.0.2.7", "factor": "totp", "result": "signed_in"})))]
pub struct SignInEntry {
    /// The user's id.
    pub user: String,
    /// The user name.
    pub email: String,
    /// When.
    pub at: Rfc3339,
    /// The client's address.
    pub address: String,
    /// The factor that was shown.
    pub factor: Factor,
    /// The result.
    pub result: Outcome,
}

/// An event of the record of administration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"at": "2026-11-25T09:12:00Z", "actor": "ada@example.com", "subject": "bo@example.com", "what": "two_factor_reset", "detail": {"detail": "none"}, "address": "192.0.2.7"})))]
pub struct EventEntry {
    /// When.
    pub at: Rfc3339,
    /// Who did it, as an e-mail address; `null` for the operator, at the command line, for `elsewhere`, and for what happened by
    /// itself.
    pub actor: Option<String>,
    /// Whom it concerned, as an e-mail address; `null` if it concerned the account.
    pub subject: Option<String>,
    /// What was done.
    pub what: What,
    /// Details.
    pub detail: Detail,
    /// The client's address; `null` at the command line, and for `elsewhere`.
    pub address: Option<String>,
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn the_word_in_the_database_is_the_word_of_the_contract() {
        for what in What::iter() {
            assert_eq!(serde_json::to_value(what).unwrap(), what.as_str());
            assert_eq!(what.as_str().parse(), Ok(what));
        }
        for outcome in Outcome::iter() {
            assert_eq!(serde_json::to_value(outcome).unwrap(), outcome.as_str());
            assert_eq!(outcome.as_str().parse(), Ok(outcome));
        }
        for factor in Factor::iter() {
            assert_eq!(serde_json::to_value(factor).unwrap(), factor.as_str());
            assert_eq!(factor.as_str().parse(), Ok(factor));
        }
    }

    #[test]
    fn what_a_newer_server_says_is_read_as_unknown() {
        assert_eq!(serde_json::from_str::<What>(r#""tea_made""#).unwrap(), What::Unknown);
        assert_eq!(serde_json::from_str::<Outcome>(r#""tea_made""#).unwrap(), Outcome::Unknown);
        assert_eq!(serde_json::from_str::<Factor>(r#""tea""#).unwrap(), Factor::Unknown);
        assert_eq!(serde_json::from_str::<Detail>(r#"{"detail":"tea","cups":2}"#).unwrap(), Detail::Unknown);
    }
}
