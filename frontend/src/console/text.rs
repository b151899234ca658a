//! Every sentence of the console. Plain, short, without blame: what is the matter and what to do.

use postern_types::{ApiError, SecurityEffect};

use crate::{flow::Failure, text::failure as common};

pub(super) const SKIP: &str = "Skip to the content";
pub(super) const SECTIONS: &str = "Sections";
pub(super) const USERS: &str = "Users";
pub(super) const SETTINGS: &str = "Settings";
pub(super) const REPORTS: &str = "Reports";
pub(super) const CHANGE_PASSWORD: &str = "Change password";
pub(super) const MY_SECURITY: &str = "My security";
pub(super) const LOG_OUT: &str = "Log out";
pub(super) const CONFIRM: &str = "Confirm";
pub(super) const YES: &str = "Yes";
pub(super) const NO: &str = "No";
pub(super) const SHOW: &str = "Show ";
pub(super) const SHOW_TEXT: &str = "Show";
pub(super) const HIDE: &str = "Hide";
pub(super) const SHOW_PASSWORD: &str = "Show password";
pub(super) const HIDE_PASSWORD: &str = "Hide password";
pub(super) const PAGES: &str = "Pages";
pub(super) const EARLIER_PAGE: &str = "Previous";
pub(super) const LATER_PAGE: &str = "Next";
pub(super) const MAIL_GOES_NOWHERE: &str = "No mail server is configured: mails are only written as files on the server, and nobody receives them. The operator sets smtp_url.";

/// Which account is administered.
pub(super) fn account(name: &str) -> String {
    format!("Account: {name}")
}

/// How many there are, behind the size of a page.
pub(super) fn of_total(total: u64) -> String {
    format!(" of {total}")
}

/// Where one is among the pages.
pub(super) fn page_of(page: u32, pages: u32) -> String {
    format!("Page {page} of {pages}")
}

/// What went wrong, in the console's words.
pub(super) fn failure(failure: &Failure) -> String {
    match failure {
        Failure::NoEmail => "Enter an e-mail address such as name@example.com.".to_owned(),
        Failure::Refused(ApiError::Malformed { reason, .. }) => sentence(reason),
        Failure::Refused(ApiError::InvalidCredentials) => "That is not your current password.".to_owned(),
        Failure::Refused(ApiError::Conflict) => "That e-mail is taken already.".to_owned(),
        Failure::Refused(ApiError::NotFound) => "That is not there any more. Reload the page.".to_owned(),
        Failure::Refused(ApiError::SecondFactorRequired) => {
            "This needs an authenticator app of your own. Set it up first, log in with it, and come back.".to_owned()
        }
        Failure::Refused(ApiError::StepUpRequired) => "Nothing was changed: no code was entered.".to_owned(),
        Failure::Refused(ApiError::Forbidden { public_url: None }) => {
            "You are not an administrator of this account.".to_owned()
        }
        failure => common(failure),
    }
}

/// A server's reason as a sentence.
fn sentence(reason: &str) -> String {
    let mut chars = reason.chars();
    let first = chars.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    let end = if reason.ends_with('.') { "" } else { "." };
    format!("{first}{}{end}", chars.as_str())
}

pub(super) mod nowhere {
    pub(in super::super) const TITLE: &str = "There is nothing here";
    pub(in super::super) const ADVICE: &str = "The address may be misspelt, or what it led to is gone.";
    pub(in super::super) const HOME: &str = "Go to the beginning";
}

pub(super) mod step_up {
    pub(in super::super) const TITLE: &str = "Is it you?";
    pub(in super::super) const WHY: &str = "This is a sensitive action, and your last code was more than 10 minutes ago. Enter a new one from your authenticator app.";
    pub(in super::super) const LABEL: &str = "One-time code";
    pub(in super::super) const SUBMIT: &str = "Go on";
    pub(in super::super) const BUSY: &str = "Checking…";
}

