//! A one-time code, as typed, pasted or filled in by a password manager.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use zeroize::Zeroize;

/// Six ASCII digits, leading zeros kept. Codes are text from end to end, never numbers (RFC 4226, 5.3).
///
/// Has no `Display` and a `Debug` that hides the digits, so that a code cannot slip into a log (R5, R30).
#[derive(Clone, PartialEq, Eq, Zeroize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, example = "047164"))]
pub struct TotpCode(String);

/// The text is not six digits, even after separators are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a one-time code has 6 digits")]
pub struct InvalidTotpCode;

/// How many digits a code has (R2).
const DIGITS: usize = 6;
/// Longer input is refused without parsing it: no pasted code is this long.
const MAX_INPUT_BYTES: usize = 64;

impl TotpCode {
    /// Parses ASCII or full-width digits (U+FF10–U+FF19), with white space, zero-width characters or dashes around and
    /// between them, as people paste them.
    ///
    /// # Errors
    /// [`InvalidTotpCode`] where anything else is in the text or the digits are not exactly six.
    pub fn parse(text: &str) -> Result<Self, InvalidTotpCode> {
        if text.len() > MAX_INPUT_BYTES {
            return Err(InvalidTotpCode);
        }
        let mut digits = String::with_capacity(DIGITS);
        for c in text.chars() {
            match c {
                '0'..='9' => digits.push(c),
                '\u{FF10}'..='\u{FF19}' => digits.push(char::from(b'0' + (c as u32 - 0xFF10) as u8)),
                _ if is_separator(c) => {}
                _ => return Err(InvalidTotpCode),
            }
        }
        if digits.len() == DIGITS { Ok(Self(digits)) } else { Err(InvalidTotpCode) }
    }

    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// White space, zero-width characters and dashes, which apps, mails and word processors put between groups.
fn is_separator(c: char) -> bool {
    c.is_whitespace()
        || matches!(c, '\u{200B}'..='\u{200D}' | '\u{2060}' | '\u{FEFF}')
        || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FF0D}')
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
