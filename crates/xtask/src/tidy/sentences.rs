//! The server's answers hold facts; the browser has the words. Only e-mails, the command line, logs and the OpenAPI
//! document have sentences.

use proc_macro2::{TokenStream, TokenTree};

use super::Finding;
use super::source::Source;

/// Where answers are made: no sentences here.
const ANSWERS: [&str; 4] =
    ["server/src/http/", "server/src/routes/", "server/src/sign_in/", "server/src/auth/password_policy.rs"];
/// What speaks to people there: the OpenAPI document, and the start of the server.
const FOR_PEOPLE: [&str; 4] = [
    "server/src/routes/docs.rs",
    "server/src/routes/document.rs",
    "server/src/http/bind.rs",
    "server/src/http/listen.rs",
];
/// Macros whose texts go to the log.
const FOR_THE_LOG: [&str; 7] = ["anyhow", "bail", "debug", "ensure", "error", "info", "warn"];
/// Methods whose texts go to the log.
const METHODS_FOR_THE_LOG: [&str; 2] = ["context", "expect"];
/// A text of so many words is a sentence.
const WORDS: usize = 5;

const REASON: &str =
    "is a sentence in an answer: give the fact a variant in `postern-types`, and the browser the words";

/// Holds the files that make answers against the rule.
pub(super) fn check(sources: &[Source]) -> Vec<Finding> {
    let bound = |source: &&Source| {
        source.is_rust()
            && ANSWERS.iter().any(|place| source.path.starts_with(place))
            && !FOR_PEOPLE.contains(&source.path.as_str())
    };
    sources.iter().filter(bound).flat_map(check_file).collect()
}

fn check_file(source: &Source) -> Vec<Finding> {
    let code = source.text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
    let mut texts = Vec::new();
    collect(code.parse().unwrap_or_default(), &mut texts);
    let is_word = |word: &&str| word.trim_matches(['"', ',', '.', ';', ':']).chars().all(char::is_alphabetic);
    let sentences = texts.into_iter().filter(|text| text.split_whitespace().filter(is_word).count() >= WORDS);
    sentences
        .map(|text| Finding { path: source.path.clone(), line: None, message: format!("{text} {REASON}") })
        .collect()
}

/// The texts among some tokens, without those of attributes and of the log.
fn collect(tokens: TokenStream, texts: &mut Vec<String>) {
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut rest = tokens.as_slice();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (
                TokenTree::Punct(hash),
                [TokenTree::Group(_), after @ ..] | [TokenTree::Punct(_), TokenTree::Group(_), after @ ..],
            ) if hash.as_char() == '#' => {
                rest = after;
            }
            (TokenTree::Ident(name), [TokenTree::Punct(bang), TokenTree::Group(_), after @ ..])
                if bang.as_char() == '!' && FOR_THE_LOG.contains(&name.to_string().as_str()) =>
            {
                rest = after;
            }
            (TokenTree::Ident(name), [TokenTree::Group(_), after @ ..])
                if METHODS_FOR_THE_LOG.contains(&name.to_string().as_str()) =>
            {
                rest = after;
            }
            (TokenTree::Group(group), _) => collect(group.stream(), texts),
            (TokenTree::Literal(literal), _) if literal.to_string().starts_with('"') => texts.push(literal.to_string()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn findings(path: &str, text: &str) -> usize {
        check(&[Source { path: path.to_owned(), text: text.to_owned() }]).len()
    }

    #[test]
    fn a_sentence_in_an_answer_is_found() {
        assert_eq!(findings("server/src/routes/me/x.rs", r#"fn f() { refuse("the name is too long"); }"#), 1);
        assert_eq!(findings("server/src/routes/me/x.rs", r#"fn f() { refuse(Reason::TooLong); query("name"); }"#), 0);
    }

    #[test]
    fn logs_documents_and_other_places_may_hold_sentences() {
        let log = r#"fn f() { tracing::warn!(a = 1, "the proxy is not trusted here"); x.context("it cannot be read at all"); }"#;
        assert_eq!(findings("server/src/http/x.rs", log), 0);
        let document = r#"#[utoipa::path(responses((status = 200, description = "The user as it is")))] fn f() {}"#;
        assert_eq!(findings("server/src/routes/x.rs", document), 0);
        assert_eq!(findings("server/src/mail/text.rs", r#"fn f() { say("you were logged out everywhere"); }"#), 0);
    }
}