pub(super) mod session_over {
    pub(in super::super) const TITLE: &str = "Your session has ended";
    pub(in super::super) const ADVICE: &str =
        "Nothing that you typed is lost. Log in in the new tab, then come back to this one and try again.";
    pub(in super::super) const LOG_IN: &str = "Log in";
}

pub(super) mod users {
    pub(in super::super) const TITLE: &str = "Users";
    pub(in super::super) const ADD: &str = "Add user";
    pub(in super::super) const EDIT_USER: &str = "Edit user";
    pub(in super::super) const SEARCH: &str = "Search name or e-mail";
    pub(in super::super) const USER: &str = "User";
    pub(in super::super) const STATE: &str = "State";
    pub(in super::super) const TWO_FACTOR: &str = "Two-factor";
    pub(in super::super) const ROLE: &str = "Role";
    pub(in super::super) const LAST: &str = "Last log-in";
    pub(in super::super) const ACTIONS: &str = "Actions";
    pub(in super::super) const ACTIVE: &str = "User account active";
    pub(in super::super) const LOCKED: &str = "User account locked";
    pub(in super::super) const SET_UP: &str = "Set up";
    pub(in super::super) const NOT_SET_UP: &str = "Not set up";
    pub(in super::super) const ADMINISTRATOR: &str = "Administrator";
    pub(in super::super) const NEVER: &str = "Never";
    pub(in super::super) const EDIT: &str = "Edit";
    pub(in super::super) const RESET: &str = "Reset 2FA";
    pub(in super::super) const REMOVE: &str = "Remove";
    pub(in super::super) const NO_MATCH: &str = "No user matches.";
    pub(in super::super) const NAME: &str = "Name";
    pub(in super::super) const EMAIL: &str = "E-mail";
    pub(in super::super) const IS_ACTIVE: &str = "Is active?";
    pub(in super::super) const SAVE: &str = "Save";
    pub(in super::super) const SAVING: &str = "Saving…";
    pub(in super::super) const STARTS_LOCKED: &str = "A new user starts locked. Tick “Is active?” when they may come in: then a mail brings them the link to their password.";
    pub(in super::super) const WHOLE_PERSON: &str =
        "Locking concerns the whole person: they are logged out and cannot get into any account.";
    pub(in super::super) const ADDRESSES: &str = "Allowed addresses";
    pub(in super::super) const ADDRESSES_HINT: &str = "Addresses or networks, one a line, such as 192.0.2.7 or 2001:db8::/32. Empty: from anywhere that the account allows.";
    pub(in super::super) const RESET_CONSEQUENCE: &str = "They will be logged out everywhere, in every account, and asked to set up an authenticator app at the next log-in. They will be told by mail.";
    pub(in super::super) const LOCK_CONSEQUENCE: &str =
        "They will be logged out everywhere, and cannot get into any account until somebody unlocks them.";
    pub(in super::super) const REMOVE_CONSEQUENCE: &str = "They will not see this account any more. Somebody who belongs to no other account is deleted, with their login history. This cannot be taken back.";

    /// A person in a sentence.
    pub(in super::super) fn who(name: &str, email: &str) -> String {
        if name.is_empty() { email.to_owned() } else { format!("{name} ({email})") }
    }

    pub(in super::super) fn reset_question(who: &str) -> String {
        format!("Reset two-factor authentication for {who}?")
    }

    pub(in super::super) fn lock_question(who: &str) -> String {
        format!("Lock {who}?")
    }

    pub(in super::super) fn remove_question(who: &str) -> String {
        format!("Remove {who} from this account?")
    }

    pub(in super::super) fn was_reset(who: &str) -> String {
        format!("Two-factor authentication was reset for {who}.")
    }

    pub(in super::super) fn was_locked(who: &str) -> String {
        format!("{who} is locked.")
    }

    pub(in super::super) fn was_removed(who: &str) -> String {
        format!("{who} was removed.")
    }

    pub(in super::super) fn was_added(email: &str) -> String {
        format!("{email} was added.")
    }

