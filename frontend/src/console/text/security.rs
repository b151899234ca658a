//! The texts of *My security*.

pub(in crate::console) const TITLE: &str = "My security";
pub(in crate::console) const AUTHENTICATOR: &str = "Authenticator app";
pub(in crate::console) const NO_APP: &str =
    "You have no authenticator app. With one, a stolen password alone is not enough to log in.";
pub(in crate::console) const APP_SINCE: &str = "Set up on ";
pub(in crate::console) const DISABLED: &str = "Disabled after too many wrong codes: its codes are no longer accepted, and you cannot log in with it. Ask the administrator of your account to reset your two-factor authentication.";
pub(in crate::console) const SET_UP: &str = "Set up an app";
pub(in crate::console) const REPLACE: &str = "Replace the app";
pub(in crate::console) const SET_UP_ADVICE: &str =
    "Enter your password first. When the app is set up, your other sessions end.";
pub(in crate::console) const REPLACE_ADVICE: &str = "Enter your password first. Your current app works until you have confirmed a code from the new one. Your other sessions then end.";
pub(in crate::console) const YOUR_PASSWORD: &str = "Your password";
pub(in crate::console) const CONTINUE: &str = "Continue";
pub(in crate::console) const CHECKING: &str = "Checking…";
pub(in crate::console) const APP_SET_UP: &str = "Your authenticator app is set up.";
pub(in crate::console) const SESSIONS: &str = "My sessions";
pub(in crate::console) const THIS_ONE: &str = "This session";
pub(in crate::console) const SINCE: &str = "logged in ";
pub(in crate::console) const SEEN: &str = "last active ";
pub(in crate::console) const END: &str = "End session";
pub(in crate::console) const END_OTHERS: &str = "End all other sessions";
pub(in crate::console) const ENDED: &str = "The session was ended.";
pub(in crate::console) const ACCOUNTS: &str = "My accounts";
pub(in crate::console) const LEAVE: &str = "Leave";
pub(in crate::console) const LEAVE_CONSEQUENCE: &str =
    "You lose access to it at once. To come back, an administrator has to invite you again.";
pub(in crate::console) const LEAVE_ONLY_CONSEQUENCE: &str = "You lose access to it at once. If you belong to no other account, your user, your password and your authenticator app are deleted. This cannot be undone.";
pub(in crate::console) const OTHERS_ENDED: &str = "All other sessions were ended.";

pub(in crate::console) fn leave_question(account: &str) -> String {
    format!("Leave the account {account}?")
}

pub(in crate::console) fn was_left(account: &str) -> String {
    format!("You have left {account}.")
}
