//! What an administrator decides for a whole account.

use serde::{Deserialize, Serialize};

use crate::Rfc3339;

/// Body of [`crate::route::ACCOUNT_SECURITY`]: the account's security settings. In a `PUT`, a part that is left out stays as
/// it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"two_factor": {"required": true}, "password": {"max_age_days": null}, "addresses": {"allowed": ["192.0.2.0/24"], "confirm_until": null}})))]
#[serde(deny_unknown_fields)]
pub struct AccountSecurity {
    /// Two-factor authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub two_factor: Option<TwoFactorPolicy>,
    /// Passwords.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordPolicy>,
    /// Addresses from which the account can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addresses: Option<AddressPolicy>,
}

/// Who needs a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TwoFactorPolicy {
    /// Whether every user of the account needs one, from the next log-in on.
    pub required: bool,
    /// In a `PUT` that requires one: also end the sessions that have shown none, except one's own. Nobody is cut off otherwise.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub end_sessions: bool,
}

/// How long a password lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordPolicy {
    /// Days after which a password must be replaced at log-in: 30, 60 or 90; `null` for never, as NIST SP 800-63B advises.
    pub max_age_days: Option<u16>,
}

impl PasswordPolicy {
    /// What `max_age_days` may be.
    pub const AGES: [u16; 3] = [30, 60, 90];
}

/// From where the account can be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddressPolicy {
    /// Addresses and networks, IPv4 and IPv6 (`192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`), at most 100. Empty for anywhere.
    pub allowed: Vec<String>,
    /// Until when a change must be confirmed, from an allowed address; else the list before it is in force again. `null` where
    /// nothing waits. Ignored in a `PUT`.
    #[serde(default)]
    pub confirm_until: Option<Rfc3339>,
}

/// The 412 of a `PUT` to [`crate::route::ACCOUNT_SECURITY`]: another administrator was first.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecurityConflict {
    /// `conflict`.
    pub error: String,
    /// What is in force now.
    pub current: AccountSecurity,
}

/// Answer of [`crate::route::ACCOUNT_SECURITY_EFFECT`]: whom the settings concern.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"users": 12, "set_up": 5, "to_be_asked": 7, "never_signed_in": 2, "own_address": "192.0.2.7"})))]
pub struct SecurityEffect {
    /// Users of the account.
    pub users: u64,
    /// Users who have a second factor.
    pub set_up: u64,
    /// Users who are asked to set one up at the next log-in where it is required.
    pub to_be_asked: u64,
    /// Users who have never logged in.
    pub never_signed_in: u64,
    /// The address of whoever asks, as the server sees it.
    pub own_address: String,
}
