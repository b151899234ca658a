//! Mails: their texts, the outbox, and delivery.
//!
//! A mail is written into the outbox in the transaction of the change that it reports, so that none is lost, and none reports
//! what did not happen. It is sealed, because it may hold a one-time link. Texts and links must never be logged.

use postern_types::{Email, MailKind, ResetPolicy};
use serde::{Deserialize, Serialize};

use crate::auth::associated_data::AssociatedData;
use crate::auth::cipher::{Cipher, Sealed};
use crate::auth::token::{Token, TokenHash};
use crate::clock::UnixTime;
use crate::ids::{AccountId, MailId, ResetId};

pub mod delivery;
mod kind;
pub mod message;
mod origin;
pub mod pace;
mod passkey_text;
mod purpose;
mod recovery_text;
mod reset_text;
mod stopped;
mod text;
pub mod transport;

pub use origin::Origin;
pub use purpose::CodePurpose;
pub use stopped::Stopped;

/// What a mail reports.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Mail {
    /// Somebody requests a link for a new password. The user is looked up, and the link is made, only when it is sent.
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
        /// Whether the next set-up needs a set-up code.
        #[serde(default)]
        set_up_code: bool,
    },
    /// An administrator requested a reset of the second factor, which has to wait.
    TwoFactorResetAsked {
        /// E-mail of the administrator.
        by: String,
        /// When.
        at: UnixTime,
        /// When it is done at the earliest, and the link to cancel it until then.
        delay: Option<(UnixTime, String)>,
    },
    /// The same, for an administrator who can approve it.
    TwoFactorResetApproval {
        /// The user name.
        user: String,
        /// E-mail of whoever asked, if they administer the same account.
        by: Option<String>,
        /// When.
        at: UnixTime,
        /// When the request expires.
        until: UnixTime,
        /// The list of requests in the console; `None` in a mail of an earlier version.
        #[serde(default)]
        link: Option<String>,
    },
    /// A reset that had to wait was carried out. Sent to whoever asked.
    TwoFactorResetDone {
        /// The user name.
        user: String,
        /// When.
        at: UnixTime,
        /// Whether the next set-up needs the set-up code that was shown to the recipient.
        set_up_code: bool,
    },
    /// A request to reset the second factor has ended without a reset. Sent to the user and to whoever asked.
    TwoFactorResetStopped {
        /// The user name.
        user: String,
        /// When.
        at: UnixTime,
        /// Whether the user receives it.
        is_own: bool,
        /// How it ended.
        why: Stopped,
    },
    /// An administrator has changed what a reset of a second factor needs. Sent to the other administrators of the account.
    ResetPolicyChanged {
        /// The account's name.
        account: String,
        /// E-mail of the administrator.
        by: String,
        /// When.
        at: UnixTime,
        /// What a reset needs from now on.
        policy: ResetPolicy,
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
    /// Somebody logged in with a recovery code (R21).
    RecoveryCodeUsed {
        /// When.
        at: UnixTime,
        /// How many are left.
        left: u32,
        /// From where; `None` in a mail of an earlier version.
        #[serde(default)]
        from: Option<Origin>,
        /// What it was used for.
        #[serde(default)]
        purpose: CodePurpose,
    },
    /// A new set of recovery codes was created.
    RecoveryCodesMade {
        /// When.
        at: UnixTime,
    },
    /// A passkey was added, or removed.
    PasskeyChanged {
        /// Whether it was added.
        added: bool,
        /// The name of its provider.
        kind: String,
        /// When.
        at: UnixTime,
    },
    /// A passkey was refused, because its signature counter had not grown.
    PasskeyCounterStalled {
        /// The name of its provider.
        kind: String,
        /// When.
        at: UnixTime,
        /// From where.
        from: Origin,
    },
    /// A log-in from a browser or network that is new for the user.
    UnfamiliarSignIn {
        /// When.
        at: UnixTime,
        /// From where.
        from: Origin,
    },
    /// Somebody entered the correct password, and no second factor in time.
    SecondFactorNotShown {
        /// When the password was entered.
        at: UnixTime,
        /// From where.
        from: Origin,
    },
    /// Somebody entered a one-time code that had been accepted before.
    CodeReplayed {
        /// When.
        at: UnixTime,
        /// From where.
        from: Origin,
    },
    /// The user account was locked down.
    LockedDown {
        /// E-mail of the administrator; `None` if it was the user.
        by: Option<String>,
        /// When.
        at: UnixTime,
        /// Whether the recovery codes stopped working too.
        recovery_codes: bool,
    },
    /// An administrator changed the user name. Sent to the old address.
    EmailChanged {
        /// The new user name.
        new: String,
        /// E-mail of the administrator.
        by: String,
    },
    /// The ends of the chains of the audit log, for the operator.
    AuditAnchors {
        /// When they were made.
        at: UnixTime,
        /// A line of JSON for each.
        lines: Vec<String>,
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
    /// Hash of the token of its one-time link, which is kept in the database: without it, the mail is not sent.
    pub link: Option<TokenHash>,
    /// The account whose administrator causes it.
    pub account_id: Option<AccountId>,
    /// What tells it from another one of its kind to the same recipient; may be empty.
    pub about: String,
    /// The open request that it asks to approve: the mail goes with it.
    pub request_id: Option<ResetId>,
}

impl Queued {
    /// Seals a mail for the outbox.
    #[must_use]
    pub fn new(cipher: &Cipher, to: &Email, mail: &Mail, at: UnixTime) -> Self {
        let id = MailId::random();
        let json = serde_json::to_vec(mail).unwrap_or_default();
        let link = mail.link().filter(|_| mail.kind() != MailKind::TwoFactorResetAsked);
        let token = link.and_then(|link| link.split_once('#')).and_then(|(_, token)| Token::parse(token));
        Self {
            message: cipher.seal(&json, AssociatedData::Mail(&id)),
            id,
            to: to.clone(),
            at,
            kind: mail.kind(),
            link: token.map(|token| token.hash()),
            account_id: None,
            about: mail.about(),
            request_id: None,
        }
    }

    /// The same mail, caused by an administrator of this account.
    #[must_use]
    pub fn from_account(self, account_id: &AccountId) -> Self {
        Self { account_id: Some(account_id.clone()), ..self }
    }

    /// The same mail, which is not sent once this request has ended.
    #[must_use]
    pub fn while_open(self, request_id: &ResetId) -> Self {
        Self { request_id: Some(request_id.clone()), ..self }
    }
}