    pub(in super::super) fn was_saved(email: &str) -> String {
        format!("{email} was saved.")
    }
}

pub(super) mod settings {
    use super::SecurityEffect;

    pub(in super::super) const TITLE: &str = "Settings";
    pub(in super::super) const SECURITY_SETTINGS: &str = "Security Settings";
    pub(in super::super) const SAVED: &str = "The settings were saved.";
    pub(in super::super) const TWO_FACTOR: &str = "Two-factor authentication (2FA)";
    pub(in super::super) const WHAT_IT_IS: &str = "A user enters a 6-digit code from an app on their phone beside the password. The code changes every 30 seconds and works once, so that a stolen password alone opens nothing. Each user sets the app up once, at their next log-in.";
    pub(in super::super) const APPS_THAT_WORK: &str =
        "Any app for time-based one-time codes (TOTP, RFC 6238) works, such as:";
    pub(in super::super) const ENABLE: &str = "Enable two-factor authentication (2FA)";
    pub(in super::super) const IS_REQUIRED: &str = "Every user needs a second factor.";
    pub(in super::super) const IS_NOT_REQUIRED: &str = "A second factor is not required.";
    pub(in super::super) const PASSWORD_EXPIRATION: &str = "Password expiration";
    pub(in super::super) const PASSWORDS_EXPIRE: &str = "Passwords expire";
    pub(in super::super) const NIST_ADVICE: &str = "NIST (SP 800-63B) advises against passwords that expire: people then choose weaker ones. Two-factor authentication protects better. If your rules ask for it, choose after how long a password must be replaced at log-in.";
    pub(in super::super) const ADDRESSES: &str = "Access restriction by address";
    pub(in super::super) const ADDRESSES_ADVICE: &str = "With a list, the account can be used from these addresses and networks only. Users can have a list of their own besides.";
    pub(in super::super) const ALLOWED: &str = "Allowed addresses";
    pub(in super::super) const ALLOWED_HINT: &str =
        "One a line, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32. Empty: from anywhere.";
    pub(in super::super) const LEAVES_YOU_OUT: &str = "Your own address is not on this list. Save it all the same?";
    pub(in super::super) const LEAVES_YOU_OUT_CONSEQUENCE: &str = "You will not get into this account from where you are now. Unless it is confirmed from an allowed address within 60 seconds, the change is undone by itself.";
    pub(in super::super) const MUST_BE_CONFIRMED: &str =
        "The new list is in force. Confirm that you still get in, or it will be undone by itself.";
    pub(in super::super) const KEEP: &str = "Keep these addresses";
    pub(in super::super) const KEPT: &str = "The list of addresses stays.";
    pub(in super::super) const SOMEBODY_WAS_FIRST: &str =
        "Another administrator has saved these settings meanwhile. Nothing of yours was saved yet.";
    pub(in super::super) const THEIRS: &str = "In force now";
    pub(in super::super) const MINE: &str = "Yours";
    pub(in super::super) const TAKE_THEIRS: &str = "Take theirs";
    pub(in super::super) const KEEP_MINE: &str = "Keep mine to save";

    /// What the requirement does, before it is saved.
    pub(in super::super) fn effect(effect: &SecurityEffect, required: bool) -> String {
        let SecurityEffect { users, set_up, to_be_asked, never_signed_in, .. } = effect;
        let now = format!("{set_up} of {users} users have it set up; {never_signed_in} have never logged in.");
        match (required, to_be_asked) {
            (true, 0) => format!("{now} Nobody has to set it up anew."),
            (true, 1) => format!("{now} 1 user will be asked at the next log-in. Nobody is logged out now."),
            (true, asked) => {
                format!("{now} {asked} users will be asked at their next log-in. Nobody is logged out now.")
            }
            (false, _) => format!("{now} Users who have it set up are still asked for a code."),
        }
    }

    pub(in super::super) fn expires(days: Option<u16>) -> String {
        days.map_or_else(|| "Never".to_owned(), |days| format!("After {days} days"))
    }

