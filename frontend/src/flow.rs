//! What the browser does with a response: pure functions, tested on the host. Only the server knows the order of the steps.

use postern_types::{ApiError, Method, RecoveryCodes, Rfc3339, SetUp, SignedIn, Step};

use crate::address;

/// The current screen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Screen {
    /// The server is being asked for the current step.
    Checking,
    /// The server could not be asked for the current step, or another user has logged in since.
    Unreachable(Failure),
    /// E-mail and password.
    LogIn,
    /// *Configure your two-factor authentication*.
    SetUp(Box<SetUp>),
    /// The one-time code of a later log-in.
    Code {
        /// When this log-in expires.
        expires_at: Rfc3339,
        /// Name of the entry in the authenticator app.
        issuer: String,
        /// The account label of that entry.
        label: String,
        /// Whether the user has an authenticator app.
        has_app: bool,
        /// Whether the user has a passkey.
        has_passkey: bool,
        /// Whether the user has recovery codes.
        has_recovery_codes: bool,
    },
    /// New recovery codes to save.
    RecoveryCodes(RecoveryCodes),
    /// Replaces a temporary or expired password.
    NewPassword,
    /// Logged in.
    SignedIn(Box<SignedIn>),
}

/// Why an action failed.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Failure {
    /// The e-mail field is empty.
    NoEmail,
    /// The password field is empty.
    NoPassword,
    /// The code field holds no code.
    NoCode,
    /// The field for a set-up code holds something else.
    NoSetUpCode,
    /// The server refused it.
    Refused(ApiError),
    /// A passkey could not be used: what to do, in the words of `passkey.js`.
    Passkey(String),
    /// No response.
    Offline,
    /// A response that this version of the app cannot parse.
    Unreadable,
    /// A response that is not the portal's: of a proxy, a firewall, or the log-in page of a network.
    Foreign {
        /// The HTTP status.
        status: u16,
        /// Seconds after which to try again, if `Retry-After` says so.
        retry_after_s: Option<u32>,
    },
    /// The log-in expired.
    TookTooLong,
    /// The log-in ended before it expired: in another tab, or by an administrator.
    Interrupted,
    /// The session ended: it expired, or was ended in another tab or by an administrator.
    SessionEnded,
    /// The password was correct, but the browser did not keep the cookie.
    NoCookie,
    /// The user has locked down their user account.
    LockedDown,
    /// The user has opened *This was not me*, and set a new password.
    NotMe,
}

/// What follows a response.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    /// Show this screen.
    Show(Screen),
    /// Stay on the same screen and show the failure.
    Stay(Failure),
    /// Ask the server for the current step and show it, with the reason.
    AskAgain(Failure),
}

/// What follows the response `answer` on the screen `now`. `is_over` says whether the log-in has expired by the server's clock.
pub(crate) fn advance(now: &Screen, is_over: bool, answer: Result<Step, Failure>) -> Next {
    match (now, answer) {
        (_, Ok(step)) => Next::Show(step.into()),
        (_, Err(failure)) if failure.is_another_user() => Next::Show(Screen::Unreachable(failure)),
        (Screen::Checking | Screen::Unreachable(_), Err(failure)) => Next::Show(Screen::Unreachable(failure)),
        (Screen::Code { .. } | Screen::SetUp(_), Err(Failure::Refused(ApiError::SessionExpired))) => {
            Next::AskAgain(if is_over { Failure::TookTooLong } else { Failure::Interrupted })
        }
        (_, Err(Failure::Refused(ApiError::SessionExpired))) => Next::AskAgain(Failure::SessionEnded),
        (_, Err(failure @ Failure::Refused(ApiError::OutOfStep))) => Next::AskAgain(failure),
        (_, Err(failure)) => Next::Stay(failure),
    }
}

impl Next {
    /// After a correct password, the next request shows whether the browser has kept the cookie.
    pub(crate) fn verified(self, now: &Screen) -> Self {
        match self {
            Self::Show(screen) if *now == Screen::LogIn && screen.page_other_than("").is_some() && screen != *now => {
                Self::AskAgain(Failure::NoCookie)
            }
            next => next,
        }
    }
}

impl Screen {
    /// When the log-in expires that this screen belongs to.
    pub(crate) fn expires_at(&self) -> Option<&Rfc3339> {
        match self {
            Self::Code { expires_at, .. } => Some(expires_at),
            Self::SetUp(set_up) => Some(&set_up.expires_at),
            _ => None,
        }
    }

