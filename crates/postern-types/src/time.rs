//! Times in JSON.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A time as an RFC 3339 UTC string with whole seconds, such as `2026-11-25T09:12:00Z`.
///
/// The server writes it and the browser's `Date` parses it; this crate does not calculate with it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(format = DateTime, value_type = String, example = "2026-11-25T09:12:00Z"))]
#[serde(transparent)]
pub struct Rfc3339(pub String);

impl fmt::Display for Rfc3339 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
