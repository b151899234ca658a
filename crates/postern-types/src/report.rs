//! What an account's administrators read about the past. Facts in closed sets; the browser has words for each.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

use crate::Rfc3339;

/// Which proof was shown.
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

/// How an authentication ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, EnumIter, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// The user is in.
    SignedIn,
    /// Right, and the next factor is asked for.
    NextFactor,
    /// The user set up a second factor and is in.
    SetUp,
    /// There is no such user.
    UnknownUser,
    /// The password was wrong.
    WrongPassword,
    /// The password was right, but the user is locked.
    Locked,
    /// The code was wrong.
    WrongCode,
    /// The code was right, but was used before.
    Replayed,
    /// The second factor is missing, damaged or disabled.
    FactorUnusable,
    /// A set-up was tried on a user who has a second factor.
    SetUpRefused,
    /// Everything was right, but none of the user's accounts can be used from this address.
    AddressRefused,
    /// A code was shown again in the middle of a session.
    SteppedUp,
    /// A new authenticator app took the place of the old one.
    Replaced,
    /// One that this version does not know.
    #[serde(other)]
    Unknown,
}

/// What an administrator, or the operator, did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, EnumIter, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum What {
    /// The account requires a second factor from now on.
    TwoFactorRequired,
    /// It no longer does.
    TwoFactorNotRequired,
    /// Sessions that had shown no second factor were ended.
    SessionsEnded,
    /// Passwords expire after another time.
    PasswordExpiryChanged,
    /// The account's list of addresses was changed.
    AddressesChanged,
    /// The changed list was confirmed.
    AddressesConfirmed,
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
    /// A user became an administrator.
    AdminGranted,
    /// A user is no administrator any more.
    AdminTaken,
    /// A user's second factor was taken away.
    TwoFactorReset,
    /// A user's own list of addresses was changed.
    UserAddressesChanged,
    /// Somebody who is a user elsewhere has joined.
    InvitationAccepted,
    /// The operator made a one-time link by which an administrator who is shut out gets back in.
    AdminLinkMade,
    /// The administrator used it.
    AdminLinkUsed,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

impl Factor {
    /// The word of the contract, which is also the one in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl Outcome {
    /// The word of the contract, which is also the one in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

impl What {
    /// The word of the contract, which is also the one in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// More about an act of administration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "detail", rename_all = "snake_case")]
pub enum Detail {
    /// Nothing more.
    None,
    /// The display name was changed.
    Name,
    /// The user name was changed.
    Email {
        /// Until then.
        from: String,
        /// From then on.
        to: String,
    },
    /// The age at which passwords expire.
    MaxAge {
        /// In days; `null` for never.
        days: Option<u16>,
    },
    /// The list of addresses from then on; empty for anywhere.
    Addresses {
        /// Addresses and networks.
        allowed: Vec<String>,
    },
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

/// One authentication result.
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
    /// What was shown.
    pub factor: Factor,
    /// How it ended.
    pub result: Outcome,
}

/// One act of administration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"at": "2026-11-25T09:12:00Z", "actor": "ada@example.com", "subject": "bo@example.com", "what": "two_factor_reset", "detail": {"detail": "none"}, "address": "192.0.2.7"})))]
pub struct EventEntry {
    /// When.
    pub at: Rfc3339,
    /// Who did it: an e-mail; `null` for the operator, at the command line.
    pub actor: Option<String>,
    /// Whom it concerned: an e-mail; `null` where it concerned the account.
    pub subject: Option<String>,
    /// What.
    pub what: What,
    /// More about it.
    pub detail: Detail,
    /// The client's address; `null` at the command line.
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
