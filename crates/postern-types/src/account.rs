//! An account's security settings.

use serde::{Deserialize, Serialize};

use crate::{PasskeyPolicy, Rfc3339};

/// Body of [`crate::route::ACCOUNT_SECURITY`]: the account's security settings. In a `PUT`, a part that is left out stays
/// unchanged.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"two_factor": {"required": true}, "passkeys": "without_password", "password": {"max_age_days": null}, "addresses": {"allowed": ["192.0.2.0/24"], "confirm_until": null}, "reset": {"set_up_code": true, "second_administrator": false, "delay_h": 0}})))]
#[serde(deny_unknown_fields)]
pub struct AccountSecurity {
    /// Two-factor authentication.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub two_factor: Option<TwoFactorPolicy>,
    /// Passkeys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub passkeys: Option<PasskeyPolicy>,
    /// Password expiration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password: Option<PasswordPolicy>,
    /// Addresses from which the account can be used.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub addresses: Option<AddressPolicy>,
    /// Resets of second factors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<ResetPolicy>,
}

/// Who needs a second factor.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct TwoFactorPolicy {
    /// Whether every user of the account needs a second factor, from the next log-in on.
    pub required: bool,
    /// In a `PUT` that requires a second factor: also end the sessions that have shown none, except one's own.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub end_sessions: bool,
}

/// How long a password lasts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct PasswordPolicy {
    /// Days after which a password must be replaced at log-in: 30, 60 or 90; `null` for never, as NIST SP 800-63B advises.
    #[cfg_attr(feature = "openapi", schema(minimum = 30, maximum = 90))]
    pub max_age_days: Option<u16>,
}

impl PasswordPolicy {
    /// Allowed values of `max_age_days`.
    pub const AGES: [u16; 3] = [30, 60, 90];
}

/// What a reset of a user's second factor needs, besides an administrator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ResetPolicy {
    /// Whether the next set-up, and the first one of a new user, need a set-up code from an administrator.
    pub set_up_code: bool,
    /// Whether a second administrator has to approve.
    pub second_administrator: bool,
    /// Hours for which a reset waits, so that the user can cancel it by a link in an e-mail: 0 to 168.
    #[cfg_attr(feature = "openapi", schema(maximum = 168))]
    pub delay_h: u16,
}

impl ResetPolicy {
    /// The longest `delay_h`: a week.
    pub const LONGEST_DELAY_H: u16 = 168;

    /// Whether a reset needs less than by another policy.
    #[must_use]
    pub const fn is_weaker_than(self, other: Self) -> bool {
        (other.set_up_code && !self.set_up_code)
            || (other.second_administrator && !self.second_administrator)
            || self.delay_h < other.delay_h
    }
}

/// From where the account can be used.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AddressPolicy {
    /// At most 100 addresses and networks, IPv4 and IPv6 (`192.0.2.7`, `192.0.2.0/24`, `2001:db8::/32`). Empty for every address.
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub allowed: Vec<String>,
    /// Until when a change must be confirmed, from an allowed address; otherwise the previous list comes into force again. `null`
    /// if there is nothing to confirm. Ignored in a `PUT`.
    #[serde(default)]
    pub confirm_until: Option<Rfc3339>,
}

/// The 412 response to a `PUT` to [`crate::route::ACCOUNT_SECURITY`]: somebody has changed the settings in the meantime.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SecurityConflict {
    /// `conflict`.
    pub error: String,
    /// The settings in force.
    pub current: AccountSecurity,
}

/// Response of [`crate::route::ACCOUNT_SECURITY_EFFECT`]: how many users the settings affect.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"users": 12, "set_up": 5, "to_be_asked": 7, "never_signed_in": 2, "passkeys_alone": 1, "own_passkeys_alone": false, "own_address": "192.0.2.7"})))]
pub struct SecurityEffect {
    /// Number of users of the account.
    pub users: u64,
    /// Number of users who have a second factor.
    pub set_up: u64,
    /// Number of users who are asked to set one up at the next log-in if it is required.
    pub to_be_asked: u64,
    /// Number of users who have never logged in.
    pub never_signed_in: u64,
    /// Number of users who have passkeys and no authenticator app that works: they cannot log in where passkeys are not allowed.
    #[serde(default)]
    pub passkeys_alone: u64,
    /// Whether whoever asks is one of them.
    #[serde(default)]
    pub own_passkeys_alone: bool,
    /// The client's own address, as the server sees it.
    pub own_address: String,
}
