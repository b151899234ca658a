//! Path and query of a request.

use super::odd::Odd;
use crate::applications::DecodedPath;

/// Path and query as they were sent, and the decoded path for the rules.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    raw: String,
    path: DecodedPath,
}

impl Target {
    /// Parses `/path?query`.
    ///
    /// # Errors
    /// [`Odd`] says what is wrong.
    pub fn parse(raw: &str) -> Result<Self, Odd> {
        if !raw.bytes().all(|byte| byte.is_ascii_graphic()) || raw.contains('#') {
            return Err(Odd::Target);
        }
        let path = raw.split('?').next().unwrap_or_default();
        Ok(Self { path: DecodedPath::parse(path)?, raw: raw.to_owned() })
    }

    /// Path and query, as they were sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.raw
    }

    /// The decoded path.
    #[must_use]
    pub const fn path(&self) -> &DecodedPath {
        &self.path
    }
}
