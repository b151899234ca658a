//! The texts about a code that was entered a second time.

pub(crate) const TITLE: &str = "Your one-time code was entered twice";
pub(crate) const ADVICE: &str = "If you did not enter it twice yourself, somebody else has seen your code: end all other sessions, then change your password under My security.";
pub(crate) const ENDED: &str = "All your other sessions were ended. Now change your password.";
pub(crate) const CHANGE_PASSWORD: &str = "Change password";
pub(crate) const END_OTHERS: &str = "End all other sessions";
pub(crate) const DISMISS: &str = "Dismiss";

/// When and from where.
pub(crate) fn code_replayed(when: &str, address: &str) -> String {
    format!(
        "A one-time code that you had already used was entered again on {when}, from {address}. It was refused the second time, but somebody else may have entered it."
    )
}
