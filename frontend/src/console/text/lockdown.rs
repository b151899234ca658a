//! The texts of the lockdown of a user account.

pub(in crate::console) const TITLE: &str = "Lockdown";
pub(in crate::console) const WHEN: &str =
    "If somebody else may have your password, your phone or an open session, end everything at once.";
pub(in crate::console) const LOCK_DOWN_MINE: &str = "Lock down my user account";
pub(in crate::console) const LOCK_DOWN: &str = "Lock down…";
pub(in crate::console) const QUESTION_MINE: &str = "Lock down your user account?";
pub(in crate::console) const CONSEQUENCE_MINE: &str = "You will be logged out everywhere, including here. One-time links that were sent to you stop working, and all known browsers are forgotten. At your next log-in, you need your second factor as usual, and must choose a new password.";
pub(in crate::console) const CONSEQUENCE: &str = "They will be logged out everywhere. One-time links that were sent to them stop working, and all their known browsers are forgotten. At their next log-in, they need their second factor as usual, and must choose a new password. They will be notified by e-mail.";
pub(in crate::console) const RECOVERY_CODES: &str = "Recovery codes also stop working";
pub(in crate::console) const RECOVERY_CODES_ADVICE: &str =
    "The next log-in then needs the authenticator app or a passkey, and offers new recovery codes.";
pub(in crate::console) const LOST: &str = "Lost your phone or passkey?";
pub(in crate::console) const RECOVERY_CODE_HINT: &str = "Enter one of your recovery codes in place of your second factor. It works once. To log in afterwards, you need another one, so untick the box above.";
pub(in crate::console) const ADVICE_MINE: &str =
    "If somebody else may have your password or an open session, lock down your user account under";
pub(in crate::console) const SHARED: &str = "This person also belongs to another account, so you cannot lock down their user account. Lock them in this account, and ask them to use the lockdown under My security.";
pub(in crate::console) const ADVICE: &str = "If somebody else may have their password or an open session:";

pub(in crate::console) fn question(who: &str) -> String {
    format!("Lock down the user account of {who}?")
}

pub(in crate::console) fn was_locked_down(who: &str) -> String {
    format!("The user account of {who} was locked down.")
}
