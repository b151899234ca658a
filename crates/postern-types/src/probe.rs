//! What `postern doctor` learns of its own request.

use serde::{Deserialize, Serialize};

/// Response to [`crate::route::PROBE`]: how a request looked to the server.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"version": "0.1.0", "address": "203.0.113.9", "peer": "127.0.0.1",
    "is_trusted": true, "forwarded_for": ["203.0.113.9"]})))]
pub struct SeenRequest {
    /// The version of the server.
    pub version: String,
    /// The address of the client, as far as the server believes it; `unknown` if a trusted proxy has sent none.
    pub address: String,
    /// The address at the other end of the connection.
    pub peer: String,
    /// Whether that is a trusted proxy.
    pub is_trusted: bool,
    /// The lines of `X-Forwarded-For`, as they arrived.
    pub forwarded_for: Vec<String>,
}