    /// The page that shows this screen; `None` if `page` itself can show it.
    pub(crate) fn page_other_than(&self, page: &str) -> Option<&'static str> {
        let shows_it = match self {
            Self::Checking | Self::Unreachable(_) => return None,
            Self::Code { .. } if page == address::RECOVERY => return None,
            Self::SignedIn(signed_in) if page == address::RECOVERY && signed_in.recovery_codes_left.is_some() => {
                return None;
            }
            Self::Code { has_passkey: true, .. } => address::PASSKEY,
            Self::LogIn | Self::Code { .. } => address::LOG_IN,
            Self::SignedIn(_) => address::APPLICATIONS,
            Self::SetUp(_) | Self::RecoveryCodes(_) => address::SET_UP,
            Self::NewPassword => address::CONSOLE,
        };
        (shows_it != page).then_some(shows_it)
    }
}

impl From<Step> for Screen {
    fn from(step: Step) -> Self {
        match step {
            Step::Credentials => Self::LogIn,
            Step::SetUp(set_up) => Self::SetUp(set_up),
            Step::Code { expires_at, issuer, label, methods, .. } => {
                let [has_app, has_passkey, has_recovery_codes] =
                    [Method::Totp, Method::Passkey, Method::RecoveryCode].map(|method| methods.contains(&method));
                Self::Code { expires_at, issuer, label, has_app, has_passkey, has_recovery_codes }
            }
            Step::RecoveryCodes(codes) => Self::RecoveryCodes(codes),
            Step::NewPassword { .. } => Self::NewPassword,
            Step::SignedIn(signed_in) => Self::SignedIn(signed_in),
        }
    }
}

impl Failure {
    /// The word for this failure in the address of the next page, if that one has to show it.
    pub(crate) const fn word(&self) -> Option<&'static str> {
        match self {
            Self::TookTooLong => Some("too_long"),
            Self::Interrupted => Some("interrupted"),
            Self::SessionEnded => Some("ended"),
            Self::NoCookie => Some("no_cookie"),
            Self::LockedDown => Some("locked_down"),
            Self::NotMe => Some("not_me"),
            Self::Refused(ApiError::OutOfStep) => Some("elsewhere"),
            _ => None,
        }
    }

    /// The failure of such a word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        let known = [
            Self::TookTooLong,
            Self::Interrupted,
            Self::SessionEnded,
            Self::NoCookie,
            Self::LockedDown,
            Self::NotMe,
            Self::Refused(ApiError::OutOfStep),
        ];
        known.into_iter().find(|failure| failure.word() == Some(word))
    }

    /// Whether the server has refused the input itself, so that it must be entered again.
    pub(crate) fn refutes_input(&self) -> bool {
        matches!(self, Self::Refused(ApiError::InvalidCredentials | ApiError::InvalidCode { .. }))
    }

    /// Whether another user has logged in with this browser since the page was drawn.
    pub(crate) const fn is_another_user(&self) -> bool {
        matches!(self, Self::Refused(ApiError::AnotherUser { .. }))
    }

    /// Whether somebody else has changed the same thing in the meantime.
    pub(crate) fn is_conflict(&self) -> bool {
        *self == Self::Refused(ApiError::Conflict)
    }

    /// Whether the failure is about the code field.
    pub(crate) fn concerns_code(&self) -> bool {
        matches!(self, Self::NoCode | Self::Refused(ApiError::InvalidCode { .. } | ApiError::Malformed { .. }))
    }

    /// Whether the failure is about a set-up code.
    pub(crate) fn concerns_set_up_code(&self) -> bool {
        matches!(self, Self::NoSetUpCode | Self::Refused(ApiError::InvalidSetUpCode))
    }

    /// Whether trying again may succeed.
    pub(crate) fn may_pass(&self) -> bool {
        use ApiError::{Internal, RequestTimeout, Unavailable};
        matches!(
            self,
            Self::Offline | Self::Foreign { .. } | Self::Refused(Internal { .. } | RequestTimeout | Unavailable { .. })
        )
    }

    /// Seconds to wait, if the server says so.
    pub(crate) const fn wait_s(&self) -> Option<u32> {
        match self {
            Self::Refused(ApiError::Throttled { retry_after_s }) => Some(*retry_after_s),
            Self::Foreign { retry_after_s, .. } => *retry_after_s,
            _ => None,
        }
    }

    /// Seconds until the app shows its next code, if a code was refused.
    pub(crate) const fn next_code_s(&self) -> Option<u32> {
        match self {
            Self::Refused(ApiError::InvalidCode { next_code_in_s, .. }) => Some(*next_code_in_s),
            _ => None,
        }
    }
}

#[cfg(test)]
#[path = "flow_tests.rs"]
mod tests;
