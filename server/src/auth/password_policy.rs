//! The rules for new passwords (R15, NIST SP 800-63B 3.1.1.2): long enough, and not easy to guess. No rules about kinds of
//! characters. What is checked is the normal form, because that is what a log-in compares.

use postern_types::{Password, Reason, Weakness};
use unicode_normalization::UnicodeNormalization;
use zeroize::Zeroizing;
use zxcvbn::feedback::{Feedback, Warning};
use zxcvbn::{Score, zxcvbn};

use super::common_passwords;

/// Minimum length in characters (code points).
pub const MIN_CHARS: u32 = 12;
/// Minimum length of a word about the user that is looked for in a password.
const MIN_FACT: usize = 3;
/// Characters that must remain of a password without the words about its user.
const MIN_REST: usize = 8;
/// Characters that zxcvbn looks at. Its work grows fast with the length of a hard input: 100 characters can take a second. More
/// characters make no password weaker, so one whose beginning is hard to guess is hard to guess.
const GUESSED_CHARS: usize = 32;

/// Unicode NFKC, so that composed, decomposed and full-width input of the same visible password has the same bytes.
#[must_use]
pub fn normal_form(password: &Password) -> Zeroizing<String> {
    Zeroizing::new(password.expose().nfkc().collect())
}

/// Checks the length of a new password, the list of leaked passwords, the lists of common passwords and patterns of zxcvbn, and what is
/// known about its user. Takes about as long as a hash.
///
/// # Errors
/// With the reason why it is not accepted.
pub fn check(password: &Password, known_words: &[String]) -> Result<(), Reason> {
    if password.expose().len() > Password::MAX_BYTES {
        return Err(Reason::TooLong { max: Password::MAX_BYTES as u32 });
    }
    let text = normal_form(password);
    if text.chars().count() < MIN_CHARS as usize {
        return Err(Reason::TooShort { min: MIN_CHARS });
    }
    let facts = facts(known_words);
    let lower = Zeroizing::new(text.to_lowercase());
    let rest = facts.iter().fold(lower.clone(), |rest, fact| Zeroizing::new(rest.replace(fact, "")));
    if rest.chars().count() < MIN_REST && rest.len() < lower.len() {
        return Err(Reason::Guessable { weakness: Weakness::AboutUser });
    }
    let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
    let beginning = Zeroizing::new(text.chars().take(GUESSED_CHARS).collect::<String>());
    let found = zxcvbn(&beginning, &facts);
    if found.score() >= Score::Three {
        let has_leaked = common_passwords::contain(&lower);
        return if has_leaked { Err(Reason::Guessable { weakness: Weakness::Common }) } else { Ok(()) };
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
fn facts(known_words: &[String]) -> Vec<String> {
    let mut facts = Vec::new();
    for word in known_words {
        let fact = word.nfkc().collect::<String>().to_lowercase();
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
        let known_words = ["ada.lovelace@example.com", "Ada Lovelace", "Postern"].map(str::to_owned);
        check(&Password::new(text.to_owned()), &known_words).err()
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
    fn r15_a_password_that_has_leaked_is_refused_in_any_case() {
        let lower = ["vjhtgjrjktyj", "#yz_u0n!z94mi25d"];
        assert!(lower.iter().all(|text| zxcvbn(text, &[]).score() >= Score::Three), "zxcvbn alone accepts them");
        for text in lower.into_iter().chain(["VjhtGjrjktyj", "#YZ_U0N!Z94MI25D", "ｖｊｈｔgjrjktyj"]) {
            assert_eq!(reason(text), Some(Reason::Guessable { weakness: Weakness::Common }), "{text}");
        }
    }

    #[test]
    fn r15_a_password_made_of_the_users_own_names_is_refused() {
        for text in ["ada.lovelace1", "AdaLovelace12", "postern12345", "lovelaceexample"] {
            assert!(reason(text).is_some(), "{text}");
        }
    }

    #[test]
    fn r15_the_normal_form_is_judged() {
        for text in [
            "ｐａｓｓｗｏｒｄ１２３４",
            "ａｄａ.ｌｏｖｅｌａｃｅ1",
            "            ",
            "\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}\u{3000}",
        ] {
            assert!(reason(text).is_some(), "{text}");
        }
        assert_eq!(reason("ﬁﬁﬁﬁﬁﬁ"), reason("fifififififi"), "length counts in the normal form");
    }

    #[test]
    fn what_zxcvbn_looks_at_is_bounded() {
        let hard = "(4{@[8<3!6|91$05+7%2".repeat(5);
        let rest = "x".repeat(Password::MAX_BYTES - 100);
        assert_eq!(reason(&hard), reason(&hard[..GUESSED_CHARS]));
        assert_eq!(reason(&format!("{hard}{rest}")), None);
    }

    #[test]
    fn the_reason_says_what_makes_a_password_easy_to_guess() {
        let guessable = |weakness| Some(Reason::Guessable { weakness });
        assert_eq!(reason("password1234"), guessable(Weakness::Common));
        assert_eq!(reason("aaaaaaaaaaaa"), guessable(Weakness::Repeat));
        assert_eq!(reason("postern12345"), guessable(Weakness::AboutUser));
    }
}
