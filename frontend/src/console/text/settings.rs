//! The texts of an account's security settings.

use postern_types::SecurityEffect;

use super::count::count;

pub(in crate::console) const TITLE: &str = "Settings";
pub(in crate::console) const SECURITY_SETTINGS: &str = "Security Settings";
pub(in crate::console) const SAVED: &str = "The settings were saved.";
pub(in crate::console) const TWO_FACTOR: &str = "Two-factor authentication (2FA)";
pub(in crate::console) const WHAT_IT_IS: &str = "Besides the password, users enter a 6-digit code from an app on their phone. The code changes every 30 seconds and works once, so a stolen password alone is not enough to log in. Each user sets up the app once, at their next log-in. A passkey can take the place of the app.";
pub(in crate::console) const APPS_THAT_WORK: &str =
    "Any app for time-based one-time codes (TOTP, RFC 6238) works, such as:";
pub(in crate::console) const ENABLE: &str = "Enable two-factor authentication (2FA)";
pub(in crate::console) const END_SESSIONS: &str = "Also end all sessions that began without a second factor";
pub(in crate::console) const TURN_OFF: &str = "Stop requiring two-factor authentication in this account?";
pub(in crate::console) const IS_REQUIRED: &str = "Every user needs a second factor.";
pub(in crate::console) const IS_NOT_REQUIRED: &str = "A second factor is not required.";
pub(in crate::console) const PASSWORD_EXPIRATION: &str = "Password expiration";
pub(in crate::console) const PASSWORDS_EXPIRE: &str = "Passwords expire";
pub(in crate::console) const NIST_ADVICE: &str = "NIST (SP 800-63B) advises against passwords that expire, because people then choose weaker ones. Two-factor authentication gives better protection. If your policies require expiration, choose after how many days users must replace their password at log-in.";
pub(in crate::console) const ADDRESSES: &str = "Access restriction by address";
pub(in crate::console) const ADDRESSES_ADVICE: &str = "If this list has entries, the account can only be used from these addresses and networks. Users can also have a list of their own.";
pub(in crate::console) const ALLOWED: &str = "Allowed addresses";
pub(in crate::console) const ALLOWED_HINT: &str =
    "One per line, such as 192.0.2.7, 192.0.2.0/24 or 2001:db8::/32. Leave empty to allow every address.";
pub(in crate::console) const LEAVES_YOU_OUT: &str = "Your own address is not on this list. Save it anyway?";
pub(in crate::console) const LEAVES_YOU_OUT_CONSEQUENCE: &str = "You will not be able to use this account from your current address. Unless the change is confirmed from an allowed address within 60 seconds, it is undone automatically.";
pub(in crate::console) const MUST_BE_CONFIRMED: &str =
    "The new list is in force. Confirm that you still have access, or the change is undone automatically.";
pub(in crate::console) const UNDONE: &str = "The change was not confirmed in time, so the previous list is in force again. Your list is still below: correct it and save again.";
pub(in crate::console) const KEEP: &str = "Keep these addresses";
pub(in crate::console) const KEPT: &str = "The new address list was confirmed.";
pub(in crate::console) const SOMEBODY_WAS_FIRST: &str =
    "Another administrator has changed these settings in the meantime. Your changes have not been saved yet.";
pub(in crate::console) const THEIRS: &str = "Current settings";
pub(in crate::console) const MINE: &str = "Your changes";
pub(in crate::console) const TAKE_THEIRS: &str = "Use the current settings";
pub(in crate::console) const KEEP_MINE: &str = "Keep my changes";

/// What requiring a second factor means for the users, shown before it is saved.
pub(in crate::console) fn effect(effect: &SecurityEffect, required: bool) -> String {
    let SecurityEffect { users, set_up, to_be_asked, never_signed_in, .. } = effect;
    let users = count(*users, "user", "users");
    let now = format!("Set up by {set_up} of {users}. Never logged in: {never_signed_in}.");
    match (required, to_be_asked) {
        (true, 0) => format!("{now} Nobody will be asked to set it up."),
        (true, 1) => format!("{now} 1 user will be asked to set it up at the next log-in."),
        (true, asked) => format!("{now} {asked} users will be asked to set it up at their next log-in."),
        (false, _) => format!("{now} Users who have it set up are still asked for their second factor."),
    }
}

/// What no longer requiring a second factor means for the users.
pub(in crate::console) fn turn_off_consequence(effect: Option<&SecurityEffect>) -> String {
    let without = match effect.map(|effect| (effect.to_be_asked, effect.users)) {
        None => "Users who have not set it up can then log in with their password alone.".to_owned(),
        Some((0, _)) => "All users have set it up. New users can then log in with their password alone.".to_owned(),
        Some((without, users)) => {
            let have = if without == 1 { "has" } else { "have" };
            format!(
                "{without} of {} {have} not set it up and can then log in with a password alone.",
                count(users, "user", "users")
            )
        }
    };
    format!("{without} Users who have it set up are still asked for their second factor.")
}

/// The setting in a word.
pub(in crate::console) const fn on_or_off(on: bool) -> &'static str {
    if on { "On" } else { "Off" }
}

pub(in crate::console) fn expires_or_off(days: Option<u16>) -> String {
    days.map_or_else(|| on_or_off(false).to_owned(), |days| format!("After {days} days"))
}

/// How many addresses and networks are allowed.
pub(in crate::console) fn entries(number: usize) -> String {
    match number {
        0 => on_or_off(false).to_owned(),
        1 => "1 entry".to_owned(),
        _ => format!("{number} entries"),
    }
}

pub(in crate::console) fn expires(days: Option<u16>) -> String {
    days.map_or_else(|| "Never".to_owned(), |days| format!("After {days} days"))
}

pub(in crate::console) fn addresses(list: &[String]) -> String {
    if list.is_empty() { "From anywhere".to_owned() } else { list.join(", ") }
}

pub(in crate::console) fn own_address(address: &str) -> String {
    format!("Your current address is {address}.")
}

pub(in crate::console) fn seconds_left(seconds: u32) -> String {
    format!("{} left", count(u64::from(seconds), "second", "seconds"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_effect_of_a_requirement_is_shown_in_numbers() {
        let numbers = SecurityEffect {
            users: 10,
            set_up: 3,
            to_be_asked: 7,
            never_signed_in: 2,
            passkeys_alone: 0,
            own_passkeys_alone: false,
            own_address: String::new(),
        };
        assert_eq!(
            effect(&numbers, true),
            "Set up by 3 of 10 users. Never logged in: 2. 7 users will be asked to set it up at their next log-in."
        );
        assert_eq!(
            turn_off_consequence(Some(&numbers)),
            "7 of 10 users have not set it up and can then log in with a password alone. Users who have it set up are still asked for their second factor."
        );
    }
}
