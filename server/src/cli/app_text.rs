//! What `postern app` prints.

use postern_types::{ApplicationCheck, CheckedRule, RuleMatch, Verdict};

use crate::addresses::ClientAddress;
use crate::applications::{Definition, Origin};

/// The help text about rules.
pub(super) const RULES: &str = "\
Rules:
  A rule has the form NAME: ACCESS [METHOD,…] PATH. The first rule that matches a request decides.
  A request that matches no rule is refused. Without rules, everyone who may use the application
  may use all of it.
  ACCESS is one of:
    open     everyone, without logging in
    members  users who may use the application
    fresh    the same users, if they showed their second factor in the last 10 minutes
    refused  nobody
  METHOD is GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS. A rule without methods matches all.
  PATH is a single path, or ends with /* to match everything below it, too.

Example:
  --rule 'health: open GET,HEAD /healthz' --rule 'admin: fresh /admin/*' --rule 'rest: members /*'";

pub(super) fn added(definition: &Definition) -> String {
    let Definition { application, accounts, .. } = definition;
    format!(
        "Application {:?} added at {} for all users of {}.",
        application.name.as_str(),
        application.url,
        accounts.join(", ")
    )
}

pub(super) fn changed(definition: &Definition) -> String {
    format!("Application {:?} changed.", definition.application.name.as_str())
}

pub(super) fn removed(name: &str) -> String {
    format!("Application {name:?} removed.")
}

pub(super) fn listed(definition: &Definition, is_from_file: bool) -> String {
    let Definition { application, accounts, .. } = definition;
    let source = if is_from_file { "\tfrom the settings file" } else { "" };
    let rules: String = application.rules.as_slice().iter().map(|rule| format!("\n  {rule}")).collect();
    format!("{}\t{}\t{}{source}{rules}", application.name, application.url, accounts.join(", "))
}

pub(super) fn no_application_at(origin: &Origin) -> String {
    format!("there is no application at {origin}; see: postern app list")
}

pub(super) fn unknown_method(text: &str) -> String {
    format!("{text:?} is not a supported method: use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS")
}

pub(super) fn check(check: &ApplicationCheck, address: ClientAddress) -> String {
    let rules: String = check.rules.iter().map(|rule| format!("  {}\n", checked(rule))).collect();
    let is_about_address = matches!(check.verdict, Verdict::ExcludedNetwork | Verdict::AddressRefused);
    let verdict = if is_about_address && address == ClientAddress::Unknown {
        "Refused: access depends on the client's address, which is unknown. Give one with --address."
    } else {
        verdict(check.verdict)
    };
    format!("{}\n{rules}{verdict}", check.application)
}

fn checked(rule: &CheckedRule) -> String {
    let methods: Vec<&str> = rule.methods.iter().map(|method| method.as_str()).collect();
    let methods = if methods.is_empty() { "all methods".to_owned() } else { methods.join(",") };
    let matched = match rule.matched {
        RuleMatch::Decides => "decides",
        RuleMatch::OtherPath => "other path",
        RuleMatch::OtherMethod => "other method",
        RuleMatch::NotReached | RuleMatch::Unknown => "another rule decides",
    };
    format!("{}\t{}\t{methods}\t{}\t{matched}", rule.name, rule.access.as_str(), rule.path)
}

const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Open => "Allowed: no log-in is needed.",
        Verdict::Allowed => "Allowed.",
        Verdict::LogIn => "Not allowed yet: the user must log in first.",
        Verdict::LogInAgain => "Not allowed yet: the log-in is too old, so the user must log in again.",
        Verdict::ShowFactor => "Not allowed yet: the user must enter a new one-time code first.",
        Verdict::SecondFactorMissing => "Refused: a second factor is required, and the user has none.",
        Verdict::NoRule => "Refused: no rule matches this request.",
        Verdict::RefusedByRule => "Refused by the rule that decides.",
        Verdict::ExcludedNetwork => "Refused: the client's address is in an excluded network.",
        Verdict::NotGiven => "Refused: the user is not active in any account that has the application.",
        Verdict::NotChosen => "Refused: the administrators of the account have not chosen this user.",
        Verdict::AddressRefused => "Refused: the account cannot be used from this address.",
        Verdict::OddPath => {
            "Refused: different programs may read this path differently. It must not contain //, . or .. as a segment, \
             backslashes, or encoded slashes and dots."
        }
        Verdict::Unknown => "Unknown result.",
    }
}
