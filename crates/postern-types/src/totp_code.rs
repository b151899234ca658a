//! A one-time code, as typed, pasted or filled in by a password manager.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};
use zeroize::Zeroize;

/// Six ASCII digits, or eight for some imported factors; leading zeros kept. Codes are text from end to end, never numbers (RFC 4226, 5.3).
///
/// Has no `Display` and a `Debug` that hides the digits, so that a code cannot slip into a log (R5, R30).
#[derive(Clone, PartialEq, Eq, Zeroize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, min_length = 6, max_length = 64, example = "047164"))]
pub struct TotpCode(String);

/// The text is neither six nor eight digits, even after separators are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a one-time code has 6 or 8 digits")]
pub struct InvalidTotpCode;

/// How many digits a code has (R2): other ones belong to factors that were imported.
const DIGITS: usize = 6;
/// The most digits.
const MOST_DIGITS: usize = 8;
/// Longer input is refused without parsing it: no pasted code is this long.
const MAX_INPUT_BYTES: usize = 64;
/// Used as a dash, but a mathematical symbol.
const MINUS_SIGN: char = '\u{2212}';

impl TotpCode {
    /// Parses ASCII or full-width digits (U+FF10–U+FF19), with white space, dashes or invisible characters around and
    /// between them, as people paste them.
    ///
    /// # Errors
    /// [`InvalidTotpCode`] where anything else is in the text or the digits are neither six nor eight.
    pub fn parse(text: &str) -> Result<Self, InvalidTotpCode> {
        if text.len() > MAX_INPUT_BYTES {
            return Err(InvalidTotpCode);
        }
        if text.chars().any(|c| digit(c).is_none() && !is_separator(c)) {
            return Err(InvalidTotpCode);
        }
        Self::find(text).ok_or(InvalidTotpCode)
    }

    /// The code in a text around it, such as `Your code: 732 303`. `None` if it has neither six nor eight digits. Needs no
    /// table of characters, which a browser would have to load.
    #[must_use]
    pub fn find(text: &str) -> Option<Self> {
        let code = Self(text.chars().filter_map(digit).take(MOST_DIGITS + 1).collect());
        matches!(code.0.len(), DIGITS | MOST_DIGITS).then_some(code)
    }

    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The ASCII digit for an ASCII or full-width one.
fn digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        '\u{FF10}'..='\u{FF19}' => char::from_u32(u32::from(c) - 0xFF10 + u32::from('0')),
        _ => None,
    }
}

/// White space, dashes, and characters that only control how text is displayed (direction marks, soft hyphens, zero-width
/// characters), which apps, mails and word processors put around and between groups.
fn is_separator(c: char) -> bool {
    let category = c.general_category();
    c.is_whitespace()
        || matches!(category, GeneralCategory::DashPunctuation | GeneralCategory::Format)
        || c == MINUS_SIGN
}

impl Drop for TotpCode {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for TotpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpCode(******)")
    }
}

impl Serialize for TotpCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for TotpCode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut text = String::deserialize(deserializer)?;
        let code = Self::parse(&text).map_err(serde::de::Error::custom);
        text.zeroize();
        code
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn accepts(text: &str, digits: &str) {
        assert_eq!(TotpCode::parse(text).expect(text).as_str(), digits, "{text:?}");
    }

    #[test]
    fn separators_that_people_paste_are_removed() {
        for text in [
            "732303",
            "732 303",
            " 732303",
            "732303\n",
            "732-303",
            "732\u{A0}303",
            "732\u{200B}303",
            "7 3 2 3 0 3",
            "\u{FEFF}732303",
            "732\u{2013}303",
            "732\u{3000}303",
        ] {
            accepts(text, "732303");
        }
    }

    #[test]
    fn no_invisible_character_space_or_dash_keeps_a_code_from_being_accepted() {
        let ranges = ['\u{9}'..='\u{D}', '\u{20}'..='\u{20}', '\u{AD}'..='\u{AD}', '\u{61C}'..='\u{61C}'];
        let more = ['\u{180E}'..='\u{180E}', '\u{2000}'..='\u{2015}', '\u{2028}'..='\u{202F}', '\u{205F}'..='\u{2064}'];
        let rest =
            ['\u{2066}'..='\u{206F}', '\u{2212}'..='\u{2212}', '\u{FEFF}'..='\u{FEFF}', '\u{E0020}'..='\u{E007F}'];
        for c in ranges.into_iter().chain(more).chain(rest).flatten() {
            accepts(&format!("{c}732{c}303{c}"), "732303");
        }
    }

    #[test]
    fn a_code_is_found_in_a_sentence() {
        assert_eq!(TotpCode::find("Your code: 732 303.").unwrap().as_str(), "732303");
        for text in ["7323031", "73230", "no code", "٧٣٢٣٠٣"] {
            assert_eq!(TotpCode::find(text), None, "{text:?}");
        }
    }

    #[test]
    fn full_width_digits_become_ascii() {
        accepts("\u{FF17}\u{FF13}\u{FF12}\u{FF13}\u{FF10}\u{FF13}", "732303");
    }

    #[test]
    fn leading_zeros_stay_and_nothing_is_padded() {
        accepts("047164", "047164");
        accepts("000087", "000087");
        for text in ["47164", "+47164", "0047164", "4.7164e4", "87", "-47164x"] {
            assert_eq!(TotpCode::parse(text), Err(InvalidTotpCode), "{text:?}");
        }
        assert!(serde_json::from_str::<TotpCode>("47164").is_err(), "a JSON number is no code");
    }

    #[test]
    fn eight_digits_are_a_code_too() {
        accepts("9428 7082", "94287082");
        accepts("00000087", "00000087");
        for text in ["7323031", "942870820", "94287082x"] {
            assert_eq!(TotpCode::parse(text), Err(InvalidTotpCode), "{text:?}");
        }
    }

    #[test]
    fn a_longer_text_never_passes_as_its_first_six_digits() {
        let megabyte = "7".repeat(1 << 20);
        for text in ["7323031", "732303abc", "x732303", "732303'--", "", " ", "73230", "٧٣٢٣٠٣", &megabyte] {
            assert_eq!(TotpCode::parse(text), Err(InvalidTotpCode));
        }
    }

    #[test]
    fn debug_hides_the_digits() {
        assert_eq!(format!("{:?}", TotpCode::parse("732303").unwrap()), "TotpCode(******)");
    }
}
