//! The texts of an account's applications.

use postern_types::{Access, CheckedRule, RuleMatch, Verdict};

use super::count::count;

pub(in crate::console) const TITLE: &str = "Applications";
pub(in crate::console) const INTRO: &str = "The operator of the server decides which applications this account has. You decide which of its users may use them.";
pub(in crate::console) const NONE: &str = "This account has no applications yet. The operator of the server adds them, either in the settings file or with this command:";
pub(in crate::console) const CHANGE: &str = "Choose users";
pub(in crate::console) const EVERYONE_MAY: &str = "Everyone in the account may use it.";
pub(in crate::console) const NOBODY_MAY: &str = "Nobody may use it yet.";
pub(in crate::console) const WHO: &str = "Who may use it?";
pub(in crate::console) const EVERYONE: &str = "Everyone in the account";
pub(in crate::console) const CHOSEN: &str = "Only chosen users";
pub(in crate::console) const SEARCH: &str = "Search name or e-mail";
pub(in crate::console) const NO_MATCH: &str = "No user matches your search.";
pub(in crate::console) const INVITED: &str = "Invited";
pub(in crate::console) const LOCKED: &str = "Locked";
pub(in crate::console) const USERS: &str = "Users";
pub(in crate::console) const CONSEQUENCE: &str = "Users who lose access are refused at their next click.";
pub(in crate::console) const SOMEBODY_WAS_FIRST: &str =
    "Another administrator has changed this in the meantime. Nothing was saved.";
pub(in crate::console) const SHOW_THEIRS: &str = "Show the current choice";
pub(in crate::console) const NOBODY_CONSEQUENCE: &str =
    "No user is chosen. Users who are using the application are refused at their next click.";
pub(in crate::console) const TEST: &str = "Test access";
pub(in crate::console) const TEST_ADVICE: &str =
    "Find out what happens when a user who has just logged in opens an address.";
pub(in crate::console) const URL: &str = "Address to open";
pub(in crate::console) const METHOD: &str = "Method";
pub(in crate::console) const USER: &str = "User’s e-mail address";
pub(in crate::console) const FROM: &str = "User’s IP address (yours if left empty)";
pub(in crate::console) const CHECK: &str = "Test";
pub(in crate::console) const CHECKING: &str = "Testing…";
pub(in crate::console) const NO_SUCH_USER: &str = "There is no such user in this account.";
pub(in crate::console) const NO_SUCH_APPLICATION: &str =
    "This is not an address of an application of this account, such as https://wiki.example.com/page.";
pub(in crate::console) const NO_ADDRESS: &str = "Enter an address such as 192.0.2.7 or 2001:db8::7.";
pub(in crate::console) const DECIDES: &str = "Decides";

/// The command by which the operator gives an application to the account.
pub(in crate::console) fn command(account: &str) -> String {
    format!("postern app add Wiki --url https://wiki.example.com --account \"{account}\"")
}

/// The question before everyone loses access.
pub(in crate::console) fn nobody_question(name: &str) -> String {
    format!("Remove everyone’s access to {name}?")
}

/// How many users may use an application.
pub(in crate::console) fn may_use(everyone: bool, users: usize) -> String {
    match (everyone, users) {
        (true, _) => EVERYONE_MAY.to_owned(),
        (false, 0) => NOBODY_MAY.to_owned(),
        (false, 1) => "1 user may use it.".to_owned(),
        (false, users) => format!("{users} users may use it."),
    }
}

/// The message after saving.
pub(in crate::console) fn saved(name: &str, everyone: bool, users: usize) -> String {
    format!("{name}: {}", may_use(everyone, users))
}

/// How many are chosen.
pub(in crate::console) fn chosen(number: usize) -> String {
    format!("{} chosen.", count(number as u64, "user", "users"))
}

/// The hint that not all users are listed.
pub(in crate::console) fn not_all(shown: usize, total: u64) -> String {
    format!("The first {shown} of {total} users are shown. Search to find the others.")
}

/// The error when too many users were chosen.
pub(in crate::console) fn too_many(max: u32) -> String {
    format!("At most {max} users can be chosen. Choose “{EVERYONE}” instead.")
}

/// The result of the test.
pub(in crate::console) const fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Open => "Allowed, even without a log-in.",
        Verdict::Allowed => "Allowed.",
        Verdict::LogIn => "The user has to log in first.",
        Verdict::LogInAgain => "The user has to log in again, because the log-in is older than the application allows.",
        Verdict::ShowFactor => "The user has to show the second factor again first.",
        Verdict::SecondFactorMissing => "Refused until the user has set up two-factor authentication.",
        Verdict::NoRule => "Refused, because no rule applies.",
        Verdict::RefusedByRule => "Refused by a rule.",
        Verdict::ExcludedNetwork => "Refused, because the application excludes this network.",
        Verdict::NotGiven => "Refused, because the user is locked, or has not confirmed their e-mail address.",
        Verdict::NotChosen => "Refused, because the user is not one of the chosen users.",
        Verdict::AddressRefused => "Refused, because the account cannot be used from this address.",
        Verdict::OddPath => "Refused, because different programs could read this path differently.",
        Verdict::Unknown => "Unknown result. Reload the page.",
    }
}

/// Whether the request is allowed; `None` if the user has to do something first.
pub(in crate::console) const fn is_allowed(verdict: Verdict) -> Option<bool> {
    match verdict {
        Verdict::Open | Verdict::Allowed => Some(true),
        Verdict::LogIn | Verdict::LogInAgain | Verdict::ShowFactor | Verdict::Unknown => None,
        _ => Some(false),
    }
}

/// Which requests a rule matches, and who is allowed.
pub(in crate::console) fn rule(rule: &CheckedRule) -> String {
    let methods: Vec<&str> = rule.methods.iter().map(|method| method.as_str()).collect();
    let methods = if methods.is_empty() { "All methods".to_owned() } else { methods.join(", ") };
    let who = match rule.access {
        Access::Open => "everyone, without logging in",
        Access::Members => "users who may use the application",
        Access::Fresh => "users who may use the application and showed a second factor in the last 10 minutes",
        Access::Refused => "nobody",
    };
    format!("{methods}, {}: {who}", rule.path)
}

/// Why a rule does not decide.
pub(in crate::console) const fn passed_over(matched: RuleMatch) -> Option<&'static str> {
    match matched {
        RuleMatch::Decides => None,
        RuleMatch::OtherPath => Some("Other path"),
        RuleMatch::OtherMethod => Some("Other method"),
        RuleMatch::NotReached => Some("Not reached"),
        RuleMatch::Unknown => Some("Unknown"),
    }
}

#[cfg(test)]
mod tests {
    use postern_types::RequestMethod;

    use super::*;

    #[test]
    fn it_is_said_in_the_singular_and_the_plural_who_may_use_an_application() {
        assert_eq!(may_use(true, 3), EVERYONE_MAY);
        assert_eq!(
            [0, 1, 2].map(|users| may_use(false, users)),
            [NOBODY_MAY, "1 user may use it.", "2 users may use it."]
        );
        assert_eq!(chosen(1), "1 user chosen.");
    }

    #[test]
    fn a_rule_is_a_sentence() {
        let health = CheckedRule {
            name: "health".to_owned(),
            access: Access::Open,
            methods: vec![RequestMethod::Get, RequestMethod::Head],
            path: "/healthz".to_owned(),
            matched: RuleMatch::Decides,
        };
        assert_eq!(rule(&health), "GET, HEAD, /healthz: everyone, without logging in");
    }
}
