//! The texts of the page after a log-in.

use super::failure as why;
use crate::flow::Failure;

pub(crate) const TITLE: &str = "You are logged in";
pub(crate) const APPLICATIONS: &str = "Your applications";
pub(crate) const ONE_MOMENT: &str = "One moment…";
pub(crate) const LOADING: &str = "Loading your applications…";
pub(crate) const SEARCH: &str = "Search applications";
pub(crate) const NO_MATCH: &str = "No application matches your search.";
pub(crate) const ACCOUNTS: &str = "Accounts";
pub(crate) const NO_ACCOUNTS: &str = "You are not a member of any account.";
pub(crate) const ADMINISTRATOR: &str = "Administrator";
pub(crate) const LAST: &str = "Last log-in before this one: ";
pub(crate) const FROM: &str = ", from ";
pub(crate) const NOT_YOU: &str = "Not you?";
pub(crate) const FIRST: &str = "This is your first log-in.";
pub(crate) const ENDS: &str = "This session ends no later than";
pub(crate) const RECOVERED: &str = "You logged in with a recovery code. ";
pub(crate) const CONSOLE: &str = "Console";
pub(crate) const MY_SECURITY: &str = "My security";
pub(crate) const LOG_OUT: &str = "Log out";
pub(crate) const BUSY: &str = "Logging out…";

/// Why the applications are not shown.
pub(crate) fn not_loaded(failure: &Failure) -> String {
    format!("Your applications cannot be shown. {}", why(failure))
}

/// How many applications match the search.
pub(crate) fn found(number: usize) -> String {
    match number {
        0 => NO_MATCH.to_owned(),
        1 => "1 application".to_owned(),
        _ => format!("{number} applications"),
    }
}
