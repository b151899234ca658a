//! Names of users and accounts.

use std::fmt;

use postern_types::Reason;
use serde::Serialize;

/// A trimmed name of at most 100 characters, without control characters and without those that reorder text. May be empty.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, sqlx::Type)]
#[serde(transparent)]
#[sqlx(transparent)]
pub struct DisplayName(String);

/// Why a text is not a valid name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidName {
    /// Over 100 characters.
    #[error("a name must have at most {} characters", DisplayName::MAX_CHARS)]
    TooLong,
    /// A control or invisible character.
    #[error("a name cannot contain control or invisible characters")]
    Deceptive,
}

impl From<InvalidName> for Reason {
    fn from(invalid: InvalidName) -> Self {
        match invalid {
            InvalidName::TooLong => Self::TooLong { max: DisplayName::MAX_CHARS },
            InvalidName::Deceptive => Self::InvisibleCharacter,
        }
    }
}

impl DisplayName {
    /// Maximum length in characters.
    pub const MAX_CHARS: u32 = 100;

    /// Parses what a person typed.
    ///
    /// # Errors
    /// [`InvalidName`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidName> {
        let name = text.trim();
        if name.chars().count() > Self::MAX_CHARS as usize {
            return Err(InvalidName::TooLong);
        }
        if name.chars().any(is_deceptive) {
            return Err(InvalidName::Deceptive);
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the name is empty.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for DisplayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Control characters, line separators, and marks that reorder text. Joiners are allowed: names in several scripts need them.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_holds_what_people_write_and_nothing_that_deceives() {
        assert_eq!(DisplayName::parse(" Zoë O’Brien-ñ 王 ").unwrap().as_str(), "Zoë O’Brien-ñ 王");
        for name in ["a\nb", "a\u{202e}b", "a\u{2066}b", &"x".repeat(101)] {
            assert!(DisplayName::parse(name).is_err(), "{name:?}");
        }
    }
}
