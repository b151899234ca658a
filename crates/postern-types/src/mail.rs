//! Mails, as far as the record of administration speaks of them.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

/// What an e-mail is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, EnumIter, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MailKind {
    /// A link to a new password, on request.
    PasswordLink,
    /// A link for somebody who was added to an account.
    Invitation,
    /// The operator added the user to a further account.
    AddedToAccount,
    /// The password was changed.
    PasswordChanged,
    /// A second factor was set up.
    TwoFactorSetUp,
    /// The authenticator app was replaced.
    TwoFactorReplaced,
    /// The second factor was reset.
    TwoFactorReset,
    /// An administrator asks to reset the second factor.
    TwoFactorResetAsked,
    /// An administrator is asked to approve such a request.
    TwoFactorResetApproval,
    /// A reset that had to wait was carried out. Sent to whoever requested it.
    TwoFactorResetDone,
    /// Such a request was refused or cancelled.
    TwoFactorResetStopped,
    /// What a reset of a second factor needs has changed.
    ResetPolicyChanged,
    /// A second factor was disabled after too many wrong codes.
    TwoFactorDisabled,
    /// A recovery code was used.
    RecoveryCodeUsed,
    /// New recovery codes were created.
    RecoveryCodesMade,
    /// A passkey was added.
    PasskeyAdded,
    /// A passkey was removed.
    PasskeyRemoved,
    /// A passkey was refused because its signature counter had not grown.
    PasskeyCounterStalled,
    /// A log-in from a browser or network that was new for the user.
    UnfamiliarSignIn,
    /// The password was entered, and no second factor.
    SecondFactorNotShown,
    /// A one-time code was entered again after it had been accepted.
    CodeReplayed,
    /// The user account was locked down.
    LockedDown,
    /// The user name was changed.
    EmailChanged,
    /// The ends of the chains of the audit log, for the operator.
    AuditAnchors,
    /// One that this version does not know.
    #[serde(other)]
    Unknown,
}

impl MailKind {
    /// The word in the API, and in the database.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        self.into()
    }
}

/// Why an e-mail was not delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, EnumIter, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Undelivered {
    /// The mail server permanently refused the recipient or the e-mail.
    Refused,
    /// The mail server could not be reached, or refused it for the time being, for three days.
    GivenUp,
    /// Its link expired first.
    LinkExpired,
    /// One that this version does not know.
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn the_word_in_the_database_is_the_word_of_the_contract() {
        for mail in MailKind::iter() {
            assert_eq!(serde_json::to_value(mail).unwrap(), mail.as_str());
            assert_eq!(mail.as_str().parse(), Ok(mail));
        }
    }
}
