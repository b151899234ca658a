//! Why a part of a request is refused. A closed set; the browser has a text for each.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

use crate::{Email, InvalidEmail, InvalidTotpCode};

/// Why a field is refused, with the numbers that a text about it needs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The request was incomplete.
    Incomplete,
    /// The body is not JSON, or there is something after the JSON value.
    NotJson,
    /// There is no such field.
    UnknownField,
    /// The field is missing.
    Missing,
    /// A value of another type is expected.
    WrongType {
        /// The expected type.
        expected: JsonType,
    },
    /// One of a fixed set of values is expected.
    NotAllowed,
    /// A number within this range is expected.
    OutOfRange {
        /// Minimum.
        min: u32,
        /// Maximum.
        max: u32,
    },
    /// The field must not be empty.
    Empty,
    /// It has too few characters.
    TooShort {
        /// Minimum number of characters.
        min: u32,
    },
    /// It is too long: in characters, or in bytes for a password.
    TooLong {
        /// Maximum length.
        max: u32,
    },
    /// A list has too many entries.
    TooMany {
        /// Maximum number of entries.
        max: u32,
    },
    /// A name contains a control or invisible character, or a search contains a NUL character.
    InvisibleCharacter,
    /// Not of the form `name@domain` (RFC 5321).
    NotAnEmail,
    /// An e-mail address contains a character that is not ASCII.
    NotAscii,
    /// Neither six nor eight digits.
    NotACode,
    /// Not 16 letters and digits of a recovery code.
    NotARecoveryCode,
    /// An entry of a list is not an address or network.
    NotAnAddress {
        /// Number of the entry, from 1.
        line: u32,
    },
    /// The client's own address must be on the user's own list.
    OwnAddressMissing,
    /// The new password is the same as the current one.
    SamePassword,
    /// The password is easy to guess.
    Guessable {
        /// What makes it easy to guess.
        weakness: Weakness,
    },
    /// The user name of somebody who has never logged in cannot be changed. Remove the user and add them again.
    NeverSignedIn,
    /// A reason that this version does not know.
    #[serde(other)]
    Unknown,
}

/// A type of JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JsonType {
    /// A string.
    String,
    /// `true` or `false`.
    Boolean,
    /// A whole number.
    Integer,
    /// A list.
    Array,
    /// An object.
    Object,
    /// Something else.
    #[serde(other)]
    Other,
}

/// What makes a password easy to guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, EnumIter, EnumString, IntoStaticStr)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Weakness {
    /// It is little more than the user's name or e-mail, or the product's name.
    AboutUser,
    /// It is on a list of common passwords, or similar to one of them.
    Common,
    /// It is a single word.
    Word,
    /// It is a name, or several.
    Name,
    /// It is a row of keys on the keyboard.
    Keyboard,
    /// It has repeats such as `aaa` or `abcabc`.
    Repeat,
    /// It has sequences such as `abc` or `6543`.
    Sequence,
    /// It is a date or a year.
    Date,
    /// Something else makes it easy to guess.
    Other,
    /// One that this version does not know.
    #[serde(other)]
    Unknown,
}

impl From<InvalidEmail> for Reason {
    fn from(invalid: InvalidEmail) -> Self {
        match invalid {
            InvalidEmail::TooLong => Self::TooLong { max: Email::MAX_BYTES },
            InvalidEmail::NotAscii => Self::NotAscii,
            InvalidEmail::Malformed => Self::NotAnEmail,
        }
    }
}

impl From<InvalidTotpCode> for Reason {
    fn from(_: InvalidTotpCode) -> Self {
        Self::NotACode
    }
}

impl Reason {
    /// The reason for the text of a `serde` error, if a type of this crate refused the value.
    #[must_use]
    pub fn of_refused_value(text: &str) -> Option<Self> {
        let invalid_email = [InvalidEmail::TooLong, InvalidEmail::NotAscii, InvalidEmail::Malformed];
        let email = invalid_email.into_iter().find(|invalid| invalid.to_string() == text).map(Self::from);
        email.or_else(|| (InvalidTotpCode.to_string() == text).then_some(Self::NotACode))
    }
}
