//! Bodies of requests. Unknown fields are refused, since they are a fault of the client.

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

/// Body of [`crate::route::SIGN_IN_CODE`] and [`crate::route::SET_UP_CONFIRM`].
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"code": "732303"})))]
#[serde(deny_unknown_fields)]
pub struct CodeRequest {
    /// The six digits that the authenticator app shows.
    pub code: TotpCode,
}

/// The body `{}` of requests that need no data besides their path.
#[derive(Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({})))]
#[serde(deny_unknown_fields)]
pub struct EmptyRequest {}
