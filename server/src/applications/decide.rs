//! The decision about a request to an application. Deny by default: a request that matches no rule is refused.

use postern_types::{Access, ApiError, RequestMethod, RuleMatch, Verdict};

use super::application::Application;
use super::path::DecodedPath;
use super::rule::Rule;
use super::visitor::{Standing, Visitor};
use crate::addresses::ClientAddress;
use crate::auth::freshness::Freshness;
use crate::clock::UnixTime;

/// A request to an application.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The path.
    pub path: &'a DecodedPath,
    /// The method.
    pub method: RequestMethod,
    /// The client's address.
    pub address: ClientAddress,
    /// When.
    pub at: UnixTime,
}

/// The decision about a request.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision<'a> {
    /// Allowed for everyone.
    Open {
        /// The rule that decides.
        rule: &'a Rule,
    },
    /// Allowed for this user.
    Allow {
        /// The rule that decides.
        rule: &'a Rule,
    },
    /// The user must log in first.
    LogIn {
        /// The rule that decides.
        rule: &'a Rule,
    },
    /// The log-in is older than the application allows: the user must log in again.
    LogInAgain {
        /// The rule that decides.
        rule: &'a Rule,
    },
    /// A second factor must be shown first.
    ShowFactor {
        /// The rule that decides.
        rule: &'a Rule,
    },
    /// A second factor is required, and the user has none.
    SecondFactorMissing {
        /// The rule that decides.
        rule: &'a Rule,
    },
    /// Refused. Neither a log-in nor a second factor helps.
    NotAllowed(Refusal<'a>),
}

/// Whether a user may use an application.
#[must_use]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Yes.
    Admitted,
    /// The log-in is older than the application allows: the user must log in again.
    LogInAgain,
    /// A second factor must be shown first.
    ShowFactor,
    /// A second factor is required, and the user has none.
    SecondFactorMissing,
    /// No. Neither a log-in nor a second factor helps.
    Refused(Refusal<'static>),
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal<'a> {
    /// The client's address is in an excluded network.
    ExcludedNetwork,
    /// No rule matches this request.
    NoRule,
    /// The rule refuses everybody.
    Rule(&'a Rule),
    /// The user is not active in any account that has the application.
    NotGiven,
    /// The administrators have not chosen the user.
    NotChosen,
    /// The accounts cannot be used from this address.
    AddressRefused,
}

impl Refusal<'_> {
    /// The reason, for the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ExcludedNetwork => "excluded_network",
            Self::NoRule => "no_rule",
            Self::Rule(_) => "rule",
            Self::NotGiven => "not_given",
            Self::NotChosen => "not_chosen",
            Self::AddressRefused => "address_refused",
        }
    }
}

/// Decides about a request. The visitor is `None` without a session.
pub fn decide<'a>(application: &'a Application, asked: &Asked<'_>, visitor: Option<&Visitor>) -> Decision<'a> {
    if application.excludes(asked.address) {
        return Decision::NotAllowed(Refusal::ExcludedNetwork);
    }
    let Some(rule) = rule_for(application, asked) else { return Decision::NotAllowed(Refusal::NoRule) };
    match rule.access {
        Access::Open => Decision::Open { rule },
        Access::Refused => Decision::NotAllowed(Refusal::Rule(rule)),
        Access::Members | Access::Fresh => match visitor.filter(|visitor| visitor.is_logged_in()) {
            Some(visitor) => decide_for(application, rule, asked, visitor),
            None => Decision::LogIn { rule },
        },
    }
}

fn decide_for<'a>(application: &Application, rule: &'a Rule, asked: &Asked<'_>, visitor: &Visitor) -> Decision<'a> {
    match admit(application, asked.address, asked.at, visitor) {
        Admission::Admitted => {}
        Admission::LogInAgain => return Decision::LogInAgain { rule },
        Admission::ShowFactor => return Decision::ShowFactor { rule },
        Admission::SecondFactorMissing => return Decision::SecondFactorMissing { rule },
        Admission::Refused(refusal) => return Decision::NotAllowed(refusal),
    }
    let freshness = if rule.access == Access::Fresh { Freshness::Fresh } else { Freshness::Any };
    match freshness.check(visitor.two_factor_since, visitor.factor_shown_at, asked.at) {
        Ok(()) => Decision::Allow { rule },
        Err(ApiError::StepUpRequired) => Decision::ShowFactor { rule },
        Err(_) => Decision::SecondFactorMissing { rule },
    }
}

