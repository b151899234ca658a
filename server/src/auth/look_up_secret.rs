//! Look-up secrets (NIST SP 800-63B-4, 3.1.2): codes that a person keeps or is told, and types once. Recovery codes have 80 random
//! bits, and each replaces a one-time code (R20); set-up codes have 40 bits, and a set-up may need one besides the password.
//!
//! They are hashed like passwords, because that document asks for it below 112 bits. All codes of a set have the same salt, so
//! that one hash decides which of them was typed.

use std::fmt;
use std::sync::LazyLock;

use data_encoding::{Encoding, Specification};
use zeroize::{Zeroize, ZeroizeOnDrop};

use super::token::random_bytes;
use crate::folding::fold;

/// Codes in a set.
pub const SET: usize = 10;
/// Length of the groups in which a code is shown.
const GROUP: usize = 4;

/// Crockford's base32: without I, L, O and U, which are read as the digits and the letter that they look like.
#[expect(clippy::expect_used, reason = "the specification is constant")]
static BASE32: LazyLock<Encoding> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("0123456789abcdefghjkmnpqrstvwxyz");
    specification.translate.from.push_str("oilu");
    specification.translate.to.push_str("011v");
    specification.ignore.push_str(" -");
    specification.encoding().expect("the specification is valid")
});

/// A recovery code: 16 letters and digits.
pub type RecoveryCode = LookUpSecret<10>;
/// A set-up code: 8 letters and digits. It works for a day at most, and attempts are counted.
pub type SetUpCode = LookUpSecret<5>;

/// A code of so many random bytes, in its normal form.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct LookUpSecret<const BYTES: usize>(String);

impl<const BYTES: usize> LookUpSecret<BYTES> {
    /// A new code from the operating system's random number generator.
    ///
    /// # Panics
    /// If the operating system has no random numbers.
    #[must_use]
    pub fn random() -> Self {
        Self(BASE32.encode(&random_bytes::<BYTES>()))
    }

    /// Parses what a person typed: letters in upper or lower case, with or without dashes and spaces, look-alikes allowed.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let folded = fold(text).replace(['‐', '‑', '‒', '–', '—', '−'], "-");
        let bytes = BASE32.decode(folded.trim().as_bytes()).ok()?;
        (bytes.len() == BYTES).then(|| Self(BASE32.encode(&bytes)))
    }

    /// The normal form, only for hashing.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// The code as it is shown: `2f4k-9zqp-m7xa-c3dw`.
    #[must_use]
    pub fn grouped(&self) -> String {
        self.0.as_bytes().chunks(GROUP).map(String::from_utf8_lossy).collect::<Vec<_>>().join("-")
    }
}

impl<const BYTES: usize> fmt::Debug for LookUpSecret<BYTES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LookUpSecret(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r20_a_code_has_80_random_bits_in_four_groups() {
        let code = RecoveryCode::random();
        assert_eq!(code.expose().len() * 5, 80);
        assert_eq!(code.grouped().split('-').map(str::len).collect::<Vec<_>>(), [4, 4, 4, 4]);
        assert_ne!(code, RecoveryCode::random());
        assert_eq!(RecoveryCode::parse(&code.grouped()), Some(code));
    }

    #[test]
    fn a_set_up_code_has_40_random_bits_in_two_groups_and_is_no_recovery_code() {
        let code = SetUpCode::random();
        assert_eq!(code.expose().len() * 5, 40);
        assert_eq!(code.grouped().split('-').map(str::len).collect::<Vec<_>>(), [4, 4]);
        assert_eq!(SetUpCode::parse(&code.grouped().to_uppercase()), Some(code.clone()));
        assert!(postern_types::SetUpCode::may_be(&code.grouped()));
        assert_eq!(RecoveryCode::parse(code.expose()), None);
        assert_eq!(SetUpCode::parse(RecoveryCode::random().expose()), None);
    }

    #[test]
    fn a_code_is_read_however_it_is_typed() {
        let code = RecoveryCode::parse("0011-vv23-4567-89ab").unwrap();
        for typed in [
            "00 11 vv 23 45 67 89 ab",
            "0011VV23456789AB",
            "OoIl-Uu23-4567-89aB",
            " oOLi–uV23—4567‑89ab\n",
            "００１１－ＶＶ２３－４５６７－８９ａｂ",
            "0011\u{a0}vv23\u{2009}4567 89ab",
        ] {
            assert_eq!(RecoveryCode::parse(typed).as_ref(), Some(&code), "{typed:?}");
        }
    }

    #[test]
    fn what_is_no_code_is_not_read() {
        let long = "0".repeat(1 << 14);
        for text in
            ["", "-", "732303", "0011-vv23-4567-89a", "0011-vv23-4567-89ab-0", "0011-vv23-4567-89a!", "é", &long]
        {
            assert_eq!(RecoveryCode::parse(text), None, "{text:.20}");
        }
    }

    #[test]
    fn debug_hides_the_code() {
        assert_eq!(format!("{:?}", RecoveryCode::random()), "LookUpSecret(…)");
    }
}
