//! What an account's administrators read about the past.

use serde::{Deserialize, Serialize};

use crate::Rfc3339;

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
    /// What was shown: `password` or `totp`.
    pub factor: String,
    /// How it ended: `signed_in`, `next_factor`, `set_up`, `wrong_password`, `locked`, `wrong_code`, `replayed`,
    /// `factor_unusable`, `set_up_refused`, `address_refused`.
    pub result: String,
}

/// One act of administration.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"at": "2026-11-25T09:12:00Z", "actor": "ada@example.com", "subject": "bo@example.com", "what": "two_factor_reset", "detail": "", "address": "192.0.2.7"})))]
pub struct EventEntry {
    /// When.
    pub at: Rfc3339,
    /// Who did it: an e-mail, or `command line`.
    pub actor: String,
    /// Whom it concerned: an e-mail; empty where it concerned the account.
    pub subject: String,
    /// What: `two_factor_required`, `two_factor_not_required`, `sessions_ended`, `password_expiry_changed`, `addresses_changed`,
    /// `addresses_confirmed`, `user_added`, `user_changed`, `user_locked`, `user_unlocked`, `user_removed`, `admin_granted`,
    /// `admin_taken`, `two_factor_reset`, `user_addresses_changed`, `invitation_accepted`.
    pub what: String,
    /// More about it, in words; may be empty.
    pub detail: String,
    /// The client's address; empty at the command line.
    pub address: String,
}
