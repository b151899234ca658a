//! The texts of *My security*.

pub(in crate::console) const TITLE: &str = "My security";
pub(in crate::console) const PASSWORD: &str = "Password";
pub(in crate::console) const AUTHENTICATOR: &str = "Authenticator app";
pub(in crate::console) const NO_APP: &str =
    "You have no authenticator app. With an app or a passkey, a stolen password alone is not enough to log in.";
pub(in crate::console) const APP_SINCE: &str = "Set up on ";
pub(in crate::console) const DISABLED: &str = "Disabled after too many wrong codes: its codes are no longer accepted. To enable it again, log in with a recovery code or a passkey, or ask the administrator of your account to reset your two-factor authentication.";
pub(in crate::console) const SET_UP: &str = "Set up an app";
pub(in crate::console) const REPLACE: &str = "Replace the app";
pub(in crate::console) const SET_UP_ADVICE: &str =
    "Enter your password first. When the app is set up, your other sessions end.";
pub(in crate::console) const REPLACE_ADVICE: &str = "Enter your password first. Your current app works until you have confirmed a code from the new one. Your other sessions then end.";
pub(in crate::console) const YOUR_PASSWORD: &str = "Your password";
pub(in crate::console) const CONTINUE: &str = "Continue";
pub(in crate::console) const CHECKING: &str = "Checking…";
pub(in crate::console) const APP_SET_UP: &str = "Your authenticator app is set up.";
pub(in crate::console) const OLD_ENTRY: &str =
    "That code comes from an old entry in your app. Enter the code of the new entry.";
pub(in crate::console) const RECOVERY_CODES: &str = "Recovery codes";
pub(in crate::console) const NO_RECOVERY_CODES: &str =
    "You have no recovery codes. With one, you can log in without your phone.";
pub(in crate::console) const CODES_NEED_FACTOR: &str = "Recovery codes stand in for a second factor. Set up an authenticator app or add a passkey first, then create recovery codes here.";
pub(in crate::console) const MAKE_CODES: &str = "Create recovery codes";
pub(in crate::console) const MAKE_NEW_CODES: &str = "Create new recovery codes";
pub(in crate::console) const MAKE_QUESTION: &str = "Create new recovery codes?";
pub(in crate::console) const MAKE_CONSEQUENCE: &str = "Your earlier recovery codes stop working at once.";
pub(in crate::console) const NEW_CODES: &str = "New recovery codes";
pub(in crate::console) const NEW_CODES_ADVICE: &str =
    "They are shown only now. Save them before you continue: each lets you log in once without your phone.";
pub(in crate::console) const CODES_SAVED: &str = "I have saved them";
pub(in crate::console) const SESSIONS: &str = "My sessions";
pub(in crate::console) const THIS_ONE: &str = "This session";
pub(in crate::console) const UNKNOWN_DEVICE: &str = "Unknown device";
pub(in crate::console) const SINCE: &str = "logged in ";
pub(in crate::console) const SEEN: &str = "last active ";
pub(in crate::console) const END: &str = "End session";
pub(in crate::console) const END_OTHERS: &str = "End all other sessions";
pub(in crate::console) const ENDED: &str = "The session was ended.";
pub(in crate::console) const ACCOUNTS: &str = "My accounts";
pub(in crate::console) const LEAVE: &str = "Leave";
pub(in crate::console) const LEAVE_CONSEQUENCE: &str =
    "You lose access to it at once. You can come back only if an administrator invites you again.";
pub(in crate::console) const LEAVE_ONLY_CONSEQUENCE: &str = "You lose access to it at once. If you belong to no other account, your user account is deleted, with its password and second factors. This cannot be undone.";
pub(in crate::console) const OTHERS_ENDED: &str = "All other sessions were ended.";

/// How many codes are left of a set.
pub(in crate::console) fn codes_left(left: u32, made_on: &str) -> String {
    match left {
        1 => format!("1 recovery code is left of those created on {made_on}. Create new ones."),
        2 => format!("2 recovery codes are left of those created on {made_on}. Create new ones."),
        _ => format!("{left} recovery codes are left of those created on {made_on}."),
    }
}

pub(in crate::console) fn leave_question(account: &str) -> String {
    format!("Leave the account {account}?")
}

pub(in crate::console) fn was_left(account: &str) -> String {
    format!("You have left {account}.")
}
