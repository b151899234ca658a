//! The texts of an account's users.

pub(in crate::console) const TITLE: &str = "Users";
pub(in crate::console) const ADD: &str = "Add user";
pub(in crate::console) const EDIT_USER: &str = "Edit user";
pub(in crate::console) const SEARCH: &str = "Search name or e-mail";
pub(in crate::console) const USER: &str = "User";
pub(in crate::console) const STATE: &str = "State";
pub(in crate::console) const TWO_FACTOR: &str = "Two-factor";
pub(in crate::console) const ROLE: &str = "Role";
pub(in crate::console) const LAST: &str = "Last log-in";
pub(in crate::console) const ACTIONS: &str = "Actions";
pub(in crate::console) const USER_ACCOUNT: &str = "User account ";
pub(in crate::console) const ACTIVE: &str = "active";
pub(in crate::console) const LOCKED: &str = "locked";
pub(in crate::console) const INVITED: &str = "Invited";
pub(in crate::console) const LOCKED_BY_OPERATOR: &str = "Locked by the operator";
pub(in crate::console) const SET_UP: &str = "Set up";
pub(in crate::console) const DISABLED: &str = "Disabled";
pub(in crate::console) const NOT_SET_UP: &str = "Not set up";
pub(in crate::console) const FACTORS: &str = "Second factors: ";
pub(in crate::console) const ADMINISTRATOR: &str = "Administrator";
pub(in crate::console) const NEVER: &str = "Never";
pub(in crate::console) const EDIT: &str = "Edit";
pub(in crate::console) const SEND_AGAIN: &str = "Send again";
pub(in crate::console) const RESET: &str = "Reset 2FA";
pub(in crate::console) const REMOVE: &str = "Remove";
pub(in crate::console) const NO_MATCH: &str = "No user matches your search.";
pub(in crate::console) const NOBODY: &str = "There are no users yet.";
pub(in crate::console) const NAME: &str = "Name";
pub(in crate::console) const EMAIL: &str = "E-mail";
pub(in crate::console) const IS_ACTIVE: &str = "Is active?";
pub(in crate::console) const SAVE: &str = "Save";
pub(in crate::console) const SAVING: &str = "Saving…";
pub(in crate::console) const STARTS_LOCKED: &str = "New users cannot log in yet. To let them in, edit the user and tick “Is active?”. They then receive an e-mail with a link for choosing a password.";
pub(in crate::console) const LOCK_ADVICE: &str =
    "A locked user cannot use this account. Other accounts that they belong to are not affected.";
pub(in crate::console) const OPERATOR_LOCK_ADVICE: &str =
    "The operator of the server has locked this user in every account. Only the operator can unlock them.";
pub(in crate::console) const DISABLED_ADVICE: &str = "Two-factor authentication was disabled after too many wrong codes. The user can log in only with a recovery code or a passkey, or after a reset: click “Reset 2FA” in the list of users. First ask whether the wrong codes were theirs. If not, somebody else knows their password, and they must choose a new one before the reset.";
pub(in crate::console) const ADDRESSES: &str = "Allowed addresses";
pub(in crate::console) const ADDRESSES_LABEL: &str = "Addresses and networks, one per line";
pub(in crate::console) const ADDRESSES_HINT: &str =
    "Such as 192.0.2.7 or 2001:db8::/32. Leave empty to allow every address that the account allows.";

/// What a reset means, for the administrator's own user or another one.
pub(in crate::console) const fn reset_consequence(own: bool) -> &'static str {
    if own {
        "Your authenticator app and all your passkeys are removed. You will be logged out everywhere, and asked to set up a second factor at your next log-in. You will be notified by e-mail."
    } else {
        "Their authenticator app and all their passkeys are removed. They will be logged out everywhere, and asked to set up a second factor at their next log-in. They will be notified by e-mail."
    }
}

/// What a lock means, for the administrator's own user or another one.
pub(in crate::console) const fn lock_consequence(own: bool) -> &'static str {
    if own {
        "You lose access to this account at once, until another administrator unlocks you. If you belong to no other account, you are logged out and cannot log in."
    } else {
        "They lose access to this account at once, until an administrator unlocks them. If they belong to no other account, they are logged out and cannot log in."
    }
}

/// What a removal means, for the administrator's own user or another one.
pub(in crate::console) const fn remove_consequence(own: bool) -> &'static str {
    if own {
        "You will lose access to this account. If you belong to no other account, your user account is deleted. This cannot be undone."
    } else {
        "They will lose access to this account. A user who belongs to no other account is deleted. This cannot be undone."
    }
}

/// How a sentence names a person.
pub(in crate::console) fn who(name: &str, email: &str) -> String {
    if name.is_empty() { email.to_owned() } else { format!("{name} ({email})") }
}

pub(in crate::console) fn reset_question(who: &str) -> String {
    format!("Reset two-factor authentication for {who}?")
}

pub(in crate::console) fn lock_question(who: &str) -> String {
    format!("Lock {who}?")
}

pub(in crate::console) fn remove_question(who: &str) -> String {
    format!("Remove {who} from this account?")
}

pub(in crate::console) fn was_reset(who: &str) -> String {
    format!("Two-factor authentication was reset for {who}.")
}

pub(in crate::console) fn was_sent(email: &str) -> String {
    format!("A new link is on its way to {email}. The one before it no longer works.")
}

pub(in crate::console) fn was_locked(who: &str) -> String {
    format!("{who} is locked.")
}

pub(in crate::console) fn was_removed(who: &str) -> String {
    format!("{who} was removed.")
}

pub(in crate::console) fn was_added(email: &str) -> String {
    format!("{email} was added.")
}

pub(in crate::console) fn was_saved(email: &str) -> String {
    format!("{email} was saved.")
}
