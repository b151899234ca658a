//! An explanation of the decision about a request, rule by rule.

use postern_types::{ApplicationCheck, CheckedRule, RequestMethod, RuleMatch, Verdict};

use super::application::Application;
use super::decide::{Asked, decide, rules_of};
use super::path::DecodedPath;
use super::rule::Rule;
use super::visitor::Visitor;
use crate::addresses::ClientAddress;
use crate::clock::UnixTime;

/// A hypothetical request.
#[derive(Clone, Debug)]
pub struct Supposed<'a> {
    /// The requested address, as it was typed. Its origin is the application's.
    pub url: &'a str,
    /// The method.
    pub method: RequestMethod,
    /// The client's address.
    pub address: ClientAddress,
    /// When.
    pub at: UnixTime,
}

/// The decision about a request, and which rule decides. The path is checked as it was typed: parsing the URL would resolve
/// `..`.
#[must_use]
pub fn explain(application: &Application, supposed: &Supposed<'_>, visitor: &Visitor) -> ApplicationCheck {
    let Supposed { url, method, address, at } = *supposed;
    let (verdict, rules) = match DecodedPath::parse(&path_of(url)) {
        Ok(path) => {
            let asked = Asked { path: &path, method, address, at };
            let rules = rules_of(application, &asked).into_iter().map(checked).collect();
            (decide(application, &asked, Some(visitor)).verdict(), rules)
        }
        Err(_) => (Verdict::OddPath, Vec::new()),
    };
    ApplicationCheck { application: application.name.to_string(), verdict, rules }
}

/// The path as it was typed, without query and fragment.
fn path_of(url: &str) -> String {
    let after_scheme = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = after_scheme.find(['/', '?', '#', '\\']).map_or("", |start| &after_scheme[start..]);
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if path.is_empty() { "/".to_owned() } else { path.to_owned() }
}

fn checked((rule, matched): (&Rule, RuleMatch)) -> CheckedRule {
    CheckedRule {
        name: rule.name.clone(),
        access: rule.access,
        methods: rule.methods.clone(),
        path: rule.path.to_string(),
        matched,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_is_the_one_that_was_typed() {
        for (url, path) in [
            ("https://wiki.example.com", "/"),
            ("https://wiki.example.com?x", "/"),
            ("https://wiki.example.com/a/../b?x/y#z", "/a/../b"),
            ("https://wiki.example.com/%66orbidden", "/%66orbidden"),
            ("https://wiki.example.com\\a", "\\a"),
            ("https://wiki.example.com//a", "//a"),
        ] {
            assert_eq!(path_of(url), path);
        }
    }
}
