//! Names of users and accounts.

use std::fmt;

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory, GeneralCategoryGroup};
use icu_properties::{CodePointMapData, CodePointSetData};
use postern_types::Reason;
use serde::Serialize;

/// A trimmed name of at most 100 characters, without control characters and without those that cannot be seen or that reorder
/// text. May be empty; otherwise some of it is visible, and it is not a single hyphen.
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
    /// A single hyphen.
    #[error("a name cannot be a single hyphen: applications get one in place of the name if nobody is logged in")]
    Hyphen,
}

impl From<InvalidName> for Reason {
    fn from(invalid: InvalidName) -> Self {
        match invalid {
            InvalidName::TooLong => Self::TooLong { max: DisplayName::MAX_CHARS },
            InvalidName::Deceptive => Self::InvisibleCharacter,
            InvalidName::Hyphen => Self::NotAllowed,
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
        if name.chars().any(is_deceptive) || !(name.is_empty() || name.chars().any(is_visible)) {
            return Err(InvalidName::Deceptive);
        }
        if name == "-" {
            return Err(InvalidName::Hyphen);
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

/// What no name may contain: control characters, line separators, private-use characters, annotations, and everything that
/// Unicode calls default-ignorable: marks that reorder text, tags, fillers, zero-width spaces. Joiners and variation
/// selectors are allowed, because several scripts and emoji need them.
fn is_deceptive(c: char) -> bool {
    let is_joiner = matches!(c, '\u{200c}' | '\u{200d}' | '\u{fe00}'..='\u{fe0f}');
    let separates = matches!(
        CodePointMapData::<GeneralCategory>::new().get(c),
        GeneralCategory::Control
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
            | GeneralCategory::PrivateUse
    );
    separates || matches!(c, '\u{fff9}'..='\u{fffb}') || (is_ignorable(c) && !is_joiner)
}

/// Whether a character is meant to be left out where it cannot be shown (Unicode, `Default_Ignorable_Code_Point`).
pub(crate) fn is_ignorable(c: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c)
}

/// Letters, digits, punctuation and symbols. The braille pattern without dots is a symbol that looks like a space.
fn is_visible(c: char) -> bool {
    let visible = GeneralCategoryGroup::Letter
        .union(GeneralCategoryGroup::Number)
        .union(GeneralCategoryGroup::Punctuation)
        .union(GeneralCategoryGroup::Symbol);
    visible.contains(CodePointMapData::<GeneralCategory>::new().get(c)) && !is_ignorable(c) && c != '\u{2800}'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_holds_what_people_write_and_nothing_that_deceives() {
        assert_eq!(DisplayName::parse(" Zoë O’Brien-ñ 王 ").unwrap().as_str(), "Zoë O’Brien-ñ 王");
        for name in ["मन्‍त्र", "می‌خواهم", "👩\u{200d}💻", "☎\u{fe0f}", "‘"] {
            assert_eq!(DisplayName::parse(name).unwrap().as_str(), name);
        }
        let in_between =
            ["\n", "\u{85}", "\u{202e}", "\u{2066}", "\u{200b}", "\u{200e}", "\u{ad}", "\u{2028}", "\u{fff9}"];
        for character in in_between.into_iter().chain(["\u{e0041}", "\u{3164}", "\u{feff}", "\u{e000}", "\u{180e}"]) {
            assert!(DisplayName::parse(&format!("a{character}b")).is_err(), "{character:?}");
        }
        for name in ["\u{200d}", "\u{200c}\u{200c}", "\u{2800}", "\u{301}", "\u{fe0f}", " - ", &"x".repeat(101)] {
            assert!(DisplayName::parse(name).is_err(), "{name:?}");
        }
    }
}
