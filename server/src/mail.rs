//! Mails: their texts, the outbox, and delivery.
//!
//! A mail is written into the outbox in the transaction of the change that it reports, so that none is lost, and none reports
//! what did not happen. It is sealed, because it may hold a one-time link. Texts and links must never be logged.

use postern_types::{Email, MailKind};
use serde::{Deserialize, Serialize};

use crate::auth::cipher::{Cipher, Sealed};
use crate::auth::token::{Token, TokenHash};
use crate::clock::UnixTime;
use crate::ids::{AccountId, MailId};

pub mod delivery;
pub mod message;
pub mod pace;
mod text;
pub mod transport;

/// What a mail reports.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Mail {
    /// Somebody requests a link for a new password. Only when it is sent, the user is looked up and the link is made.
    PasswordLinkWanted,
    /// A link for a new password, on request.
    PasswordLink {
        /// The link.
        link: String,
    },
    /// A link to the first password of a new user.
    FirstPassword {
        /// The link.
        link: String,
        /// The account's name.
        account: String,
    },
    /// A user of another account is invited to join.
    Invitation {
        /// The link.
        link: String,
        /// The account's name.
        account: String,
    },
    /// The operator added the user to a further account.
    AddedToAccount {
        /// The account's name.
        account: String,
        /// When.
        at: UnixTime,
    },
    /// The password was changed.
    PasswordChanged {
        /// When.
        at: UnixTime,
    },
    /// A second factor was set up.
    TwoFactorSetUp {
        /// When.
        at: UnixTime,
    },
    /// The authenticator app was replaced.
    TwoFactorReplaced {
        /// When.
        at: UnixTime,
    },
    /// An administrator or the operator removed the second factor (R21).
    TwoFactorReset {
        /// E-mail of the administrator, or words for the operator.
        by: String,
        /// When.
        at: UnixTime,
    },
    /// Too many wrong codes disabled the second factor of a user (R11). Sent to the user and to administrators.
    TwoFactorDisabled {
        /// The user name.
        user: String,
        /// When.
        at: UnixTime,
        /// Whether the user receives it.
        is_own: bool,
    },
    /// An administrator changed the user name. Sent to the old address.
    EmailChanged {
        /// The new user name.
        new: String,
        /// E-mail of the administrator.
        by: String,
    },
    /// A test mail, from `postern doctor`.
    Trial,
}

/// A sealed mail for the outbox.
#[derive(Clone, Debug)]
pub struct Queued {
    /// Id of the row, and of the message.
    pub id: MailId,
    /// The recipient.
    pub to: Email,
    /// The [`Mail`], sealed.
    pub message: Sealed,
    /// When it was queued.
    pub at: UnixTime,
    /// What it is about.
    pub kind: MailKind,
    /// Hash of the token of its link.
    pub link: Option<TokenHash>,
    /// The account whose administrator causes it.
    pub account_id: Option<AccountId>,
}

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
            Self::TwoFactorDisabled { .. } => MailKind::TwoFactorDisabled,
            Self::EmailChanged { .. } => MailKind::EmailChanged,
            Self::Trial => MailKind::Unknown,
        }
    }

    /// Its one-time link.
    fn link(&self) -> Option<&str> {
        match self {
            Self::PasswordLink { link } | Self::FirstPassword { link, .. } | Self::Invitation { link, .. } => {
                Some(link)
            }
            _ => None,
        }
    }
}

impl Queued {
    /// Seals a mail for the outbox.
    #[must_use]
    pub fn new(cipher: &Cipher, to: &Email, mail: &Mail, at: UnixTime) -> Self {
        let id = MailId::random();
        let json = serde_json::to_vec(mail).unwrap_or_default();
        let token = mail.link().and_then(|link| link.split_once('#')).and_then(|(_, token)| Token::parse(token));
        Self {
            message: cipher.seal(&json, &bound_to(&id)),
            id,
            to: to.clone(),
            at,
            kind: mail.kind(),
            link: token.map(|token| token.hash()),
            account_id: None,
        }
    }

    /// The same mail, caused by an administrator of this account.
    #[must_use]
    pub fn from_account(self, account_id: &AccountId) -> Self {
        Self { account_id: Some(account_id.clone()), ..self }
    }
}

/// What a sealed mail is bound to: its row.
fn bound_to(id: &MailId) -> String {
    format!("outbox:{id}")
}
