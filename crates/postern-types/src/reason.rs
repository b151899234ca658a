//! What is wrong with a part of a request. Facts in a closed set; the browser has words for each.

use serde::{Deserialize, Serialize};
use strum::{EnumIter, EnumString, IntoStaticStr};

use crate::{Email, InvalidEmail, InvalidTotpCode};

/// Why a field cannot be taken, with the numbers that a sentence about it needs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum Reason {
    /// The request could not be read to its end.
    Incomplete,
    /// The body is not JSON, or there is something behind the JSON value.
    NotJson,
    /// There is no such field.
    UnknownField,
    /// The field must be there.
    Missing,
    /// A value of another type is expected.
    WrongType {
        /// Which type.
        expected: JsonType,
    },
    /// One of a fixed set of values is expected.
    NotAllowed,
    /// A number of this range is expected.
    OutOfRange {
        /// The smallest.
        min: u32,
        /// The largest.
        max: u32,
    },
    /// There must be something.
    Empty,
    /// It has too few characters.
    TooShort {
        /// The fewest characters.
        min: u32,
    },
    /// It is too long: in characters, or in bytes for a password.
    TooLong {
        /// The longest.
        max: u32,
    },
    /// A list has too many entries.
    TooMany {
        /// The most entries.
        max: u32,
    },
    /// A name holds a control character or an invisible one.
    InvisibleCharacter,
    /// Not of the form `name@domain` (RFC 5321).
    NotAnEmail,
    /// An e-mail address holds a character beyond ASCII.
    NotAscii,
    /// Not six digits.
    NotACode,
    /// An entry of a list is no address or network.
    NotAnAddress {
        /// Which entry, from 1.
        line: u32,
    },
    /// The client's own address must be on its own list.
    OwnAddressMissing,
    /// The new password is the one that the user has now.
    SamePassword,
    /// The password is easy to guess.
    Guessable {
        /// What makes it so.
        weakness: Weakness,
    },
    /// The user name of somebody who has never logged in is changed by removing and adding them again.
    NeverSignedIn,
    /// One that this version does not know.
    #[serde(other)]
    Unknown,
}

/// A type of JSON value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum JsonType {
    /// A text.
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
    /// It is little more than the user's name, e-mail or the product's name.
    AboutUser,
    /// It is on a list of common passwords, or like one of them.
    Common,
    /// It is a single word.
    Word,
    /// It is a name, or several.
    Name,
    /// Keys in a row.
    Keyboard,
    /// Repeats such as `aaa` or `abcabc`.
    Repeat,
    /// Sequences such as `abc` or `6543`.
    Sequence,
    /// A date or a year.
    Date,
    /// None of these, and yet it takes few tries.
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
    /// The reason behind the text of an error of `serde`, where a type of this crate refused a value.
    #[must_use]
    pub fn of_refused_value(text: &str) -> Option<Self> {
        let invalid_email = [InvalidEmail::TooLong, InvalidEmail::NotAscii, InvalidEmail::Malformed];
        let email = invalid_email.into_iter().find(|invalid| invalid.to_string() == text).map(Self::from);
        email.or_else(|| (InvalidTotpCode.to_string() == text).then_some(Self::NotACode))
    }
}
