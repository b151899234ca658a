//! The texts for changing and replacing passwords.

pub(in crate::console) const CHANGE: &str = "Change password";
pub(in crate::console) const CHOOSE: &str = "Choose a new password";
pub(in crate::console) const CURRENT: &str = "Current password";
pub(in crate::console) const NEW: &str = "New password";
pub(in crate::console) const HINT: &str =
    "At least 12 characters. A few unrelated words are strong and easy to remember.";
pub(in crate::console) const OTHERS_END: &str = "Your other sessions will end.";
pub(in crate::console) const CHANGED: &str = "Your password was changed.";
pub(in crate::console) const SET: &str = "Set password";
pub(in crate::console) const SETTING: &str = "Saving…";
pub(in crate::console) const TEMPORARY: &str =
    "Somebody else chose your current password. Choose one that only you know.";
pub(in crate::console) const EXPIRED: &str =
    "Your account requires a new password from time to time, and yours has expired.";
pub(in crate::console) const LOCKED_DOWN: &str =
    "Your user account was locked down. Choose a new password that you have never used anywhere.";
pub(in crate::console) const FORGOTTEN: &str = "Forgotten password?";
pub(in crate::console) const FORGOTTEN_ADVICE: &str = "Enter the e-mail address that you log in with. You will receive an e-mail with a link for choosing a new password.";
pub(in crate::console) const SEND_LINK: &str = "Send link";
pub(in crate::console) const SENDING_LINK: &str = "Sending…";
pub(in crate::console) const ON_ITS_WAY: &str = "If there is a user with this e-mail address, an e-mail with a link is on its way. The link works once and expires after 30 minutes. Check your spam folder, too.";
pub(in crate::console) const BACK_TO_LOG_IN: &str = "Back to log-in";
