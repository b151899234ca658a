//! The texts of one's own passkeys, and of an account's settings for them.

use postern_types::{MyPasskeys, PasskeyPolicy, SecurityEffect};

use super::count::count;

pub(in crate::console) const TITLE: &str = "Passkeys";
pub(in crate::console) const NONE: &str = "You have no passkeys. With a passkey, you log in with your fingerprint, your face or the PIN of your device, and it cannot be phished.";
pub(in crate::console) const NOT_ALLOWED: &str = "An account that you belong to does not allow passkeys.";
pub(in crate::console) const SECOND_FACTOR: &str =
    "An account that you belong to allows passkeys only after the password.";
pub(in crate::console) const NOT_HERE: &str =
    "This portal cannot use passkeys, because its address is an IP address. Use an authenticator app.";
pub(in crate::console) const ADDED: &str = "Added ";
pub(in crate::console) const USED: &str = "last used ";
pub(in crate::console) const NEVER_USED: &str = "not used yet";
pub(in crate::console) const SYNCED: &str = "Synced";
pub(in crate::console) const THIS_DEVICE: &str = "This device only";
pub(in crate::console) const NOT_SYNCED_YET: &str = "Not synced yet";
pub(in crate::console) const ADD: &str = "Add a passkey";
pub(in crate::console) const ADD_ADVICE: &str = "When you continue, your browser asks where to store the passkey: on this device, on a phone, or on a security key.";
pub(in crate::console) const PASSWORD_ADVICE: &str =
    "You have no second factor yet, so enter your password first. Your other sessions end when the passkey is added.";
pub(in crate::console) const NAME: &str = "Name";
pub(in crate::console) const NAME_HINT: &str = "Enter a name that you will recognise. If you leave this empty, the passkey is named after the place where it is stored, such as “iCloud Keychain” or “Security key”.";
pub(in crate::console) const CONTINUE: &str = "Continue";
pub(in crate::console) const WAITING: &str = "Waiting…";
pub(in crate::console) const RENAME: &str = "Rename";
pub(in crate::console) const RENAME_TITLE: &str = "Rename passkey";
pub(in crate::console) const REMOVE: &str = "Remove";
pub(in crate::console) const REMOVE_CONSEQUENCE: &str =
    "It no longer logs you in, and your other sessions end. If your device still offers it, delete it there, too.";
pub(in crate::console) const LAST_CONSEQUENCE: &str = "It is your only second factor: after that, your password alone logs you in. Your other sessions end. If your device still offers it, delete it there, too.";
pub(in crate::console) const RENAMED: &str = "The passkey was renamed.";

pub(in crate::console) const WHAT_THEY_ARE: &str = "Users can log in with their fingerprint, their face, or the PIN of their phone, computer or security key. Unlike a one-time code, a passkey cannot be entered on a fake page.";
pub(in crate::console) const CHOICE: &str = "How users of this account can use passkeys";
pub(in crate::console) const STRICTEST: &str = "If a user belongs to several accounts, the strictest setting applies. Passkeys that are not allowed are kept, and work again once they are allowed.";

pub(in crate::console) const FORBID: &str = "Stop allowing passkeys?";

/// Whom it keeps out if passkeys are no longer allowed.
pub(in crate::console) fn forbid_consequence(effect: Option<&SecurityEffect>) -> String {
    let who = match effect.map(|effect| (effect.passkeys_alone, effect.own_passkeys_alone)) {
        None => "Users who have no other second factor".to_owned(),
        Some((1, true)) => "You have no other second factor. You".to_owned(),
        Some((alone, own)) => {
            let you = if own { ", and you are one of them. They" } else { ". They" };
            let have = if alone == 1 { "has" } else { "have" };
            format!("{} {have} no other second factor{you}", count(alone, "user", "users"))
        }
    };
    format!("{who} will need a recovery code or a reset to log in.")
}

pub(in crate::console) fn full() -> String {
    format!("You have {} passkeys, which is the maximum. Remove one to add another.", MyPasskeys::MOST)
}

pub(in crate::console) fn was_added(name: &str) -> String {
    format!("The passkey “{name}” was added.")
}

pub(in crate::console) fn was_removed(name: &str) -> String {
    format!("The passkey “{name}” was removed.")
}

pub(in crate::console) fn remove_question(name: &str) -> String {
    format!("Remove the passkey “{name}”?")
}

/// The setting in a few words.
pub(in crate::console) const fn policy(policy: PasskeyPolicy) -> &'static str {
    match policy {
        PasskeyPolicy::NotAllowed => "Not allowed",
        PasskeyPolicy::SecondFactor => "As a second factor",
        PasskeyPolicy::WithoutPassword => "Also without a password",
    }
}

/// What the setting means.
pub(in crate::console) const fn policy_meaning(policy: PasskeyPolicy) -> &'static str {
    match policy {
        PasskeyPolicy::NotAllowed => {
            "Users log in with their password and, if they have set one up, an authenticator app. Those whose only second factor is a passkey need a recovery code or a reset."
        }
        PasskeyPolicy::SecondFactor => "After the password, instead of a one-time code.",
        PasskeyPolicy::WithoutPassword => {
            "Also instead of password and code: the device checks who uses it, so a passkey alone counts as two factors."
        }
    }
}

/// The second factors of a user.
pub(in crate::console) fn factors(app: bool, passkeys: u32) -> String {
    let app = app.then(|| "app".to_owned());
    let passkeys = (passkeys > 0).then(|| count(u64::from(passkeys), "passkey", "passkeys"));
    app.into_iter().chain(passkeys).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whom_a_setting_keeps_out_is_said_before() {
        let effect = |passkeys_alone, own_passkeys_alone| SecurityEffect {
            users: 9,
            set_up: 5,
            to_be_asked: 4,
            never_signed_in: 0,
            passkeys_alone,
            own_passkeys_alone,
            own_address: String::new(),
        };
        let words = |alone, own| forbid_consequence(Some(&effect(alone, own)));
        assert_eq!(
            words(1, true),
            "You have no other second factor. You will need a recovery code or a reset to log in."
        );
        assert_eq!(
            words(1, false),
            "1 user has no other second factor. They will need a recovery code or a reset to log in."
        );
        assert_eq!(
            words(3, true),
            "3 users have no other second factor, and you are one of them. They will need a recovery code or a reset to log in."
        );
    }

    #[test]
    fn the_factors_of_a_user_are_listed() {
        assert_eq!(factors(true, 2), "app, 2 passkeys");
        assert_eq!(factors(false, 1), "1 passkey");
        assert_eq!(factors(true, 0), "app");
        assert_eq!(factors(false, 0), "");
    }
}
