//! Passkeys (WebAuthn Level 3): what the browser needs to make and to use one, and the list of a user's own.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Password, Rfc3339};

/// How users of an account can use passkeys. Ordered: of several accounts' settings, the smallest applies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum PasskeyPolicy {
    /// Not at all.
    NotAllowed,
    /// As a second factor, after the password.
    SecondFactor,
    /// As a second factor, or instead of password and second factor.
    #[default]
    WithoutPassword,
}

impl PasskeyPolicy {
    /// All, the strictest first.
    pub const ALL: [Self; 3] = [Self::NotAllowed, Self::SecondFactor, Self::WithoutPassword];

    /// The word in the API, in the database and on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotAllowed => "not_allowed",
            Self::SecondFactor => "second_factor",
            Self::WithoutPassword => "without_password",
        }
    }
}

/// Options for the browser's `navigator.credentials`: of a request ([`crate::route::SIGN_IN_PASSKEY_OPTIONS`],
/// [`crate::route::STEP_UP_PASSKEY_OPTIONS`]), or of a registration ([`crate::route::SET_UP_PASSKEY_OPTIONS`],
/// [`crate::route::MY_PASSKEYS_OPTIONS`]).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"public_key": {"challenge": "aGVsbG8", "rpId": "portal.example.com"}, "expires_at": "2026-11-25T09:17:00Z"})))]
pub struct PasskeyOptions {
    /// `PublicKeyCredentialRequestOptionsJSON` or `PublicKeyCredentialCreationOptionsJSON` (WebAuthn Level 3, 5.1), as
    /// `parseRequestOptionsFromJSON` and `parseCreationOptionsFromJSON` take them.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub public_key: Value,
    /// When the challenge expires, after 5 minutes. It works once, in this browser.
    pub expires_at: Rfc3339,
}

/// Body of [`crate::route::SIGN_IN_PASSKEY`] and [`crate::route::STEP_UP_PASSKEY`].
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"credential": {"id": "qqo", "rawId": "qqo", "type": "public-key", "response": {}}})))]
#[serde(deny_unknown_fields)]
pub struct ShowPasskey {
    /// The browser's `AuthenticationResponseJSON`.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub credential: Value,
}

/// Body of [`crate::route::SET_UP_PASSKEY`].
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"credential": {"id": "qqo", "rawId": "qqo", "type": "public-key", "response": {}}, "name": "My phone"})))]
#[serde(deny_unknown_fields)]
pub struct SetUpPasskey {
    /// The browser's `RegistrationResponseJSON`.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub credential: Value,
    /// The user's name for it, 1 to 100 characters. If left out, the name of its kind ([`MyPasskey::kind`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub name: Option<String>,
    /// The set-up code as typed, if one is needed. It is read like a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_up_code: Option<String>,
}

/// Body of [`crate::route::MY_PASSKEYS_OPTIONS`].
#[derive(Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({})))]
#[serde(deny_unknown_fields)]
pub struct BeginPasskey {
    /// The user's password, if they have no second factor yet: a session alone is not enough. Otherwise ignored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub current_password: Option<Password>,
}

/// Body of a `POST` to [`crate::route::MY_PASSKEYS`].
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"name": "My phone", "credential": {"id": "qqo", "rawId": "qqo", "type": "public-key", "response": {}}})))]
#[serde(deny_unknown_fields)]
pub struct AddPasskey {
    /// The browser's `RegistrationResponseJSON`.
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub credential: Value,
    /// The user's name for it, 1 to 100 characters. If left out, the name of its kind ([`MyPasskey::kind`]).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub name: Option<String>,
    /// The set-up code, if the user has no second factor and an account demands one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_up_code: Option<String>,
}

macro_rules! hide_contents {
    ($($body:ident)*) => {
        $(impl fmt::Debug for $body {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($body), "(…)"))
            }
        })*
    };
}

hide_contents!(ShowPasskey SetUpPasskey AddPasskey);

/// Body of a `PATCH` to [`crate::route::MY_PASSKEY`].
#[derive(Clone, Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"name": "My phone"})))]
#[serde(deny_unknown_fields)]
pub struct RenamePasskey {
    /// The user's name for it, 1 to 100 characters.
    #[cfg_attr(feature = "openapi", schema(max_length = 100))]
    pub name: String,
}

/// Response to a `GET` to [`crate::route::MY_PASSKEYS`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"items": [{"id": "9a1b", "name": "My phone", "created_at": "2026-11-25T09:12:00Z", "last_used_at": null, "kind": "iCloud Keychain", "backed_up": true, "device_bound": false}], "allowed": "without_password", "user_handle": "AAECAwQFBgcICQoLDA0ODw", "rp_id": "portal.example.com", "credential_ids": ["qqo"], "set_up_code_from": [], "authenticator": true})))]
pub struct MyPasskeys {
    /// The passkeys, the oldest first. At most [`MyPasskeys::MOST`].
    pub items: Vec<MyPasskey>,
    /// How the user can use them: the strictest of the settings of their accounts.
    pub allowed: PasskeyPolicy,
    /// The user handle, in base64url. With `rp_id` and `credential_ids`, the argument of `signalAllAcceptedCredentials` (WebAuthn
    /// Level 3, 5.1.10).
    pub user_handle: String,
    /// The relying party: the host of the portal's address.
    pub rp_id: String,
    /// Ids of all credentials that are accepted, in base64url.
    pub credential_ids: Vec<String>,
    /// Names of the accounts that demand a set-up code for the first second factor; empty if the user already has a second factor.
    #[serde(default)]
    pub set_up_code_from: Vec<String>,
    /// Whether the user has an authenticator app, too.
    #[serde(default)]
    pub authenticator: bool,
}

impl MyPasskeys {
    /// How many passkeys a user can have.
    pub const MOST: u32 = 20;
}

/// One of a user's passkeys.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"id": "9a1b", "name": "My phone", "created_at": "2026-11-25T09:12:00Z", "last_used_at": null, "kind": "iCloud Keychain", "backed_up": true, "device_bound": false})))]
pub struct MyPasskey {
    /// Opaque id.
    pub id: String,
    /// The user's name for it.
    pub name: String,
    /// When it was added.
    pub created_at: Rfc3339,
    /// When it was last used; `null` if it never was.
    pub last_used_at: Option<Rfc3339>,
    /// The name of its provider, by the AAGUID; if that is unknown, `Security key` if the passkey cannot be backed up and is not built
    /// into the user's device, otherwise `Passkey`.
    pub kind: String,
    /// Whether it is backed up now, so that it survives the loss of the device.
    pub backed_up: bool,
    /// Whether it can never leave its device.
    pub device_bound: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_in_the_database_is_the_word_of_the_contract() {
        for policy in PasskeyPolicy::ALL {
            assert_eq!(serde_json::to_value(policy).unwrap(), policy.as_str());
        }
    }

    #[test]
    fn the_strictest_is_the_smallest() {
        assert!(PasskeyPolicy::ALL.is_sorted());
        assert_eq!(PasskeyPolicy::ALL.into_iter().min(), Some(PasskeyPolicy::NotAllowed));
    }
}
