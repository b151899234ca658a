//! What users have allowed clients of OpenID Connect to learn.

use serde::{Deserialize, Serialize};

use crate::Rfc3339;

/// Response to a `GET` to [`crate::route::MY_CONSENTS`].
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MyConsents {
    /// The newest first.
    pub consents: Vec<MyConsent>,
}

/// A client that may learn who the user is.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"client_id": "4d1c", "name": "Grafana", "scopes": ["openid", "email"], "given_at": "2026-11-25T09:12:00Z"})))]
pub struct MyConsent {
    /// The client.
    pub client_id: String,
    /// The name of its application.
    pub name: String,
    /// What it may learn: scopes of OpenID Connect.
    pub scopes: Vec<String>,
    /// When the user agreed.
    pub given_at: Rfc3339,
}
