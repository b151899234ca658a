//! An account's security settings.

use postern_types::SecurityEffect;

pub(in crate::console) const TITLE: &str = "Settings";
pub(in crate::console) const SECURITY_SETTINGS: &str = "Security Settings";
pub(in crate::console) const SAVED: &str = "The settings were saved.";
pub(in crate::console) const TWO_FACTOR: &str = "Two-factor authentication (2FA)";
pub(in crate::console) const WHAT_IT_IS: &str = "A user enters a 6-digit code from an app on their phone beside the password. The code changes every 30 seconds and works once, so that a stolen password alone opens nothing. Each user sets the app up once, at their next log-in.";
pub(in crate::console) const APPS_THAT_WORK: &str =
    "Any app for time-based one-time codes (TOTP, RFC 6238) works, such as:";
pub(in crate::console) const ENABLE: &str = "Enable two-factor authentication (2FA)";
pub(in crate::console) const END_SESSIONS: &str = "Also log out everybody who has not shown a second factor";
pub(in crate::console) const IS_REQUIRED: &str = "Every user needs a second factor.";
pub(in crate::console) const IS_NOT_REQUIRED: &str = "A second factor is not required.";
pub(in crate::console) const PASSWORD_EXPIRATION: &str = "Password expiration";
pub(in crate::console) const PASSWORDS_EXPIRE: &str = "Passwords expire";
pub(in crate::console) const NIST_ADVICE: &str = "NIST (SP 800-63B) advises against passwords that expire: people then choose weaker ones. Two-factor authentication protects better. If your rules ask for it, choose after how long a password must be replaced at log-in.";
pub(in crate::console) const ADDRESSES: &str = "Access restriction by address";
pub(in crate::console) const ADDRESSES_ADVICE: &str = "With a list, the account can be used from these addresses and networks only. Users can have a list of their own besides.";
pub(in crate::console) const ALLOWED: &str = "Allowed addresses";
pub(in crate::console) const ALLOWED_HINT: &str =
    "One a line, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32. Empty: from anywhere.";
pub(in crate::console) const LEAVES_YOU_OUT: &str = "Your own address is not on this list. Save it all the same?";
pub(in crate::console) const LEAVES_YOU_OUT_CONSEQUENCE: &str = "You will not get into this account from where you are now. Unless it is confirmed from an allowed address within 60 seconds, the change is undone by itself.";
pub(in crate::console) const MUST_BE_CONFIRMED: &str =
    "The new list is in force. Confirm that you still get in, or it will be undone by itself.";
pub(in crate::console) const KEEP: &str = "Keep these addresses";
pub(in crate::console) const KEPT: &str = "The list of addresses stays.";
pub(in crate::console) const SOMEBODY_WAS_FIRST: &str =
    "Another administrator has saved these settings meanwhile. Nothing of yours was saved yet.";
pub(in crate::console) const THEIRS: &str = "In force now";
pub(in crate::console) const MINE: &str = "Yours";
pub(in crate::console) const TAKE_THEIRS: &str = "Take theirs";
pub(in crate::console) const KEEP_MINE: &str = "Keep mine to save";

/// What the requirement does, before it is saved.
pub(in crate::console) fn effect(effect: &SecurityEffect, required: bool) -> String {
    let SecurityEffect { users, set_up, to_be_asked, never_signed_in, .. } = effect;
    let now = format!("{set_up} of {users} users have it set up; {never_signed_in} have never logged in.");
    match (required, to_be_asked) {
        (true, 0) => format!("{now} Nobody has to set it up anew."),
        (true, 1) => format!("{now} 1 user will be asked at the next log-in."),
        (true, asked) => {
            format!("{now} {asked} users will be asked at their next log-in.")
        }
        (false, _) => format!("{now} Users who have it set up are still asked for a code."),
    }
}

pub(in crate::console) fn expires(days: Option<u16>) -> String {
    days.map_or_else(|| "Never".to_owned(), |days| format!("After {days} days"))
}

pub(in crate::console) fn addresses(list: &[String]) -> String {
    if list.is_empty() { "From anywhere".to_owned() } else { list.join(", ") }
}

pub(in crate::console) fn own_address(address: &str) -> String {
    format!("You are at {address}.")
}

pub(in crate::console) fn seconds_left(seconds: u32) -> String {
    format!("{seconds} s left")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effect_of_a_requirement_is_told_in_numbers() {
        let numbers =
            SecurityEffect { users: 10, set_up: 3, to_be_asked: 7, never_signed_in: 2, own_address: String::new() };
        assert_eq!(
            effect(&numbers, true),
            "3 of 10 users have it set up; 2 have never logged in. 7 users will be asked at their next log-in."
        );
    }
}
