//! The e-mail address that names a user.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};

/// A user name: an ASCII e-mail address in lower case, at most 254 bytes.
///
/// Case folding happens only here, so that both databases compare plain bytes: `ALICE@example.com` and
/// `alice@example.com` are one user. Addresses beyond ASCII are refused, because look-alike letters, invisible
/// characters and normal forms would give one visible name to several users; internationalised domains have an
/// ASCII form (`xn--…`). A colon, which authenticator apps cannot read in a label, is not part of the grammar.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(value_type = String, format = Email, max_length = 254, example = "ada@example.com"))]
#[cfg_attr(feature = "sqlx", derive(sqlx::Type))]
#[cfg_attr(feature = "sqlx", sqlx(transparent))]
#[serde(transparent)]
pub struct Email(String);

/// Why a text is not an e-mail address that Postern accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidEmail {
    /// Over 254 bytes in all or over 64 before the `@` (RFC 5321, 4.5.3.1).
    #[error("an e-mail address has at most 254 characters, 64 of them before the @")]
    TooLong,
    /// A character outside ASCII.
    #[error("an e-mail address can only contain ASCII characters; write an international domain in its xn-- form")]
    NotAscii,
    /// Not of the form `name@domain` (RFC 5321, Dot-string).
    #[error("an e-mail address must look like name@example.com")]
    Malformed,
}

impl Email {
    /// Maximum length in bytes (RFC 5321, 4.5.3.1).
    pub const MAX_BYTES: u32 = 254;

    /// Trims white space around the address, checks it against RFC 5321's `Dot-string "@" Domain` and folds it to lower case.
    ///
    /// # Errors
    /// [`InvalidEmail`] says what is wrong.
    pub fn parse(text: &str) -> Result<Self, InvalidEmail> {
        let text = text.trim();
        if !text.is_ascii() {
            return Err(InvalidEmail::NotAscii);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(InvalidEmail::Malformed)?;
        if text.len() > Self::MAX_BYTES as usize || local.len() > 64 {
            return Err(InvalidEmail::TooLong);
        }
        if local.split('.').all(is_atom) && domain.split('.').all(is_label) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(InvalidEmail::Malformed)
        }
    }

    /// Wraps an address that was validated before it was stored.
    #[must_use]
    pub const fn from_stored(text: String) -> Self {
        Self(text)
    }

    /// The folded address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// `atom` of RFC 5322: what may stand between the dots before the `@`.
fn is_atom(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&b))
}

/// A DNS label: letters, digits and inner hyphens, at most 63.
fn is_label(part: &str) -> bool {
    let hyphen_at_edge = part.starts_with('-') || part.ends_with('-');
    (1..=63).contains(&part.len()) && !hyphen_at_edge && part.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::parse(&String::deserialize(deserializer)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_outer_blanks_fold_to_one_name() {
        for text in ["alice@example.com", "ALICE@example.com", " Alice@Example.COM "] {
            assert_eq!(Email::parse(text).unwrap().as_str(), "alice@example.com");
        }
    }

    #[test]
    fn look_alikes_and_invisible_letters_are_refused() {
        for local in
            ["stra\u{DF}e", "\u{130}", "\u{FB01}", "\u{FF41}lice", "al\u{200B}ice", "\u{430}lice", "jose\u{301}"]
        {
            assert_eq!(Email::parse(&format!("{local}@example.com")), Err(InvalidEmail::NotAscii), "{local}");
        }
    }

    #[test]
    fn a_colon_is_refused() {
        assert_eq!(Email::parse("dom:alice@example.com"), Err(InvalidEmail::Malformed));
    }

    #[test]
    fn overlong_names_are_refused() {
        assert_eq!(Email::parse(&format!("{}@example.com", "a".repeat(65))), Err(InvalidEmail::TooLong));
        assert_eq!(Email::parse(&format!("a@{}com", "example.".repeat(40))), Err(InvalidEmail::TooLong));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "@",
            "alice",
            "alice@",
            "@example.com",
            "a..b@example.com",
            "a@-x.com",
            "a b@example.com",
            "a@b..c",
            "a@b@c",
        ] {
            assert!(Email::parse(text).is_err(), "{text:?}");
        }
    }

    #[test]
    fn ordinary_addresses_pass() {
        for text in ["alice+test@example.org", "o'brien@example.ie", "root@localhost", "x@xn--bcher-kva.example"] {
            assert_eq!(Email::parse(text).unwrap().as_str(), text);
        }
    }
}
