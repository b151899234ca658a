//! Mails: what they say, how they wait in the outbox, how they go out.
//!
//! A mail is written into the outbox by the statement that changes what it tells of, sealed, because it may hold a one-time
//! link; so none is lost, and none speaks of what did not happen. Must never log a text or a link.

use postern_types::Email;
use serde::{Deserialize, Serialize};

use crate::auth::cipher::{Cipher, Sealed};
use crate::auth::token::random_id;
use crate::clock::{UnixTime, rfc3339};

pub mod delivery;
mod message;
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
        /// E-mail of the administrator; `None` for the operator.
        by: Option<String>,
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
    pub id: String,
    /// To whom.
    pub to: String,
    /// The [`Mail`], sealed.
    pub message: Sealed,
    /// Now.
    pub at: UnixTime,
}

impl Queued {
    /// Seals a mail for the outbox.
    #[must_use]
    pub fn new(cipher: &Cipher, to: &Email, mail: &Mail, at: UnixTime) -> Self {
        let id = random_id();
        let json = serde_json::to_vec(mail).unwrap_or_default();
        Self { message: cipher.seal(&json, &bound_to(&id)), id, to: to.to_string(), at }
    }
}

/// What a sealed mail is bound to: its row.
fn bound_to(id: &str) -> String {
    format!("outbox:{id}")
}

impl Mail {
    fn link(&self) -> Option<&str> {
        match self {
            Self::PasswordLink { link } | Self::FirstPassword { link, .. } | Self::Invitation { link, .. } => {
                Some(link)
            }
            _ => None,
        }
    }

    fn subject(&self, product: &str) -> String {
        match self {
            Self::PasswordLink { .. } => format!("Choose a new password for {product}"),
            Self::FirstPassword { account, .. } => format!("Your user account for {account}"),
            Self::Invitation { account, .. } => format!("{account} invites you to join"),
            Self::PasswordChanged { .. } => format!("Your {product} password was changed"),
            Self::TwoFactorSetUp { .. } => "Two-factor authentication was set up".to_owned(),
            Self::TwoFactorReplaced { .. } => "Your authenticator app was replaced".to_owned(),
            Self::TwoFactorReset { .. } => "Your two-factor authentication was reset".to_owned(),
            Self::EmailChanged { .. } => format!("Your {product} user name was changed"),
            Self::Trial => format!("A trial mail from {product}"),
        }
    }

    /// The text before the link, if there is one, and after it.
    fn paragraphs(&self, product: &str) -> (Vec<String>, Vec<String>) {
        let before = match self {
            Self::PasswordLink { .. } => vec![format!(
                "Somebody, probably you, asked for a new password for {product}. Choose one here, within 30 minutes:"
            )],
            Self::FirstPassword { account, .. } => vec![format!(
                "You are a user of {account} now. Choose your password for {product} here, within 7 days:"
            )],
            Self::Invitation { account, .. } => vec![format!(
                "{account} asks you to join with your user account at {product}. If you agree, open this link within 7 days:"
            )],
            Self::PasswordChanged { at } => {
                vec![format!("Your password was changed on {}. All your other sessions were ended.", time(*at))]
            }
            Self::TwoFactorSetUp { at } => {
                vec![format!("An authenticator app was set up for your user account on {}.", time(*at))]
            }
            Self::TwoFactorReplaced { at } => vec![format!(
                "A new authenticator app took the place of the old one on {}. Codes of the old one no longer work.",
                time(*at)
            )],
            Self::TwoFactorReset { by, at } => vec![
                format!(
                    "{} reset your two-factor authentication on {}. You were logged out everywhere.",
                    by.as_deref().unwrap_or("The operator of the server"),
                    time(*at)
                ),
                "At your next log-in you will be asked to set up an authenticator app. Delete the old entry in the app first."
                    .to_owned(),
            ],
            Self::EmailChanged { new, by } => {
                vec![format!("{by} changed your user name. From now on you log in with {new} instead of this address.")]
            }
            Self::Trial => vec!["Mails of this portal arrive here.".to_owned()],
        };
        let after = match self {
            Self::PasswordLink { .. } => {
                "If it was not you, there is nothing to do: nobody gets in without this mail, and your password stays as it is."
            }
            Self::FirstPassword { .. } | Self::Invitation { .. } => {
                "If you do not know what this is about, there is nothing to do."
            }
            Self::Trial => "It was asked for by whoever looks after the server.",
            _ => "If you did not expect this, tell the administrator of your account at once.",
        };
        (before, vec![after.to_owned()])
    }
}

/// A moment in words that are the same everywhere: `2026-11-25 at 09:12 UTC`.
fn time(at: UnixTime) -> String {
    let text = rfc3339(at).0;
    match (text.get(..10), text.get(11..16)) {
        (Some(date), Some(time)) => format!("{date} at {time} UTC"),
        _ => text,
    }
}
