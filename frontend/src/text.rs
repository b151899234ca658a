//! Every sentence that a person reads, except those that stand in `index.html`. Plain, short, without blame: what is
//! the matter and what to do.

use postern_types::ApiError;

use crate::flow::Failure;

/// A paragraph of a disclosure: how it begins, in bold, and how it goes on.
pub(crate) type Paragraph = (&'static str, &'static str);

pub(crate) const TRY_AGAIN: &str = "Try again";
pub(crate) const CANCEL: &str = "Cancel";

pub(crate) mod log_in {
    pub(crate) const TITLE: &str = "Log in";
}

pub(crate) mod code {
    use super::Paragraph;

    pub(crate) const TITLE: &str = "One-time code";
    pub(crate) const INTRO: &str = "Open your authenticator app and enter the 6 digits that it shows for ";
    pub(crate) const LABEL: &str = "One-time code";
    pub(crate) const SUBMIT: &str = "Log in";
    pub(crate) const BUSY: &str = "Logging in…";
    pub(crate) const NO_PHONE: &str = "No phone at hand?";
    pub(crate) const NO_PHONE_ADVICE: &[Paragraph] = &[
        ("The app may be elsewhere too.", "Some apps keep the same entry on a tablet, a second phone or a computer."),
        (
            "Lost or replaced it?",
            "Ask the administrator of your account to reset your two-factor authentication. At the next log-in you set it up anew.",
        ),
    ];
}

pub(crate) mod set_up {
    use super::Paragraph;

    pub(crate) const TITLE: &str = "Configure your two-factor authentication";
    pub(crate) const WHY: &str = "Why is this needed?";
    pub(crate) const GET_APP: &str = "Get an authenticator app";
    pub(crate) const GET_APP_HOW: &str =
        "If you have none yet, install one on your phone. Any app for 6-digit one-time codes (TOTP, RFC 6238) will do:";
    pub(crate) const APPS: [(&str, &str); 4] = [
        ("Google Authenticator", "https://support.google.com/accounts/answer/1066447"),
        ("Authy", "https://www.authy.com/download/"),
        ("Duo Mobile", "https://duo.com/product/multi-factor-authentication-mfa/duo-mobile-app"),
        ("Aegis", "https://getaegis.app/"),
    ];
    pub(crate) const SCAN: &str = "Scan the QR code";
    pub(crate) const OR: &str = "or";
    pub(crate) const OR_COPY: &str = " copy this security key into the app.";
    pub(crate) const QR_LABEL: &str = "QR code of the security key that stands beside it";
    pub(crate) const KEY_LABEL: &str = "Security key";
    pub(crate) const COPY: &str = "Copy";
    pub(crate) const COPIED: &str = "Copied";
    pub(crate) const COPY_REFUSED: &str =
        "The browser does not let this page copy. The key is selected: press Ctrl+C, or ⌘C on a Mac.";
    pub(crate) const OPEN_IN_APP: &str = "Open in an app on this device";
    pub(crate) const LABEL: &str = "Enter the new 6-digit code from the app";
    pub(crate) const SUBMIT: &str = "Confirm code";
    pub(crate) const BUSY: &str = "Confirming…";
    pub(crate) const HELP: &str = "Help";
    pub(crate) const HELP_ADVICE: &[Paragraph] = &[
        (
            "The phone’s clock is off.",
            "Codes follow the clock. Switch automatic date and time on: on an iPhone under Settings, General, Date & Time; on Android under Settings, System, Date & time.",
        ),
        (
            "The app has an old entry.",
            "If it lists this portal twice, delete the older entry and take the code from the new one.",
        ),
        (
            "The code has just changed.",
            "A code works once and for about a minute. Wait for the next one and enter that.",
        ),
        (
            "The camera does not work or cannot read the picture.",
            "Choose “Enter a set-up key” in the app and type the security key. Blanks and capital letters do not matter. The type is “time based”.",
        ),
        (
            "No phone.",
            "Authenticator apps for computers and tablets work too. If you cannot use any, ask the administrator of your account.",
        ),
    ];

    /// Who asks for a second factor.
    pub(crate) fn reason(accounts: &[String]) -> String {
        let who = match accounts {
            [] => "This portal asks".into(),
            [one] => format!("Your account “{one}” asks"),
            many => format!("Your accounts “{}” ask", many.join("”, “")),
        };
        who + " everyone for a second proof of who they are. A stolen password alone then opens nothing."
    }

    /// Two entries with one name are the commonest cause of a code that is refused.
    pub(crate) fn old_entry(issuer: &str, label: &str) -> String {
        format!("Does the app already have an entry “{issuer}” for {label}? Delete that one first: it no longer works.")
    }
}

