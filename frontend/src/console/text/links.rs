//! The texts of one-time links.

pub(in crate::console) const DEAD: &str = "This link does not work";
pub(in crate::console) const DEAD_ADVICE: &str = "It has already been used, has expired, or was not copied completely. Request a new one, or ask your administrator.";
pub(in crate::console) const FIRST_RUN: &str = "Welcome";
pub(in crate::console) const FIRST_RUN_ADVICE: &str =
    "Create the first account and its administrator. After that, you set up a second factor.";
pub(in crate::console) const ACCOUNT_NAME: &str = "Name of the organisation";
pub(in crate::console) const YOUR_NAME: &str = "Your name";
pub(in crate::console) const PASSWORD: &str = "Password";
pub(in crate::console) const CREATE: &str = "Create";
pub(in crate::console) const CREATING: &str = "Creating…";
pub(in crate::console) const PASSWORD_FOR: &str = "For ";
pub(in crate::console) const NOT_ME: &str = "This was not me";
pub(in crate::console) const NOT_ME_ADVICE: &str = "When you set a new password here, all sessions end, including those of the other person. All known browsers are forgotten. Earlier one-time links stop working, and so do recovery codes that were created in the last 7 days. Passkeys that were added in that time are removed if you also have an older second factor. You then log in with your second factor, as usual.";
pub(in crate::console) const NOT_ME_PASSWORD: &str =
    "Choose a password that you use nowhere else: somebody else may know the old one.";
pub(in crate::console) const NOT_ME_SET: &str = "End all sessions and set password";
pub(in crate::console) const INVITATION: &str = "Invitation";
pub(in crate::console) const UNCONFIRMED: &str = "An administrator has changed the e-mail address of this user. To show that it is yours, \
     request a link for choosing a new password. Then open this invitation again.";
pub(in crate::console) const JOIN: &str = "Join";
pub(in crate::console) const JOINING: &str = "Joining…";
pub(in crate::console) const JOINED: &str = "You are now a member.";

pub(in crate::console) fn invitation(account: &str, email: &str) -> String {
    format!(
        "“{account}” invites {email} to join. If you join, its administrators can see when and from where you log in."
    )
}
