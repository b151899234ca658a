//! The login history and the record of administration. Closed sets; the browser has a text for each value.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

use crate::{Detail, Rfc3339};

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
    /// A recovery code.
    RecoveryCode,
    /// A passkey, with user verification (WebAuthn Level 3).
    Passkey,
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
    /// The set-up code was missing, wrong, expired, or used before.
    WrongSetUpCode,
    /// The code was correct, but was used before.
    Replayed,
    /// The passkey was not accepted: it was unknown or somebody else's, the user was not verified, or the signature or challenge was wrong.
    WrongPasskey,
    /// The passkey's signature counter had not grown, so there may be a copy of it. Only this attempt was refused.
    PasskeyCounter,
    /// The passkey was correct, but an account of the user does not allow it.
    PasskeyNotAllowed,
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
    /// The changed address list was not confirmed in time, so the previous list is in force again. Nobody did this.
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
    /// What a reset of a second factor needs was changed.
    ResetPolicyChanged,
    /// An administrator asked to reset a user's second factor.
    ResetAsked,
    /// An administrator approved such a request.
    ResetApproved,
    /// An administrator refused such a request, or withdrew their own.
    ResetRefused,
    /// The user cancelled such a request.
    ResetCancelled,
    /// Such a request was not approved in time, or the administrator who asked no longer is one. Nobody did this.
    ResetExpired,
    /// A set-up code was made for a user without a second factor.
    SetUpCodeMade,
    /// A user's own list of addresses was changed.
    UserAddressesChanged,
    /// Somebody accepted an invitation and is now a member.
    InvitationAccepted,
    /// A new link to join, or to choose the first password, was sent.
    InvitedAgain,
    /// The operator created a one-time link that lets a locked-out administrator back in.
    AdminLinkMade,
    /// That link was used.
    AdminLinkUsed,
    /// A user's password was changed, by its owner or by a link.
    PasswordChanged,
    /// A user's second factor was disabled after too many wrong codes. Nobody did this.
    TwoFactorDisabled,
    /// A user logged in with a recovery code.
    RecoveryCodeUsed,
    /// A user created a new set of recovery codes. Earlier ones stopped working.
    RecoveryCodesMade,
    /// A user declined recovery codes.
    RecoveryCodesDeclined,
    /// A user logged in from a browser or network that was new for them.
    UnfamiliarSignIn,
    /// Somebody entered a user's password, and no second factor within three minutes. Nobody knows who.
    SecondFactorNotShown,
    /// A one-time code of a user was entered again after it had been accepted. Nobody knows who.
    CodeReplayed,
    /// A user chose a new password with the link of an alarm, and was logged out everywhere.
    AlarmLinkUsed,
    /// A user account was locked down: all its sessions, known browsers and one-time links ended, and the next log-in asks for a new
    /// password.
    LockedDown,
    /// How the account's users can use passkeys was changed.
    PasskeyPolicyChanged,
    /// A user added a passkey.
    PasskeyAdded,
    /// A user removed a passkey.
    PasskeyRemoved,
    /// A passkey of a user was refused because its signature counter had not grown: there may be a copy of it. It is not known who used it.
    PasskeyCounterStalled,
    /// An e-mail could not be delivered. Nobody did this.
    MailNotDelivered,
    /// The account was given an application.
    ApplicationGiven,
    /// The account no longer has an application.
    ApplicationTaken,
    /// An application of the account was changed: its name, address, rules or icon.
    ApplicationChanged,
    /// Which users of the account may use an application was changed.
    ApplicationMembersChanged,
    /// An OpenID Connect client was added to an application of the account.
    ClientAdded,
    /// Such a client was changed.
    ClientChanged,
    /// Such a client was removed.
    ClientRemoved,
    /// A secret was made for such a client.
    ClientSecretMade,
    /// A user agreed that such a client learns who they are.
    ConsentGiven,
    /// A user took such a consent back.
    ConsentTakenBack,
    /// The next key that signs tokens was made.
    SigningKeyMade,
    /// The keys that encrypt the secrets in the database were rotated, or one of them was removed.
    MasterKeysChanged,
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
    /// Who did it, as an e-mail address; `null` for the operator, at the command line, for `elsewhere`, and for what happened
    /// by itself.
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
#[path = "report_tests.rs"]
mod tests;
