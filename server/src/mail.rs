//! Mails: their texts, the outbox, and delivery.
//!
//! A mail is written into the outbox in the transaction of the change that it reports, so that none is lost, and none reports
//! what did not happen. It is sealed, because it may hold a one-time link. Texts and links must never be logged.

use postern_types::Email;
use serde::{Deserialize, Serialize};

use crate::auth::cipher::{Cipher, Sealed};
use crate::clock::UnixTime;
use crate::ids::MailId;

pub mod delivery;
mod message;
mod text;
pub mod transport;

/// What a mail reports.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Mail {
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
}

impl Queued {
    /// Seals a mail for the outbox.
    #[must_use]
    pub fn new(cipher: &Cipher, to: &Email, mail: &Mail, at: UnixTime) -> Self {
        let id = MailId::random();
        let json = serde_json::to_vec(mail).unwrap_or_default();
        Self { message: cipher.seal(&json, &bound_to(&id)), id, to: to.clone(), at }
    }
}

/// What a sealed mail is bound to: its row.
fn bound_to(id: &MailId) -> String {
    format!("outbox:{id}")
}
