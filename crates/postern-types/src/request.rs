//! Bodies of the requests. Unknown fields are refused: a client that sends one has a fault that it should hear of.

use serde::{Deserialize, Serialize};

use crate::{Password, TotpCode};

/// Body of [`crate::route::SIGN_IN`].
#[derive(Debug, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"email": "ada@example.com", "password": "quiet harbour lamp anchor"})))]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// The user name, as typed. Text that is no e-mail address is answered like an unknown user.
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

/// The body `{}` of requests that say all by their path.
#[derive(Debug, Default, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({})))]
#[serde(deny_unknown_fields)]
pub struct EmptyRequest {}
