//! A password in the clear.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// A password as typed: every Unicode character, no composition rules, never truncated (R15, R17).
///
/// Its memory is wiped on drop. It has no `Display`, and its `Debug` does not even show the length.
#[derive(Clone, Default, Deserialize, Serialize, Zeroize, ZeroizeOnDrop)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, format = Password, max_length = 4096))]
#[serde(transparent)]
pub struct Password(String);

impl Password {
    /// Maximum length in bytes. A longer password is treated like a wrong one (R15).
    pub const MAX_BYTES: usize = 4096;

    /// Wraps a text, unchanged.
    #[must_use]
    pub const fn new(text: String) -> Self {
        Self(text)
    }

    /// The text, only for hashing and for sending.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_says_nothing() {
        assert_eq!(format!("{:?}", Password::new("correct horse".into())), "Password(…)");
    }
}
