//! An account's users, as its administrators see them.

use serde::{Deserialize, Serialize};

use crate::{Email, Rfc3339};

/// One user of an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"id": "5f0c1d9e", "email": "bo@example.com", "name": "Bo K.", "state": "active", "invited": false, "locked_by_operator": false, "admin": false, "two_factor": "set_up", "authenticator": true, "passkeys": 1, "last_sign_in": "2026-11-25T09:12:00Z", "allowed_addresses": []})))]
#[expect(clippy::struct_excessive_bools, reason = "the contract has them as separate fields")]
pub struct Member {
    /// Opaque id. It may change once, when an invitation is accepted.
    pub id: String,
    /// The user name.
    pub email: Email,
    /// The display name; may be empty.
    pub name: String,
    /// Whether the user can use this account.
    pub state: MemberState,
    /// Whether a link to join the account or to choose the first password was sent, and has not been used yet.
    #[serde(default)]
    pub invited: bool,
    /// Whether the operator of the server has locked the person. Only the operator can undo that.
    #[serde(default)]
    pub locked_by_operator: bool,
    /// Whether the user has the administrator role in this account.
    pub admin: bool,
    /// Whether the user has a second factor.
    pub two_factor: TwoFactorState,
    /// Whether the user has an authenticator app.
    #[serde(default)]
    pub authenticator: bool,
    /// How many passkeys the user has.
    #[serde(default)]
    pub passkeys: u32,
    /// The last log-in while active in the account; `null` before the first.
    pub last_sign_in: Option<Rfc3339>,
    /// Addresses and networks from which this user can use the account; empty for every address. The account's own list must
    /// allow the address as well.
    pub allowed_addresses: Vec<String>,
}

/// Whether a user can use an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum MemberState {
    /// *User account active*.
    Active,
    /// *User account locked*.
    Locked,
}

/// Whether a user has a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TwoFactorState {
    /// No second factor.
    None,
    /// An authenticator app or a passkey.
    SetUp,
    /// An authenticator app that was disabled after too many wrong codes, and no passkey: a recovery code or a reset helps.
    Disabled,
}

impl TwoFactorState {
    /// The state of a user who has a factor, which may be disabled.
    #[must_use]
    pub const fn of(has_factor: bool, is_disabled: bool) -> Self {
        match (has_factor, is_disabled) {
            (false, _) => Self::None,
            (true, false) => Self::SetUp,
            (true, true) => Self::Disabled,
        }
    }
}

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Page<T> {
    /// The items of this page.
    pub items: Vec<T>,
    /// Number of items on all pages.
    pub total: u64,
    /// Page number, from 1.
    pub page: u32,
    /// Page size: 10, 25, 50 or 100.
    pub per_page: u32,
}

/// Body of a `POST` to [`crate::route::ACCOUNT_USERS`]. The user starts locked.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"email": "bo@example.com", "name": "Bo K.", "admin": false})))]
#[serde(deny_unknown_fields)]
pub struct AddMember {
    /// The user name.
    pub email: Email,
    /// The display name, at most 100 characters; may be empty.
    #[serde(default)]
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub name: String,
    /// Whether with the administrator role.
    #[serde(default)]
    pub admin: bool,
}

/// Body of a `PATCH` to [`crate::route::ACCOUNT_USER`]. What is left out stays unchanged.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"active": true, "admin": false})))]
#[serde(deny_unknown_fields)]
pub struct ChangeMember {
    /// The display name, at most 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub name: Option<String>,
    /// The user name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<Email>,
    /// *Is active?* A lock keeps the person out of this account, and of no other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// The administrator role in this account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admin: Option<bool>,
    /// Addresses and networks from which this user can use the account; empty for every address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_items = 100))]
    pub allowed_addresses: Option<Vec<String>>,
}
