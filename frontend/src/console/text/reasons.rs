//! Why the server refused a field, and what to do about it.

use postern_types::{JsonType, Reason, Weakness};

use super::applications;

/// What is wrong with a field.
pub(in crate::console) fn reason(field: &str, reason: &Reason) -> String {
    match reason {
        Reason::TooMany { max } if field == "users" => applications::too_many(*max),
        Reason::NotAllowed if field == "user" => applications::NO_SUCH_USER.to_owned(),
        Reason::NotAllowed if matches!(field, "name" | "account") => "A name cannot be a single hyphen.".to_owned(),
        Reason::NotAllowed if field == "url" => applications::NO_SUCH_APPLICATION.to_owned(),
        Reason::NotAnAddress { .. } if field == "address" => applications::NO_ADDRESS.to_owned(),
        Reason::TooShort { min } if is_password(field) => {
            format!("A password must have at least {min} characters. A few words in a row are easy to remember.")
        }
        Reason::TooShort { min } => format!("Enter at least {min} characters."),
        Reason::TooLong { max } if is_password(field) => format!("A password must have at most {max} bytes."),
        Reason::TooLong { max } => format!("Enter at most {max} characters."),
        Reason::TooMany { max } => format!("Enter at most {max} lines."),
        Reason::OutOfRange { min, max } => format!("Enter a number from {min} to {max}."),
        Reason::NotAnAddress { line } => {
            format!("Line {line} is not an address or a network such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32.")
        }
        Reason::Guessable { weakness } => format!("{} {}", weakness_found(*weakness), cure(*weakness)),
        Reason::Empty | Reason::Missing => "Fill in this field.".to_owned(),
        Reason::InvisibleCharacter => "Control and invisible characters are not allowed.".to_owned(),
        Reason::NotAnEmail => "Enter an e-mail address such as name@example.com.".to_owned(),
        Reason::NotAscii => {
            "Here, an e-mail address can contain only the letters a to z, digits and punctuation marks, but not letters such as “ä” or “é”. Write a domain such as bücher.example as xn--bcher-kva.example."
                .to_owned()
        }
        Reason::NotARecoveryCode => "A recovery code has 16 letters and digits.".to_owned(),
        Reason::NotACode => "Enter the digits that the app shows.".to_owned(),
        Reason::OwnAddressMissing => "Your current address must be on your own list.".to_owned(),
        Reason::SamePassword => "That is your current password. Choose a different one.".to_owned(),
        Reason::NeverSignedIn => {
            "This user has never logged in. To change the address, remove the user and add them again.".to_owned()
        }
        Reason::Unknown => format!("The server does not accept this value: {field}."),
        Reason::WrongType { expected: JsonType::Integer } => "Enter a whole number.".to_owned(),
        Reason::Incomplete | Reason::NotJson | Reason::UnknownField | Reason::WrongType { .. } | Reason::NotAllowed => {
            "This page is out of date. Reload it, then try again.".to_owned()
        }
    }
}

fn is_password(field: &str) -> bool {
    matches!(field, "password" | "new_password")
}

const fn weakness_found(weakness: Weakness) -> &'static str {
    match weakness {
        Weakness::AboutUser => {
            "Your name, your e-mail address or the name of your account makes this password easy to guess."
        }
        Weakness::Common => "This is a common password, or very similar to one.",
        Weakness::Word => "A single word is easy to guess.",
        Weakness::Name => "Names are easy to guess.",
        Weakness::Keyboard => "Keys in a row on the keyboard are easy to guess.",
        Weakness::Repeat => "Repeats such as “aaa” or “abcabc” are easy to guess.",
        Weakness::Sequence => "Sequences such as “abc” or “6543” are easy to guess.",
        Weakness::Date => "Dates and years are easy to guess.",
        Weakness::Other | Weakness::Unknown => "This password is easy to guess.",
    }
}

const fn cure(weakness: Weakness) -> &'static str {
    match weakness {
        Weakness::AboutUser => "Add other words.",
        _ => "Add another word or two. Uncommon words are better.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_stands_in_the_sentence() {
        assert!(
            reason("new_password", &Reason::TooShort { min: 12 })
                .starts_with("A password must have at least 12 characters.")
        );
        assert_eq!(reason("name", &Reason::TooLong { max: 100 }), "Enter at most 100 characters.");
        assert!(reason("allowed_addresses", &Reason::NotAnAddress { line: 3 }).starts_with("Line 3 is not an address"));
    }

    #[test]
    fn a_weak_password_is_explained_with_what_helps() {
        assert_eq!(
            reason("new_password", &Reason::Guessable { weakness: Weakness::Date }),
            "Dates and years are easy to guess. Add another word or two. Uncommon words are better."
        );
    }
}
