//! Bodies of requests. Unknown fields are refused, since they are an error of the client.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Password, TotpCode};

/// Body of [`crate::route::SIGN_IN`].
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"email": "ada@example.com", "password": "quiet harbour lamp anchor"})))]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// The user name, as typed. Text that is not an e-mail address is treated like an unknown user.
    pub email: String,
    /// The password, as typed.
    pub password: Password,
}

/// Body of [`crate::route::SIGN_IN_CODE`] and [`crate::route::STEP_UP`].
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"code": "732303"})))]
#[serde(deny_unknown_fields)]
pub struct CodeRequest {
    /// The digits that the authenticator app shows.
    pub code: TotpCode,
}

/// Body of [`crate::route::SET_UP_CONFIRM`] and [`crate::route::MY_AUTHENTICATOR_CONFIRM`].
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"code": "732303", "set_up_code": "2f4k-9zqp"})))]
#[serde(deny_unknown_fields)]
pub struct ConfirmSetUp {
    /// The digits that the authenticator app shows.
    pub code: TotpCode,
    /// The set-up code, if one is needed, as typed: like a recovery code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub set_up_code: Option<String>,
}

impl fmt::Debug for ConfirmSetUp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ConfirmSetUp(…)")
    }
}

/// Body of [`crate::route::SIGN_IN_RECOVERY`].
#[derive(Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"recovery_code": "2f4k-9zqp-m7xa-c3dw"})))]
#[serde(deny_unknown_fields)]
pub struct RecoveryCodeRequest {
    /// The code as typed: letters in upper or lower case, with or without dashes and spaces. I, L, O and U are read as 1, 1, 0 and V.
    pub recovery_code: String,
}

impl fmt::Debug for RecoveryCodeRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCodeRequest(…)")
    }
}

/// The body `{}` of requests that need no data besides their path.
#[derive(Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({})))]
#[serde(deny_unknown_fields)]
pub struct EmptyRequest {}
