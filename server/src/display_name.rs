//! Names that people read: of users and of accounts.

use anyhow::ensure;

/// A name, trimmed: at most 100 characters, none of them invisible or turning the direction of the text.
///
/// # Errors
/// What is wrong, in words.
pub(crate) fn display_name(name: &str) -> anyhow::Result<&str> {
    let name = name.trim();
    ensure!(name.chars().count() <= 100, "a name has at most 100 characters");
    ensure!(!name.chars().any(is_deceptive), "a name cannot hold control characters or invisible ones");
    Ok(name)
}

/// Control characters, line separators, and the marks that reorder text; joiners are part of names in several scripts.
fn is_deceptive(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_holds_what_people_write_and_nothing_that_deceives() {
        assert_eq!(display_name(" Zoë O’Brien-ñ 王 ").unwrap(), "Zoë O’Brien-ñ 王");
        for name in ["a\nb", "a\u{202e}b", "a\u{2066}b", &"x".repeat(101)] {
            assert!(display_name(name).is_err(), "{name:?}");
        }
    }
}
