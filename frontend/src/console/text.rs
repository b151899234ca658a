//! The texts of the console. Plain and short: what happened, and what to do.

use postern_types::ApiError;

use self::count::count;
use crate::{flow::Failure, text::failure as common};

pub(super) mod applications;
pub(super) mod clients;
pub(super) mod consents;
pub(super) mod copyable;
mod count;
pub(super) mod links;
pub(super) mod lockdown;
pub(super) mod passkeys;
pub(super) mod passwords;
mod reasons;
pub(super) mod reports;
pub(super) mod resets;
pub(super) mod security;
pub(super) mod settings;
pub(super) mod users;

pub(super) const SKIP: &str = "Skip to content";
pub(super) const SECTIONS: &str = "Sections";
pub(super) const USERS: &str = "Users";
pub(super) const APPLICATIONS: &str = "Applications";
pub(super) const SETTINGS: &str = "Settings";
pub(super) const REPORTS: &str = "Reports";
pub(super) const MY_APPLICATIONS: &str = "My applications";
pub(super) const CHANGE_PASSWORD: &str = "Change password";
pub(super) const MY_SECURITY: &str = "My security";
pub(super) const LOG_OUT: &str = "Log out";
pub(super) const CONFIRM: &str = "Confirm";
pub(super) const YES: &str = "Yes";
pub(super) const NO: &str = "No";
pub(super) const SHOW: &str = "Show ";
pub(super) const SHOW_TEXT: &str = "Show";
pub(super) const HIDE: &str = "Hide";
pub(super) const SHOW_PASSWORD: &str = "Show password";
pub(super) const HIDE_PASSWORD: &str = "Hide password";
pub(super) const LOADING: &str = "Loading…";
pub(super) const PAGES: &str = "Pages";
pub(super) const EARLIER_PAGE: &str = "Previous";
pub(super) const LATER_PAGE: &str = "Next";
pub(super) const MAIL_GOES_NOWHERE: &str = "No mail server is configured. E-mails are only written to files on the server, and nobody receives them. The operator of the server can configure a mail server with the setting mail.url.";

/// Which account is administered.
pub(super) fn account(name: &str) -> String {
    format!("Account: {name}")
}

/// How many there are in all, after the page size.
pub(super) fn of_total(total: u64) -> String {
    format!(" of {total}")
}

/// The current page.
pub(super) fn page_of(page: u32, pages: u32) -> String {
    format!("Page {page} of {pages}")
}

/// What a list shows, read out by screen readers when it has changed.
pub(super) fn found(total: u64, page: u32, pages: u32) -> String {
    let results = count(total, "result", "results");
    if pages > 1 { format!("{results}, page {page} of {pages}") } else { results }
}

/// The order of that list.
pub(super) fn sorted_by(column: &str, direction: &str) -> String {
    format!(", sorted by {column}, {direction}")
}

/// The time zone of the times on the page.
pub(super) fn times_are_in(zone: &str) -> String {
    format!("Times are shown in your time zone, {zone}.")
}

/// A failure, with the console's own texts where it has any.
pub(super) fn failure(failure: &Failure) -> String {
    match failure {
        Failure::NoEmail => "Enter an e-mail address such as name@example.com.".to_owned(),
        Failure::Refused(ApiError::Malformed { field, reason }) => reasons::reason(field, reason),
        Failure::Refused(ApiError::InvalidCredentials) => "That is not your current password.".to_owned(),
        Failure::Refused(ApiError::Conflict) => "That e-mail address is already in use.".to_owned(),
        Failure::Refused(ApiError::ReportTooLong) => "There is too much to look through. Narrow the search.".to_owned(),
        Failure::Refused(ApiError::NotFound) => "This no longer exists. Reload the page.".to_owned(),
        Failure::Refused(ApiError::SecondFactorRequired) => {
            "To do this, you need a second factor of your own. Set one up first.".to_owned()
        }
        Failure::Refused(ApiError::StepUpRequired) => {
            "Nothing was changed, because no second factor was used.".to_owned()
        }
        Failure::Refused(ApiError::Forbidden { public_url: None }) => {
            "You are not an administrator of this account.".to_owned()
        }
        Failure::Refused(ApiError::LastAdministrator) => {
            "This is the last active administrator of the account. Make somebody else an administrator first."
                .to_owned()
        }
        Failure::Refused(ApiError::SharedUser) => {
            "This person also belongs to another account, so you cannot change their name or e-mail address. If the other \
             account relies on their second factor, only the operator of the server can create a set-up code, with \
             “postern user set-up-code”."
                .to_owned()
        }
        Failure::Refused(ApiError::NoSecondFactor) => {
            "This user has not set up two-factor authentication, so there is nothing to reset.".to_owned()
        }
        Failure::Refused(ApiError::OutOfStep) => {
            "This is no longer possible: it has already been done, or it took too long. Reload the page.".to_owned()
        }
        failure => common(failure),
    }
}

pub(super) mod nowhere {
    pub(in crate::console) const TITLE: &str = "Page not found";
    pub(in crate::console) const ADVICE: &str = "Check the address. The page may also have been removed.";
    pub(in crate::console) const HOME: &str = "Go to the start page";
}

pub(super) mod step_up {
    pub(in crate::console) const TITLE: &str = "Verify your identity";
    pub(in crate::console) const LABEL: &str = "One-time code";
    pub(in crate::console) const SUBMIT: &str = "Continue";
    pub(in crate::console) const BUSY: &str = "Checking…";
    pub(in crate::console) const THE_APPLICATION: &str = "The application";
    pub(in crate::console) const SET_UP: &str = "Set up a second factor";
    pub(in crate::console) const LOG_IN_AGAIN: &str = "Log in again";
    pub(in crate::console) const LOGGING_OUT: &str = "Logging out…";
    pub(in crate::console) const BACK: &str = "Back to the applications";

    /// Why a sensitive action waits, and what to do.
    pub(in crate::console) fn why(app: bool, passkey: bool) -> String {
        let what = what_to_do(app, passkey);
        format!("This is a sensitive action, and you last used your second factor more than 10 minutes ago. {what}")
    }

    /// Why an application waits, and what to do.
    pub(in crate::console) fn needs_factor_again(application: &str, app: bool, passkey: bool) -> String {
        format!("{application} needs your second factor again. {}", what_to_do(app, passkey))
    }

    const fn what_to_do(app: bool, passkey: bool) -> &'static str {
        match (app, passkey) {
            (true, true) => "Use your passkey, or enter the code that your authenticator app shows now.",
            (_, false) => "Enter the code that your authenticator app shows now.",
            (false, true) => "Use your passkey.",
        }
    }

    pub(in crate::console) fn needs_log_in(application: &str) -> String {
        format!("{application} needs a recent log-in. Log in again to continue.")
    }

    pub(in crate::console) fn needs_factor(application: &str) -> String {
        format!(
            "{application} requires two-factor authentication. Set up an authenticator app or add a passkey: the application then opens."
        )
    }
}

pub(super) mod session_over {
    pub(in crate::console) const TITLE: &str = "Your session has ended";
    pub(in crate::console) const ADVICE: &str =
        "Nothing that you typed is lost. Log in again in a new tab, then come back to this tab and try again.";
    pub(in crate::console) const LOG_IN: &str = "Log in";
}
