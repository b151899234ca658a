//! What the browser does with a response: pure functions, tested on the host. Only the server knows the order of the steps.

use postern_types::{ApiError, Rfc3339, SetUp, SignedIn, Step};

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
    },
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
    /// The code field does not hold six digits.
    NoCode,
    /// The server refused it.
    Refused(ApiError),
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

impl Screen {
    /// When the log-in expires that this screen belongs to.
    pub(crate) fn expires_at(&self) -> Option<&Rfc3339> {
        match self {
            Self::Code { expires_at, .. } => Some(expires_at),
            Self::SetUp(set_up) => Some(&set_up.expires_at),
            _ => None,
        }
    }

    /// The page of this screen; `None` if every page can show it.
    pub(crate) const fn page(&self) -> Option<&'static str> {
        match self {
            Self::Checking | Self::Unreachable(_) => None,
            Self::LogIn | Self::Code { .. } | Self::SignedIn(_) => Some(address::LOG_IN),
            Self::SetUp(_) => Some(address::SET_UP),
            Self::NewPassword => Some(address::CONSOLE),
        }
    }
}

impl From<Step> for Screen {
    fn from(step: Step) -> Self {
        match step {
            Step::Credentials => Self::LogIn,
            Step::SetUp(set_up) => Self::SetUp(set_up),
            Step::Code { expires_at, issuer, label, .. } => Self::Code { expires_at, issuer, label },
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
            Self::Refused(ApiError::OutOfStep) => Some("elsewhere"),
            _ => None,
        }
    }

    /// The failure of such a word.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        let known = [Self::TookTooLong, Self::Interrupted, Self::SessionEnded, Self::Refused(ApiError::OutOfStep)];
        known.into_iter().find(|failure| failure.word() == Some(word))
    }

    /// Whether the server has refused the input itself, so that it must be entered again.
    pub(crate) fn refutes_input(&self) -> bool {
        matches!(self, Self::Refused(ApiError::InvalidCredentials | ApiError::InvalidCode { .. }))
    }

    /// Whether another user has logged in in this browser since the page was drawn.
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
mod tests {
    use super::*;

    fn code() -> Screen {
        let expires_at = Rfc3339("2026-11-25T09:12:00Z".into());
        Screen::Code { expires_at, issuer: "Postern".into(), label: "ada@example.com".into() }
    }

    fn refused(error: ApiError) -> Result<Step, Failure> {
        Err(Failure::Refused(error))
    }

    #[test]
    fn a_step_is_shown_wherever_one_stands() {
        for now in [Screen::Checking, Screen::LogIn, code(), Screen::Unreachable(Failure::Offline)] {
            assert_eq!(advance(&now, false, Ok(Step::Credentials)), Next::Show(Screen::LogIn));
        }
    }

    #[test]
    fn a_wrong_code_stays_on_the_code() {
        let wrong = ApiError::InvalidCode {
            server_time: Rfc3339("2026-11-25T09:12:00Z".into()),
            next_code_in_s: 7,
            refused_until: None,
        };
        assert_eq!(advance(&code(), false, refused(wrong.clone())), Next::Stay(Failure::Refused(wrong)));
    }

    #[test]
    fn what_was_drawn_for_another_user_leaves_the_screen() {
        let error = ApiError::AnotherUser { email: postern_types::Email::from_stored("bo@example.com".to_owned()) };
        let next = advance(&code(), false, refused(error.clone()));
        assert_eq!(next, Next::Show(Screen::Unreachable(Failure::Refused(error))));
    }

    #[test]
    fn a_failure_keeps_the_screen_and_what_was_typed() {
        for failure in [Failure::Offline, Failure::Unreadable, Failure::Refused(ApiError::InvalidCredentials)] {
            assert_eq!(advance(&Screen::LogIn, false, Err(failure.clone())), Next::Stay(failure));
        }
    }

    #[test]
    fn the_first_question_without_an_answer_has_a_screen_of_its_own() {
        let unreachable = || Next::Show(Screen::Unreachable(Failure::Offline));
        assert_eq!(advance(&Screen::Checking, false, Err(Failure::Offline)), unreachable());
        assert_eq!(advance(&Screen::Unreachable(Failure::Unreadable), false, Err(Failure::Offline)), unreachable());
    }

    #[test]
    fn an_end_is_named_by_what_ended() {
        assert_eq!(advance(&code(), true, refused(ApiError::SessionExpired)), Next::AskAgain(Failure::TookTooLong));
        assert_eq!(advance(&code(), false, refused(ApiError::SessionExpired)), Next::AskAgain(Failure::Interrupted));
        assert_eq!(
            advance(&Screen::LogIn, false, refused(ApiError::SessionExpired)),
            Next::AskAgain(Failure::SessionEnded)
        );
    }

    #[test]
    fn out_of_step_asks_the_server() {
        let failure = Failure::Refused(ApiError::OutOfStep);
        assert_eq!(advance(&code(), false, Err(failure.clone())), Next::AskAgain(failure));
    }

    #[test]
    fn not_knowing_where_one_stands_never_asks_again_by_itself() {
        for error in [ApiError::SessionExpired, ApiError::OutOfStep] {
            let next = advance(&Screen::Checking, false, refused(error.clone()));
            assert_eq!(next, Next::Show(Screen::Unreachable(Failure::Refused(error))));
        }
    }

    #[test]
    fn a_failure_is_passed_on_to_the_next_page() {
        let passed_on = [Failure::TookTooLong, Failure::Interrupted, Failure::SessionEnded];
        for failure in passed_on.into_iter().chain([Failure::Refused(ApiError::OutOfStep)]) {
            assert_eq!(failure.word().and_then(Failure::of_word), Some(failure));
        }
        assert_eq!(Failure::of_word("<b>"), None);
        assert_eq!(Failure::Offline.word(), None);
    }
}