    pub(in super::super) fn addresses(list: &[String]) -> String {
        if list.is_empty() { "From anywhere".to_owned() } else { list.join(", ") }
    }

    pub(in super::super) fn own_address(address: &str) -> String {
        format!("You are at {address}.")
    }

    pub(in super::super) fn seconds_left(seconds: u32) -> String {
        format!("{seconds} s left")
    }
}

pub(super) mod reports {
    pub(in super::super) const REPORTS: &str = "Reports";
    pub(in super::super) const HISTORY: &str = "Login history";
    pub(in super::super) const ADMINISTRATION: &str = "Administration";
    pub(in super::super) const EXPORT: &str = "Export CSV";
    pub(in super::super) const SEARCH: &str = "Search user, address or result";
    pub(in super::super) const SEARCH_EVENTS: &str = "Search user or administrator";
    pub(in super::super) const USER: &str = "User";
    pub(in super::super) const WHEN: &str = "Date and time";
    pub(in super::super) const ADDRESS: &str = "Source address";
    pub(in super::super) const FACTOR: &str = "Factor";
    pub(in super::super) const RESULT: &str = "Result";
    pub(in super::super) const WHAT: &str = "What";
    pub(in super::super) const WHOM: &str = "Whom";
    pub(in super::super) const BY: &str = "By";
    pub(in super::super) const NOTHING: &str = "Nothing matches.";

    pub(in super::super) fn factor(factor: &str) -> &str {
        match factor {
            "password" => "Password",
            "totp" => "One-time code",
            other => other,
        }
    }

    pub(in super::super) fn result(result: &str) -> &str {
        match result {
            "signed_in" => "Logged in",
            "next_factor" => "Right, code asked for",
            "set_up" => "2FA set up, logged in",
            "stepped_up" => "Confirmed with a code",
            "replaced" => "Authenticator app replaced",
            "wrong_password" => "Wrong password",
            "locked" => "Locked",
            "wrong_code" => "Wrong code",
            "replayed" => "Code used before",
            "factor_unusable" => "Second factor unusable",
            "set_up_refused" => "Set-up refused",
            "address_refused" => "Address not allowed",
            other => other,
        }
    }

    pub(in super::super) fn what(what: &str) -> &str {
        match what {
            "two_factor_required" => "2FA required",
            "two_factor_not_required" => "2FA no longer required",
            "password_expiry_changed" => "Password expiration changed",
            "addresses_changed" => "Allowed addresses changed",
            "addresses_confirmed" => "Allowed addresses confirmed",
            "user_added" => "User added",
            "user_changed" => "User changed",
            "user_locked" => "User locked",
            "user_unlocked" => "User unlocked",
            "user_removed" => "User removed",
            "admin_granted" => "Made administrator",
            "admin_taken" => "No longer administrator",
            "two_factor_reset" => "2FA reset",
            "user_addresses_changed" => "User’s addresses changed",
            "invitation_accepted" => "Invitation accepted",
            other => other,
        }
    }
}

pub(super) mod security {
    pub(in super::super) const TITLE: &str = "My security";
    pub(in super::super) const AUTHENTICATOR: &str = "Authenticator app";
    pub(in super::super) const NO_APP: &str = "You have none. With one, a stolen password alone opens nothing.";
    pub(in super::super) const APP_SINCE: &str = "Set up since ";
    pub(in super::super) const SET_UP: &str = "Set up an app";
    pub(in super::super) const REPLACE: &str = "Replace the app";
    pub(in super::super) const REPLACE_ADVICE: &str = "Enter your password first. An app that you have now works until the new one is confirmed; your other sessions then end.";
    pub(in super::super) const YOUR_PASSWORD: &str = "Your password";
    pub(in super::super) const GO_ON: &str = "Go on";
    pub(in super::super) const CHECKING: &str = "Checking…";
    pub(in super::super) const APP_SET_UP: &str = "Your authenticator app is set up.";
    pub(in super::super) const SESSIONS: &str = "My sessions";
    pub(in super::super) const THIS_ONE: &str = "This one";
    pub(in super::super) const SINCE: &str = "since ";
    pub(in super::super) const SEEN: &str = "last seen ";
    pub(in super::super) const END: &str = "End";
    pub(in super::super) const END_OTHERS: &str = "End all others";
    pub(in super::super) const ENDED: &str = "The session was ended.";
    pub(in super::super) const OTHERS_ENDED: &str = "All other sessions were ended.";
}