/// Decides whether a user may use an application at all, whatever its rules say of single requests.
pub fn admit(application: &Application, address: ClientAddress, at: UnixTime, visitor: &Visitor) -> Admission {
    if application.excludes(address) {
        return Admission::Refused(Refusal::ExcludedNetwork);
    }
    match Standing::of(&visitor.grants, address, at) {
        Standing::MayUse => {}
        Standing::NotGiven => return Admission::Refused(Refusal::NotGiven),
        Standing::NotChosen => return Admission::Refused(Refusal::NotChosen),
        Standing::AddressRefused => return Admission::Refused(Refusal::AddressRefused),
    }
    let is_older_than = |age_s: i64| visitor.authenticated_at.is_none_or(|since| since <= at - age_s);
    if application.max_age_s.is_some_and(is_older_than) {
        return Admission::LogInAgain;
    }
    let needs_factor = application.two_factor || visitor.needs_factor(address, at);
    match (needs_factor && visitor.factor_shown_at.is_none(), visitor.two_factor_since) {
        (false, _) => Admission::Admitted,
        (true, Some(_)) => Admission::ShowFactor,
        (true, None) => Admission::SecondFactorMissing,
    }
}

/// The first rule that matches the request. If servers may read the path in several ways, the strictest of the first rules that
/// match each reading; `None` if a reading matches no rule.
fn rule_for<'a>(application: &'a Application, asked: &Asked<'_>) -> Option<&'a Rule> {
    let mut strictest: Option<&Rule> = None;
    for reading in application.rules.readings(asked.path) {
        let meets = |rule: &&Rule| rule.meets_method(asked.method) && rule.meets_path(&reading);
        let rule = application.rules.as_slice().iter().find(meets)?;
        if strictest.is_none_or(|before| rule.access > before.access) {
            strictest = Some(rule);
        }
    }
    strictest
}

/// The rules of an application in order, and whether each of them decides about the request.
#[must_use]
pub fn rules_of<'a>(application: &'a Application, asked: &Asked<'_>) -> Vec<(&'a Rule, RuleMatch)> {
    let deciding = rule_for(application, asked);
    let readings = application.rules.readings(asked.path);
    let matched = |rule: &'a Rule| {
        if deciding == Some(rule) {
            RuleMatch::Decides
        } else if !readings.iter().any(|reading| rule.meets_path(reading)) {
            RuleMatch::OtherPath
        } else if !rule.meets_method(asked.method) {
            RuleMatch::OtherMethod
        } else {
            RuleMatch::NotReached
        }
    };
    application.rules.as_slice().iter().map(|rule| (rule, matched(rule))).collect()
}

impl Decision<'_> {
    /// The word for it in the API.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        match self {
            Self::Open { .. } => Verdict::Open,
            Self::Allow { .. } => Verdict::Allowed,
            Self::LogIn { .. } => Verdict::LogIn,
            Self::LogInAgain { .. } => Verdict::LogInAgain,
            Self::ShowFactor { .. } => Verdict::ShowFactor,
            Self::SecondFactorMissing { .. } => Verdict::SecondFactorMissing,
            Self::NotAllowed(Refusal::ExcludedNetwork) => Verdict::ExcludedNetwork,
            Self::NotAllowed(Refusal::NoRule) => Verdict::NoRule,
            Self::NotAllowed(Refusal::Rule(_)) => Verdict::RefusedByRule,
            Self::NotAllowed(Refusal::NotGiven) => Verdict::NotGiven,
            Self::NotAllowed(Refusal::NotChosen) => Verdict::NotChosen,
            Self::NotAllowed(Refusal::AddressRefused) => Verdict::AddressRefused,
        }
    }
}

#[cfg(test)]
#[path = "decide_tests.rs"]
mod tests;
