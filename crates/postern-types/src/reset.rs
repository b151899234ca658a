//! Resets of second factors: the answer to an administrator, and reset requests.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Email, Rfc3339};

/// Response of [`crate::route::ACCOUNT_USER_RESET`]. It may contain a set-up code: never log or store it.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"set_up_code": null})))]
pub struct ResetAnswer {
    /// The code that the next set-up needs, for 24 hours from the reset on; `null` if it needs none. It is shown only here.
    pub set_up_code: Option<String>,
    /// The request, if the reset has to wait; absent if it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<ResetRequest>,
}

impl fmt::Debug for ResetAnswer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResetAnswer").field("request", &self.request).finish_non_exhaustive()
    }
}

/// Response of [`crate::route::ACCOUNT_RESET_APPROVE`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({})))]
pub struct Approval {
    /// The request, if the reset still has to wait; absent if it was done.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<ResetRequest>,
}

/// Response of [`crate::route::ACCOUNT_USER_SET_UP_CODE`]. Never log or store it.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"set_up_code": "2f4k-9zqp"})))]
pub struct SetUpCode {
    /// The code, which works once, within 24 hours. It is shown only here.
    pub set_up_code: String,
}

impl SetUpCode {
    /// Letters and digits in a code.
    pub const LENGTH: usize = 8;

    /// Whether this can be a code as a person types it: so many letters and digits, with or without dashes and spaces.
    #[must_use]
    pub fn may_be(typed: &str) -> bool {
        typed.chars().filter(|c| c.is_alphanumeric()).count() == Self::LENGTH
    }
}

impl fmt::Debug for SetUpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetUpCode(…)")
    }
}

/// An open request to reset a user's second factor, as the administrators of one account see it. They do not learn which other
/// accounts there are.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"id": "77aa", "user": "5f0c1d9e", "email": "bo@example.com", "name": "Bo K.", "asked_by": "ada@example.com", "asked_at": "2026-11-25T09:12:00Z", "waits_for": ["this_account"], "not_before": null, "expires_at": "2026-11-28T09:12:00Z", "set_up_code": true, "may_approve": true, "may_refuse": true, "is_own": false})))]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own in the contract")]
pub struct ResetRequest {
    /// Opaque id.
    pub id: String,
    /// The user's id.
    pub user: String,
    /// The user name.
    pub email: Email,
    /// The display name; may be empty.
    pub name: String,
    /// The administrator who asked; `null` for one of another account.
    pub asked_by: Option<Email>,
    /// When.
    pub asked_at: Rfc3339,
    /// What is missing. Empty when the reset is about to be done.
    pub waits_for: Vec<ResetWait>,
    /// The end of the delay, before which the reset is not done; `null` if there is no delay. A longer delay that was set since counts, too.
    pub not_before: Option<Rfc3339>,
    /// When the request expires.
    pub expires_at: Rfc3339,
    /// Whether the next set-up will need the set-up code that was shown to the administrator who asked.
    pub set_up_code: bool,
    /// Whether the administrator who receives this may approve for this account.
    pub may_approve: bool,
    /// Whether this account may refuse. Other accounts of the person see the request, because it stands in the way of their own.
    pub may_refuse: bool,
    /// Whether the administrator who receives this asked for it, and may withdraw it.
    pub is_own: bool,
}

/// What a reset waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum ResetWait {
    /// The approval of an administrator of this account: not the one who asked, and not the user.
    ThisAccount,
    /// The approval of administrators of other accounts of the person.
    OtherAccounts,
    /// The end of the delay in which the user can cancel it.
    Delay,
    /// Something that this version does not know.
    #[serde(other)]
    Unknown,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_up_code_has_eight_letters_and_digits_however_they_are_typed() {
        for typed in ["2f4k-9zqp", " 2F4K 9ZQP\n", "2f4k9zqp", "２ｆ４ｋ－９ｚｑｐ", "2f4k—9zqp"] {
            assert!(SetUpCode::may_be(typed), "{typed:?}");
        }
        for typed in ["", " - ", "2f4k-9zq", "2f4k-9zqp-m7xa-c3dw", "732303"] {
            assert!(!SetUpCode::may_be(typed), "{typed:?}");
        }
    }
}