pub(super) mod passwords {
    pub(in super::super) const CHANGE: &str = "Change password";
    pub(in super::super) const CHOOSE: &str = "Choose a new password";
    pub(in super::super) const CURRENT: &str = "Current password";
    pub(in super::super) const NEW: &str = "New password";
    pub(in super::super) const HINT: &str =
        "At least 12 characters. A few words that do not belong together are strong and easy to keep in mind.";
    pub(in super::super) const OTHERS_END: &str = "Your other sessions end.";
    pub(in super::super) const CHANGED: &str = "Your password was changed.";
    pub(in super::super) const SET: &str = "Set password";
    pub(in super::super) const SETTING: &str = "Setting…";
    pub(in super::super) const TEMPORARY: &str =
        "Your password was chosen by somebody else. Choose one that only you know.";
    pub(in super::super) const EXPIRED: &str =
        "Your account asks for a new password from time to time, and yours is due.";
    pub(in super::super) const FORGOTTEN: &str = "Forgotten password?";
    pub(in super::super) const FORGOTTEN_ADVICE: &str =
        "Enter the e-mail address that you log in with. A mail will bring you a link to a new password.";
    pub(in super::super) const SEND_LINK: &str = "Send link";
    pub(in super::super) const SENDING_LINK: &str = "Sending…";
    pub(in super::super) const ON_ITS_WAY: &str = "If there is a user of this name, a mail with a link is on its way. The link works once, for 30 minutes. Look into the spam folder too.";
    pub(in super::super) const BACK_TO_LOG_IN: &str = "Back to log-in";
}

pub(super) mod links {
    pub(in super::super) const DEAD: &str = "This link does not work";
    pub(in super::super) const DEAD_ADVICE: &str =
        "It was used before, or its time is over. You can ask for a new one, or ask your administrator.";
    pub(in super::super) const FIRST_RUN: &str = "Welcome";
    pub(in super::super) const FIRST_RUN_ADVICE: &str =
        "Create the first account and its administrator. Next, you set up an authenticator app.";
    pub(in super::super) const ACCOUNT_NAME: &str = "Name of the organisation";
    pub(in super::super) const YOUR_NAME: &str = "Your name";
    pub(in super::super) const PASSWORD: &str = "Password";
    pub(in super::super) const CREATE: &str = "Create";
    pub(in super::super) const CREATING: &str = "Creating…";
    pub(in super::super) const PASSWORD_FOR: &str = "For ";
    pub(in super::super) const INVITATION: &str = "Invitation";
    pub(in super::super) const JOIN: &str = "Join";
    pub(in super::super) const JOINING: &str = "Joining…";
    pub(in super::super) const JOINED: &str = "You are a member now.";

    pub(in super::super) fn invitation(account: &str, email: &str) -> String {
        format!("“{account}” asks {email} to join. If you do, its administrators see when and from where you log in.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_becomes_a_sentence() {
        assert_eq!(sentence("it is too short"), "It is too short.");
        assert_eq!(sentence("Done."), "Done.");
        assert_eq!(sentence(""), ".");
    }

    #[test]
    fn the_effect_of_a_requirement_is_told_in_numbers() {
        let effect =
            SecurityEffect { users: 10, set_up: 3, to_be_asked: 7, never_signed_in: 2, own_address: String::new() };
        assert_eq!(
            settings::effect(&effect, true),
            "3 of 10 users have it set up; 2 have never logged in. 7 users will be asked at their next log-in. Nobody is logged out now."
        );
    }
}