pub(crate) mod signed_in {
    pub(crate) const TITLE: &str = "You are logged in";
    pub(crate) const ACCOUNTS: &str = "Accounts";
    pub(crate) const NO_ACCOUNTS: &str = "You are not a member of any account.";
    pub(crate) const ADMINISTRATOR: &str = "Administrator";
    pub(crate) const LAST: &str = "Last log-in before this one";
    pub(crate) const FIRST: &str = "This is your first log-in.";
    pub(crate) const FROM: &str = " from ";
    pub(crate) const ENDS: &str = "This session ends at the latest";
    pub(crate) const ADMINISTRATION: &str = "Administration";
    pub(crate) const MY_SECURITY: &str = "My security";
    pub(crate) const LOG_OUT: &str = "Log out";
    pub(crate) const BUSY: &str = "Logging out…";
}

pub(crate) mod unreachable {
    pub(crate) const TITLE: &str = "Not available just now";
    pub(crate) const BUSY: &str = "Trying…";
}

/// How long a log-in may take.
pub(crate) fn time_left(until: &str) -> String {
    format!("There is time until {until}.")
}

/// The same, when it is nearly over.
pub(crate) fn little_time_left(until: &str) -> String {
    format!("Less than 2 minutes are left: this log-in ends at {until} and then has to be started again.")
}

/// How long to wait, as read out once.
pub(crate) fn wait(seconds: u32) -> String {
    match seconds {
        0..=90 => format!("Wait {seconds} seconds, then try again."),
        _ => format!("Wait {} minutes, then try again.", seconds.div_ceil(60)),
    }
}

/// How long to wait, as shown and counted down.
pub(crate) fn countdown(seconds: u32) -> String {
    match seconds {
        0 => "You can try again now.".into(),
        _ => format!("Try again in {}:{:02}.", seconds / 60, seconds % 60),
    }
}

/// The clocks of browser and server differ: the phone's may be off as well.
pub(crate) fn clocks_differ(here: &str, server: &str) -> String {
    format!(
        "The clock of this device shows {here}, the server’s {server}. If your phone’s clock is off too, its codes are refused: switch on automatic date and time in its settings."
    )
}

/// What went wrong.
pub(crate) fn failure(failure: &Failure) -> String {
    match failure {
        Failure::NoEmail => "Enter your e-mail address.",
        Failure::NoPassword => "Enter your password.",
        Failure::NoCode => "Enter the 6 digits that the app shows.",
        Failure::Offline => "The server cannot be reached. Check your connection, then try again.",
        Failure::Unreadable => {
            "The server’s answer makes no sense to this page. It may have been updated: reload the page."
        }
        Failure::TookTooLong => "The log-in took too long and was ended. Please log in again.",
        Failure::SessionEnded => "Your session has ended. Please log in again.",
        Failure::Refused(error) => return problem(error),
    }
    .into()
}

/// What the server refused, and what to do.
fn problem(error: &ApiError) -> String {
    match error {
        ApiError::InvalidCredentials => "That e-mail and password do not match. Check both and try again.",
        ApiError::InvalidCode { next_code_in_s, .. } => {
            return format!(
                "That code was not accepted. A code works once and for about a minute. The app shows a new one in {next_code_in_s} s: enter that."
            );
        }
        ApiError::SessionExpired => "This log-in or session has ended. Please log in again.",
        ApiError::OutOfStep => "The log-in has moved on, perhaps in another tab. This is where it stands.",
        ApiError::Throttled { .. } => "Too many tries.",
        ApiError::SecondFactorUnusable => {
            "Your second factor cannot be used any more. Ask the administrator of your account to reset it."
        }
        ApiError::Forbidden { public_url: Some(url) } => {
            return format!("This page was opened at an address that is not the portal’s own. Open {url} and log in there.");
        }
        ApiError::Forbidden { public_url: None } => "That is not allowed.",
        ApiError::AddressRefused => "Your account cannot be used from this network. Ask its administrator.",
        // Where the console meets one of these it has words of its own.
        ApiError::Malformed { .. }
        | ApiError::NotFound
        | ApiError::MethodNotAllowed
        | ApiError::UnsupportedMediaType
        | ApiError::PreconditionRequired
        | ApiError::SecondFactorRequired
        | ApiError::StepUpRequired
        | ApiError::Conflict
        | ApiError::LastAdministrator
        | ApiError::SharedUser => "This page and the server do not fit together. Reload the page.",
        ApiError::TooLarge => "That is too long to be sent.",
        ApiError::RequestTimeout => "The connection is too slow: the request did not arrive in time.",
        ApiError::Unavailable { .. } => "The server is busy. Try again in a moment.",
        ApiError::Internal { request_id } => {
            return format!("Something went wrong at the server. If it happens again, tell your administrator this id: {request_id}");
        }
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_counted_down_in_minutes_and_seconds() {
        assert_eq!(countdown(72), "Try again in 1:12.");
        assert_eq!(countdown(5), "Try again in 0:05.");
        assert_eq!(countdown(0), "You can try again now.");
    }

    #[test]
    fn every_account_that_asks_for_a_second_factor_is_named() {
        let reason = |names: &[&str]| set_up::reason(&names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(reason(&["Acme"]).starts_with("Your account “Acme” asks everyone"));
        assert!(reason(&["Acme", "Bolt"]).starts_with("Your accounts “Acme”, “Bolt” ask everyone"));
    }
}
