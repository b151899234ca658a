//! What the browser does with an answer: pure, tested on the host. Which step follows which is the server's business
//! and must not appear here.

use postern_types::{ApiError, Rfc3339, SetUp, SignedIn, Step};

use crate::address;

/// What is on screen.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Screen {
    /// The server is being asked where this browser stands.
    Checking,
    /// The server could not tell where this browser stands.
    Unreachable(Failure),
    /// E-mail and password.
    LogIn,
    /// *Configure your two-factor authentication*.
    SetUp(Box<SetUp>),
    /// The one-time code of a later log-in.
    Code {
        /// When this attempt ends.
        expires_at: Rfc3339,
        /// Name of the entry in the authenticator app.
        issuer: String,
        /// The entry's account, beside the issuer.
        label: String,
    },
    /// A new password in place of one that is temporary or too old.
    NewPassword,
    /// Logged in.
    SignedIn(Box<SignedIn>),
}

/// Why nothing came of what a person did.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Failure {
    /// The e-mail field is empty.
    NoEmail,
    /// The password field is empty.
    NoPassword,
    /// The code field does not hold six digits.
    NoCode,
    /// The server said no.
    Refused(ApiError),
    /// No answer.
    Offline,
    /// An answer that this version of the app does not know.
    Unreadable,
    /// The log-in ran out of time.
    TookTooLong,
    /// The session ended: by time, from another tab, or by an administrator.
    SessionEnded,
}

/// What follows an answer.
#[derive(Debug, PartialEq)]
pub(crate) enum Next {
    /// This screen.
    Show(Screen),
    /// The same screen, with what went wrong.
    Stay(Failure),
    /// Ask the server where this browser stands, then show that, with the reason.
    AskAgain(Failure),
}

/// What follows `answer` on the screen `now`.
pub(crate) fn advance(now: &Screen, answer: Result<Step, Failure>) -> Next {
    match (now, answer) {
        (_, Ok(step)) => Next::Show(step.into()),
        (Screen::Checking | Screen::Unreachable(_), Err(failure)) => Next::Show(Screen::Unreachable(failure)),
        (Screen::Code { .. } | Screen::SetUp(_), Err(Failure::Refused(ApiError::SessionExpired))) => {
            Next::AskAgain(Failure::TookTooLong)
        }
        (_, Err(Failure::Refused(ApiError::SessionExpired))) => Next::AskAgain(Failure::SessionEnded),
        (_, Err(failure @ Failure::Refused(ApiError::OutOfStep))) => Next::AskAgain(failure),
        (_, Err(failure)) => Next::Stay(failure),
    }
}

impl Screen {
    /// The page that shows it; `None` for what every page shows.
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
    /// The word for what the next page has to tell, where a log-in goes on at another one.
    pub(crate) const fn word(&self) -> Option<&'static str> {
        match self {
            Self::TookTooLong => Some("too_long"),
            Self::SessionEnded => Some("ended"),
            Self::Refused(ApiError::OutOfStep) => Some("elsewhere"),
            _ => None,
        }
    }

    /// What such a word stands for.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        let known = [Self::TookTooLong, Self::SessionEnded, Self::Refused(ApiError::OutOfStep)];
        known.into_iter().find(|failure| failure.word() == Some(word))
    }

    /// Whether what was entered was looked at and is wrong, so that it must be entered anew.
    pub(crate) fn refutes_input(&self) -> bool {
        matches!(self, Self::Refused(ApiError::InvalidCredentials | ApiError::InvalidCode { .. }))
    }

    /// Whether somebody else was first.
    pub(crate) fn is_conflict(&self) -> bool {
        *self == Self::Refused(ApiError::Conflict)
    }

    /// Whether the code field is what the failure is about.
    pub(crate) fn concerns_code(&self) -> bool {
        matches!(self, Self::NoCode | Self::Refused(ApiError::InvalidCode { .. } | ApiError::Malformed { .. }))
    }

    /// Whether the same again may well succeed.
    pub(crate) fn may_pass(&self) -> bool {
        use ApiError::{Internal, RequestTimeout, Unavailable};
        matches!(self, Self::Offline | Self::Refused(Internal { .. } | RequestTimeout | Unavailable { .. }))
    }

    /// Seconds that the server asks to wait.
    pub(crate) fn wait_s(&self) -> Option<u32> {
        match self {
            Self::Refused(ApiError::Throttled { retry_after_s }) => Some(*retry_after_s),
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
            assert_eq!(advance(&now, Ok(Step::Credentials)), Next::Show(Screen::LogIn));
        }
    }

    #[test]
    fn a_wrong_code_stays_on_the_code() {
        let wrong = ApiError::InvalidCode { server_time: Rfc3339("2026-11-25T09:12:00Z".into()), next_code_in_s: 7 };
        assert_eq!(advance(&code(), refused(wrong.clone())), Next::Stay(Failure::Refused(wrong)));
    }

    #[test]
    fn a_failure_keeps_the_screen_and_what_was_typed() {
        for failure in [Failure::Offline, Failure::Unreadable, Failure::Refused(ApiError::InvalidCredentials)] {
            assert_eq!(advance(&Screen::LogIn, Err(failure.clone())), Next::Stay(failure));
        }
    }

    #[test]
    fn the_first_question_without_an_answer_has_a_screen_of_its_own() {
        let unreachable = || Next::Show(Screen::Unreachable(Failure::Offline));
        assert_eq!(advance(&Screen::Checking, Err(Failure::Offline)), unreachable());
        assert_eq!(advance(&Screen::Unreachable(Failure::Unreadable), Err(Failure::Offline)), unreachable());
    }

    #[test]
    fn an_end_is_named_by_what_ended() {
        assert_eq!(advance(&code(), refused(ApiError::SessionExpired)), Next::AskAgain(Failure::TookTooLong));
        assert_eq!(advance(&Screen::LogIn, refused(ApiError::SessionExpired)), Next::AskAgain(Failure::SessionEnded));
    }

    #[test]
    fn out_of_step_asks_the_server() {
        let failure = Failure::Refused(ApiError::OutOfStep);
        assert_eq!(advance(&code(), Err(failure.clone())), Next::AskAgain(failure));
    }

    #[test]
    fn not_knowing_where_one_stands_never_asks_again_by_itself() {
        for error in [ApiError::SessionExpired, ApiError::OutOfStep] {
            let next = advance(&Screen::Checking, refused(error.clone()));
            assert_eq!(next, Next::Show(Screen::Unreachable(Failure::Refused(error))));
        }
    }
    #[test]
    fn what_one_page_has_to_tell_is_understood_by_the_next() {
        for failure in [Failure::TookTooLong, Failure::SessionEnded, Failure::Refused(ApiError::OutOfStep)] {
            assert_eq!(failure.word().and_then(Failure::of_word), Some(failure));
        }
        assert_eq!(Failure::of_word("<b>"), None);
        assert_eq!(Failure::Offline.word(), None);
    }
}
