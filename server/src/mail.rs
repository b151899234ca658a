//! Mails: what they say, how they wait in the outbox, how they go out.
//!
//! A mail is written into the outbox by the statement that changes what it tells of, sealed, because it may hold a one-time
//! link; so none is lost, and none speaks of what did not happen. Must never log a text or a link.

use postern_types::Email;
use serde::{Deserialize, Serialize};

use crate::auth::cipher::{Cipher, Sealed};
use crate::clock::UnixTime;
use crate::ids::MailId;

pub mod delivery;
mod message;
mod text;
pub mod transport;

/// What a mail tells.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Mail {
    /// The link for a new password that was asked for.
    PasswordLink {
        /// The link.
        link: String,
    },
    /// A new user's link to the first password.
    FirstPassword {
        /// The link.
        link: String,
        /// The account's name.
        account: String,
    },
    /// A user of another account is asked to join.
    Invitation {
        /// The link.
        link: String,
        /// The account's name.
        account: String,
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
    /// A new authenticator app took the place of the old one.
    TwoFactorReplaced {
        /// When.
        at: UnixTime,
    },
    /// An administrator took the second factor away (R21).
    TwoFactorReset {
        /// E-mail of the administrator, or words for the operator.
        by: String,
        /// When.
        at: UnixTime,
    },
    /// An administrator changed the user name; goes to the old address.
    EmailChanged {
        /// The address from now on.
        new: String,
        /// E-mail of the administrator.
        by: String,
    },
    /// A trial, from `postern doctor`.
    Trial,
}

/// A mail on its way into the outbox.
#[derive(Clone, Debug)]
pub struct Queued {
    /// Id of the row, and of the message: a receiver that gets it twice can tell.
    pub id: MailId,
    /// To whom.
    pub to: Email,
    /// The [`Mail`], sealed.
    pub message: Sealed,
    /// Now.
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
