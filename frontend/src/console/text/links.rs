//! The texts of one-time links.

pub(in crate::console) const DEAD: &str = "This link does not work";
pub(in crate::console) const DEAD_ADVICE: &str = "It has already been used, has expired, or was not copied to its end. Request a new one, or ask your administrator.";
pub(in crate::console) const FIRST_RUN: &str = "Welcome";
pub(in crate::console) const FIRST_RUN_ADVICE: &str =
    "Create the first account and its administrator. After that, you set up an authenticator app.";
pub(in crate::console) const ACCOUNT_NAME: &str = "Name of the organisation";
pub(in crate::console) const YOUR_NAME: &str = "Your name";
pub(in crate::console) const PASSWORD: &str = "Password";
pub(in crate::console) const CREATE: &str = "Create";
pub(in crate::console) const CREATING: &str = "Creating…";
pub(in crate::console) const PASSWORD_FOR: &str = "For ";
pub(in crate::console) const INVITATION: &str = "Invitation";
pub(in crate::console) const UNCONFIRMED: &str = "An administrator has changed the e-mail address of this user. To show that it is yours, \
     request a link to a new password. Then open this invitation again.";
pub(in crate::console) const JOIN: &str = "Join";
pub(in crate::console) const JOINING: &str = "Joining…";
pub(in crate::console) const JOINED: &str = "You are now a member.";

pub(in crate::console) fn invitation(account: &str, email: &str) -> String {
    format!(
        "“{account}” invites {email} to join. If you join, its administrators can see when and from where you log in."
    )
}
