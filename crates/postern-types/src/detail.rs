//! Details of an event of the record of administration.

use serde::{Deserialize, Serialize};

use crate::{MailKind, PasskeyPolicy, Undelivered};

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
    /// What a reset needs from now on.
    Reset {
        /// Whether a set-up code.
        set_up_code: bool,
        /// Whether a second administrator.
        second_administrator: bool,
        /// Hours in which the user can cancel it.
        delay_h: u16,
    },
    /// How the account's users can use passkeys from now on.
    Passkeys {
        /// The setting.
        allowed: PasskeyPolicy,
    },
    /// The passkey.
    Passkey {
        /// The user's name for it.
        name: String,
    },
    /// An administrator of another account of the person did it.
    Elsewhere,
    /// The e-mail that could not be delivered.
    Mail {
        /// What it was about.
        mail: MailKind,
        /// Why.
        why: Undelivered,
    },
    /// The application.
    Application {
        /// Its name.
        name: String,
    },
    /// The OpenID Connect client.
    Client {
        /// Its name.
        name: String,
    },
    /// Who may use an application.
    ApplicationMembers {
        /// The name of the application.
        name: String,
        /// Whether every user of the account may use it.
        everyone: bool,
        /// User names of those who were chosen.
        added: Vec<String>,
        /// User names of those who are no longer chosen.
        removed: Vec<String>,
    },
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}
