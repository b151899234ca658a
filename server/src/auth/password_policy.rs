//! The rules for new passwords (R15, NIST SP 800-63B 3.1.1.2): long enough, and not easy to guess. No rules about kinds of
//! characters.

use postern_types::{Password, Reason, Weakness};
use zxcvbn::feedback::{Feedback, Warning};
use zxcvbn::{Score, zxcvbn};

/// Minimum length in characters (code points).
pub const MIN_CHARS: u32 = 12;
/// Minimum length of a word about the user that is looked for in a password.
const MIN_FACT: usize = 3;
/// Characters that must remain of a password without the words about its user.
const MIN_REST: usize = 8;

/// Checks the length of a new password, the lists of common passwords and patterns of zxcvbn, and what is known about its
/// user.
///
/// # Errors
/// With the reason why it is not accepted.
pub fn check(password: &Password, about_user: &[&str]) -> Result<(), Reason> {
    let text = password.expose();
    if text.chars().count() < MIN_CHARS as usize {
        return Err(Reason::TooShort { min: MIN_CHARS });
    }
    if text.len() > Password::MAX_BYTES {
        return Err(Reason::TooLong { max: Password::MAX_BYTES as u32 });
    }
    let facts = facts(about_user);
    let rest = facts.iter().fold(text.to_lowercase(), |rest, fact| rest.replace(fact, ""));
    if rest.chars().count() < MIN_REST && rest.len() < text.len() {
        return Err(Reason::Guessable { weakness: Weakness::AboutUser });
    }
    let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
    let found = zxcvbn(text, &facts);
    if found.score() >= Score::Three {
        return Ok(());
    }
    let warning = found.feedback().and_then(Feedback::warning);
    Err(Reason::Guessable { weakness: warning.map_or(Weakness::Other, weakness) })
}

const fn weakness(warning: Warning) -> Weakness {
    match warning {
        Warning::StraightRowsOfKeysAreEasyToGuess | Warning::ShortKeyboardPatternsAreEasyToGuess => Weakness::Keyboard,
        Warning::RepeatsLikeAaaAreEasyToGuess | Warning::RepeatsLikeAbcAbcAreOnlySlightlyHarderToGuess => {
            Weakness::Repeat
        }
        Warning::ThisIsATop10Password
        | Warning::ThisIsATop100Password
        | Warning::ThisIsACommonPassword
        | Warning::ThisIsSimilarToACommonlyUsedPassword => Weakness::Common,
        Warning::SequencesLikeAbcAreEasyToGuess => Weakness::Sequence,
        Warning::RecentYearsAreEasyToGuess | Warning::DatesAreOftenEasyToGuess => Weakness::Date,
        Warning::AWordByItselfIsEasyToGuess => Weakness::Word,
        Warning::NamesAndSurnamesByThemselvesAreEasyToGuess | Warning::CommonNamesAndSurnamesAreEasyToGuess => {
            Weakness::Name
        }
    }
}

/// The words that others may know about a user, as a whole and in parts.
fn facts(about_user: &[&str]) -> Vec<String> {
    let mut facts = Vec::new();
    for fact in about_user {
        let fact = fact.to_lowercase();
        facts.extend(
            fact.split(|c: char| !c.is_alphanumeric()).filter(|part| part.len() >= MIN_FACT).map(str::to_owned),
        );
        facts.push(fact);
    }
    facts.retain(|fact| !fact.is_empty());
    // The longest first, so that no part of a word remains.
    facts.sort_by_key(|fact| std::cmp::Reverse(fact.len()));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> Option<Reason> {
        check(&Password::new(text.to_owned()), &["ada.lovelace@example.com", "Ada Lovelace", "Postern"]).err()
    }

    #[test]
    fn r15_length_is_counted_in_characters_and_no_kind_of_character_is_demanded() {
        assert_eq!(reason("elevenchars"), Some(Reason::TooShort { min: 12 }));
        assert_eq!(reason("quiet harbour lamp anchor"), None);
        assert_eq!(reason("Üßéöä門門åñçøπ"), None, "12 characters of any script");
        assert_eq!(reason(&"long passphrases of many words ".repeat(10)), None);
    }

    #[test]
    fn r15_a_password_that_anybody_would_try_is_refused_with_the_reason() {
        for text in ["password1234", "123456789012", "qwertyuiopas", "aaaaaaaaaaaa", "iloveyou1234"] {
            assert!(reason(text).is_some(), "{text}");
        }
    }

    #[test]
    fn r15_a_password_made_of_the_users_own_names_is_refused() {
        for text in ["ada.lovelace1", "AdaLovelace12", "postern12345", "lovelaceexample"] {
            assert!(reason(text).is_some(), "{text}");
        }
    }

    #[test]
    fn the_reason_says_what_makes_a_password_easy_to_guess() {
        let guessable = |weakness| Some(Reason::Guessable { weakness });
        assert_eq!(reason("password1234"), guessable(Weakness::Common));
        assert_eq!(reason("aaaaaaaaaaaa"), guessable(Weakness::Repeat));
        assert_eq!(reason("postern12345"), guessable(Weakness::AboutUser));
    }
}
