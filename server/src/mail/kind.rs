//! What can be told of a mail by its kind.

use postern_types::MailKind;

use super::Mail;

impl Mail {
    /// What it is about. An invitation and a first password are one kind: an account cannot tell them apart.
    #[must_use]
    pub const fn kind(&self) -> MailKind {
        match self {
            Self::PasswordLinkWanted | Self::PasswordLink { .. } => MailKind::PasswordLink,
            Self::FirstPassword { .. } | Self::Invitation { .. } => MailKind::Invitation,
            Self::PasswordChanged { .. } => MailKind::PasswordChanged,
            Self::TwoFactorSetUp { .. } => MailKind::TwoFactorSetUp,
            Self::AddedToAccount { .. } => MailKind::AddedToAccount,
            Self::TwoFactorReplaced { .. } => MailKind::TwoFactorReplaced,
            Self::TwoFactorReset { .. } => MailKind::TwoFactorReset,
            Self::TwoFactorResetAsked { .. } => MailKind::TwoFactorResetAsked,
            Self::TwoFactorResetApproval { .. } => MailKind::TwoFactorResetApproval,
            Self::TwoFactorResetDone { .. } => MailKind::TwoFactorResetDone,
            Self::TwoFactorResetStopped { .. } => MailKind::TwoFactorResetStopped,
            Self::ResetPolicyChanged { .. } => MailKind::ResetPolicyChanged,
            Self::TwoFactorDisabled { .. } => MailKind::TwoFactorDisabled,
            Self::RecoveryCodeUsed { .. } => MailKind::RecoveryCodeUsed,
            Self::RecoveryCodesMade { .. } => MailKind::RecoveryCodesMade,
            Self::PasskeyChanged { added: true, .. } => MailKind::PasskeyAdded,
            Self::PasskeyChanged { added: false, .. } => MailKind::PasskeyRemoved,
            Self::PasskeyCounterStalled { .. } => MailKind::PasskeyCounterStalled,
            Self::UnfamiliarSignIn { .. } => MailKind::UnfamiliarSignIn,
            Self::SecondFactorNotShown { .. } => MailKind::SecondFactorNotShown,
            Self::CodeReplayed { .. } => MailKind::CodeReplayed,
            Self::LockedDown { .. } => MailKind::LockedDown,
            Self::EmailChanged { .. } => MailKind::EmailChanged,
            Self::AuditAnchors { .. } => MailKind::AuditAnchors,
            Self::Trial => MailKind::Unknown,
        }
    }

    /// Whether it reports to a user what somebody else may have done in their name. Such a mail gets the link *This was not me* only when
    /// it is sent, so that it is sent whatever has become of earlier links, and the link works for its full time.
    pub(super) const fn is_alarm(&self) -> bool {
        matches!(
            self,
            Self::PasswordChanged { .. }
                | Self::TwoFactorSetUp { .. }
                | Self::TwoFactorReplaced { .. }
                | Self::TwoFactorReset { .. }
                | Self::TwoFactorDisabled { is_own: true, .. }
                | Self::RecoveryCodeUsed { .. }
                | Self::RecoveryCodesMade { .. }
                | Self::PasskeyChanged { .. }
                | Self::PasskeyCounterStalled { .. }
                | Self::UnfamiliarSignIn { .. }
                | Self::SecondFactorNotShown { .. }
                | Self::CodeReplayed { .. }
                | Self::LockedDown { .. }
        )
    }

    /// What tells it from another one of its kind to the same recipient, so that neither takes the place of the other: the user whom it is
    /// about, what a reset needs from now on, or what a code was used for. Empty if there is no such thing.
    pub(super) fn about(&self) -> String {
        match self {
            Self::TwoFactorDisabled { user, .. }
            | Self::TwoFactorResetApproval { user, .. }
            | Self::TwoFactorResetDone { user, .. }
            | Self::TwoFactorResetStopped { user, .. } => user.clone(),
            Self::ResetPolicyChanged { policy, .. } => format!("{policy:?}"),
            Self::RecoveryCodeUsed { purpose, .. } => format!("{purpose:?}"),
            _ => String::new(),
        }
    }

    /// The link that is part of it from the start.
    pub(super) fn link(&self) -> Option<&str> {
        match self {
            Self::PasswordLink { link } | Self::FirstPassword { link, .. } | Self::Invitation { link, .. } => {
                Some(link)
            }
            Self::TwoFactorResetAsked { delay: Some((_, link)), .. }
            | Self::TwoFactorResetApproval { link: Some(link), .. } => Some(link),
            _ => None,
        }
    }
}
