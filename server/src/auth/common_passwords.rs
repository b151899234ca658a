//! Leaked passwords that have the length which the rules demand. zxcvbn has more common passwords, but nearly all of them are shorter.

/// One a line. Lines that begin with `# ` say where they come from.
const LEAKED: &str = include_str!("common_passwords.txt");

/// Whether a password has leaked often. `lower` is its normal form in lower case. Looks through the whole list, which takes no time compared
/// with a hash.
pub(super) fn contain(lower: &str) -> bool {
    LEAKED.lines().any(|leaked| leaked == lower)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::password_policy::MIN_CHARS;

    #[test]
    fn the_list_has_more_than_3000_passwords_that_are_long_enough() {
        let long = |line: &&str| !line.starts_with("# ") && line.chars().count() >= MIN_CHARS as usize;
        assert!(LEAKED.lines().filter(long).count() > 40_000);
    }
}
