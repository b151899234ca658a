//! What a new password must be (R15, NIST SP 800-63B 3.1.1.2): long enough, and not among the first that anybody would try.
//! Nothing is said about which kinds of characters it is made of.

use postern_types::Password;
use zxcvbn::{Score, zxcvbn};

/// Fewest characters (code points).
pub const MIN_CHARS: usize = 12;
/// Shortest word about a user that is looked for in a password.
const MIN_FACT: usize = 3;
/// Characters that must be left of a password without the words about its user.
const MIN_REST: usize = 8;

/// Checks a new password against its length, the lists of common passwords and patterns that zxcvbn knows, and what is known
/// of its owner.
///
/// # Errors
/// Why it is not accepted and what would help, in plain words; never the password.
pub fn check(password: &Password, about_user: &[&str]) -> Result<(), String> {
    let text = password.expose();
    if text.chars().count() < MIN_CHARS {
        return Err(format!(
            "a password has at least {MIN_CHARS} characters; a few words in a row are easy to keep in mind"
        ));
    }
    if text.len() > Password::MAX_BYTES {
        return Err(format!("a password has at most {} bytes", Password::MAX_BYTES));
    }
    let facts = facts(about_user);
    let rest = facts.iter().fold(text.to_lowercase(), |rest, fact| rest.replace(fact, ""));
    if rest.chars().count() < MIN_REST && rest.len() < text.len() {
        return Err("a name or an e-mail address makes a password easy to guess; add other words".to_owned());
    }
    let facts: Vec<&str> = facts.iter().map(String::as_str).collect();
    let found = zxcvbn(text, &facts);
    if found.score() >= Score::Three {
        return Ok(());
    }
    let feedback = found.feedback();
    let warning = feedback.and_then(|feedback| feedback.warning()).map(|warning| warning.to_string());
    let advice = feedback.and_then(|feedback| feedback.suggestions().first()).map(ToString::to_string);
    let warning = warning.unwrap_or_else(|| "It is easy to guess.".to_owned());
    let advice = advice.unwrap_or_else(|| "Add another word or two. Uncommon words are better.".to_owned());
    Err(format!("{} {}", warning, advice).trim_end_matches('.').to_owned())
}

/// The words by which others know a user: whole, and in their parts.
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
    // The longest first, so that no part of one is left over.
    facts.sort_by_key(|fact| std::cmp::Reverse(fact.len()));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reason(text: &str) -> Option<String> {
        check(&Password::new(text.to_owned()), &["ada.lovelace@example.com", "Ada Lovelace", "Postern"]).err()
    }

    #[test]
    fn r15_length_is_counted_in_characters_and_no_kind_of_character_is_demanded() {
        assert!(reason("elevenchars").unwrap().contains("at least 12 characters"));
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
    fn the_reason_never_repeats_the_password() {
        for text in ["short", "password1234", "ada.lovelace1"] {
            assert!(!reason(text).unwrap().contains(text));
        }
    }
}
