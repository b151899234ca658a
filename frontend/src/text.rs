//! The texts of the log-in, of set-up and of the page after the log-in, except those in the HTML files. Plain and short: what
//! happened, and what to do.

pub(crate) mod alarm;
mod failures;
pub(crate) mod passkey;
mod recovery;
pub(crate) mod signed_in;

pub(crate) use failures::failure;
pub(crate) use recovery::{recovery_code, recovery_codes};

/// A paragraph of a disclosure: its first words, in bold, and the rest.
pub(crate) type Paragraph = (&'static str, &'static str);

pub(crate) const TRY_AGAIN: &str = "Try again";
pub(crate) const CANCEL: &str = "Cancel";

pub(crate) mod log_in {
    pub(crate) const TITLE: &str = "Log in";
}

pub(crate) mod code {
    use super::Paragraph;

    pub(crate) const TITLE: &str = "One-time code";
    pub(crate) const INTRO: &str = "Open your authenticator app and enter the digits that it shows for ";
    pub(crate) const NOT_NOW: &str = "Your passkey is not allowed, or too many codes were wrong. Use a recovery code, or ask for a reset of 2FA for ";
    pub(crate) const LABEL: &str = "One-time code";
    pub(crate) const SUBMIT: &str = "Log in";
    pub(crate) const BUSY: &str = "Logging in…";
    pub(crate) const RECOVERY: &str = "Use a recovery code";
    pub(crate) const NO_PHONE: &str = "Don’t have your phone with you?";
    pub(crate) const NO_PHONE_ADVICE: &[Paragraph] = &[
        (
            "Your app may also be on another device.",
            "Some apps sync their entries to a tablet, a second phone or a computer.",
        ),
        (
            "Lost or replaced your phone?",
            "Ask the administrator of your account to reset your two-factor authentication. You then set it up again at your next log-in.",
        ),
    ];
}

pub(crate) mod set_up {
    use postern_types::SetUpOccasion;

    use super::Paragraph;

    pub(crate) const TITLE: &str = "Configure your two-factor authentication";
    pub(crate) const WHY: &str = "Why is this needed?";
    pub(crate) const GET_APP: &str = "Get an authenticator app";
    /// Before each of [`APPS`], in a sentence that begins with [`GET_APP`].
    pub(crate) const BEFORE_APPS: [&str; 4] = [", such as ", ", ", ", ", " or "];
    pub(crate) const APPS: [(&str, &str); 4] = [
        ("Google Authenticator", "https://support.google.com/accounts/answer/1066447"),
        ("Authy", "https://www.authy.com/download/"),
        ("Duo Mobile", "https://duo.com/product/multi-factor-authentication-mfa/duo-mobile-app"),
        ("Aegis", "https://getaegis.app/"),
    ];
    pub(crate) const SCAN: &str = "Scan the QR code";
    pub(crate) const ADD: &str = "Add this portal to the app";
    pub(crate) const OR: &str = "or";
    pub(crate) const OR_COPY: &str = " copy this security key into the app.";
    pub(crate) const QR_LABEL: &str = "QR code of the security key shown next to it";
    pub(crate) const KEY_LABEL: &str = "Security key";
    pub(crate) const COPY: &str = "Copy";
    pub(crate) const COPIED: &str = "Copied";
    pub(crate) const COPY_REFUSED: &str =
        "The browser did not allow copying. The key is selected: press Ctrl+C, or ⌘C on a Mac.";
    pub(crate) const OPEN_IN_APP: &str = "Open in an app on this device";
    pub(crate) const OPEN: &str = "Open in an app";
    pub(crate) const SHOW_QR: &str = "Show the QR code";
    pub(crate) const SET_UP_CODE: &str = "Set-up code";
    pub(crate) const NOT_A_SET_UP_CODE: &str =
        "Enter the set-up code that your administrator gave you: 8 letters and digits.";
    pub(crate) const SET_UP_CODE_REFUSED: &str = "That set-up code was not accepted. Check it, or ask your administrator for a new one: it works once, within 24 hours.";
    pub(crate) const LABEL: &str = "Enter the new 6-digit code from the app";
    pub(crate) const SUBMIT: &str = "Confirm code";
    pub(crate) const BUSY: &str = "Confirming…";
    pub(crate) const HELP: &str = "Help";
    pub(crate) const HELP_ADVICE: &[Paragraph] = &[
        (
            "Which apps work?",
            "Any app for time-based one-time codes with 6 digits (TOTP, RFC 6238). Install it on your phone.",
        ),
        (
            "Your phone’s clock is wrong.",
            "Codes depend on the time. Turn on automatic date and time: on an iPhone under Settings, General, Date & Time; on Android under Settings, System, Date & time.",
        ),
        ("The app lists this portal twice.", "Enter the code of the new entry, which is usually the last one."),
        ("The code has just changed.", "A code works once, for about a minute. Wait for the next one and enter that."),
        (
            "The camera does not work, or cannot read the QR code.",
            "Choose “Enter a setup key” in the app and type the security key. Spaces and capital letters do not matter. If the app asks for the type of key, choose “Time based”.",
        ),
        (
            "You have no phone.",
            "Authenticator apps for computers and tablets work too. If you cannot use any, ask the administrator of your account.",
        ),
    ];

    pub(crate) const OLD_ENTRY: &str =
        "That code comes from the old entry in your app. Delete that entry, then enter the code of the new one.";
    pub(crate) const ALGORITHM: &str = "Your app uses another algorithm, SHA-256 or SHA-512. Set the algorithm of the new entry to SHA-1, or delete the entry and scan the QR code again.";
    pub(crate) const DIGITS: &str = "Your app shows 8 digits, but this portal’s codes have 6. Set the new entry to 6 digits, or delete it and scan the QR code again.";
    pub(crate) const PERIOD: &str = "Your app shows a new code every 60 seconds, but it should do so every 30. Set the period of the new entry to 30 seconds, or delete the entry and scan the QR code again.";
    pub(crate) const MISTYPED_KEY: &str = "The security key was entered wrongly: a character is wrong or missing. Delete the new entry, then scan the QR code, or copy the key instead of typing it.";

    /// The phone's clock is wrong: it is ahead by so many seconds, or behind if the number is negative.
    pub(crate) fn phone_clock(ahead_s: i32) -> String {
        let (time, wrong) = (length(ahead_s), if ahead_s > 0 { "fast" } else { "slow" });
        format!(
            "Your phone’s clock is about {time} {wrong}. Turn on automatic date and time in its settings, then enter a new code."
        )
    }

    /// The server's clock is wrong: the phone and this device are ahead of it by so many seconds, or behind if the number is negative.
    pub(crate) fn server_clock(ahead_s: i32) -> String {
        let (time, wrong) = (length(ahead_s), if ahead_s > 0 { "slow" } else { "fast" });
        format!(
            "The server’s clock seems to be about {time} {wrong}, because your phone and this device agree on another time. Tell the operator of the portal. If the app is on this device, check this device’s date and time first."
        )
    }

    /// The code was entered late: it is behind by so many seconds, a negative number.
    pub(crate) fn entered_late(ahead_s: i32) -> String {
        format!(
            "That code is from about {} ago. Enter the one that the app shows now. If it is refused too, your phone’s clock is slow: turn on automatic date and time in its settings.",
            length(ahead_s)
        )
    }

    /// A length of time, to the minute.
    fn length(seconds: i32) -> String {
        match seconds.unsigned_abs() {
            ..45 => "30 seconds".to_owned(),
            45..=90 => "1 minute".to_owned(),
            seconds => format!("{} minutes", (seconds + 30) / 60),
        }
    }

    /// Who asks for a second factor.
    pub(crate) fn reason(accounts: &[String]) -> String {
        let who = match accounts {
            [] => "This portal asks".into(),
            [one] => format!("Your account “{one}” asks"),
            many => format!("Your accounts “{}” ask", many.join("”, “")),
        };
        who + " everyone to prove who they are in two ways. A stolen password alone is then not enough to log in."
    }

    /// Who gives a set-up code.
    pub(crate) fn set_up_code_hint(accounts: &[String]) -> String {
        let whose = match accounts {
            [] => "your account".into(),
            many => format!("“{}”", many.join("” or “")),
        };
        format!(
            "An administrator of {whose} gives you this code. It works once, within 24 hours. If you have none, ask for one."
        )
    }

    /// What to do with an older entry of the same name in the app, if there may be one: confusing the two is the most common
    /// cause of a refused code.
    pub(crate) fn old_entry(occasion: SetUpOccasion, issuer: &str, label: &str) -> Option<String> {
        match occasion {
            SetUpOccasion::First => None,
            SetUpOccasion::AfterReset => Some(format!(
                "The entry “{issuer}” for {label} that your app may still have no longer works. Delete it, so that you do not confuse it with the new one."
            )),
            SetUpOccasion::Replacement => Some(format!(
                "Keep the old entry “{issuer}” for {label} until the new code is confirmed: it works until then."
            )),
        }
    }
}

pub(crate) mod unreachable {
    use crate::flow::Failure;

    pub(crate) const TITLE: &str = "Temporarily unavailable";
    pub(crate) const BUSY: &str = "Trying…";

    /// The heading, and the label of the button.
    pub(crate) const fn title_and_button(failure: &Failure) -> (&'static str, &'static str) {
        if failure.is_another_user() { ("Somebody else has logged in", "Reload") } else { (TITLE, super::TRY_AGAIN) }
    }
}

/// When a log-in that was begun expires.
pub(crate) fn time_left(until: &str) -> String {
    format!("You have until {until} to finish logging in.")
}

/// The same, when it is nearly over.
pub(crate) fn little_time_left(until: &str) -> String {
    format!("Less than 2 minutes left: at {until} this log-in expires, and you have to start again.")
}

/// How long to wait, read out once by screen readers.
pub(crate) fn wait(seconds: u32) -> String {
    match seconds {
        1 => "Wait 1 second, then try again.".into(),
        0..=90 => format!("Wait {seconds} seconds, then try again."),
        _ => format!("Wait {} minutes, then try again.", seconds.div_ceil(60)),
    }
}

/// How long to wait, counted down on the screen.
pub(crate) fn countdown(seconds: u32) -> String {
    match seconds {
        0 => "You can try again now.".into(),
        _ => format!("Try again in {}:{:02}.", seconds / 60, seconds % 60),
    }
}

/// When the app shows its next code.
pub(crate) fn next_code(seconds: u32) -> String {
    match seconds {
        0 => "The app shows a new code now.".into(),
        1 => "The app shows a new code in 1 second.".into(),
        _ => format!("The app shows a new code in {seconds} seconds."),
    }
}

/// The clocks of the browser and the server differ, so the phone's may be wrong as well.
pub(crate) fn clocks_differ(here: &str, server: &str) -> String {
    format!(
        "The clock of this device shows {here}, but the server’s clock shows {server}. If your phone’s clock is wrong too, its codes are not accepted: turn on automatic date and time in its settings."
    )
}

/// What helps after the server's clock was set back.
pub(crate) fn clock_set_back(until: &str) -> String {
    format!(
        "Codes work again after {until}. To log in before then, ask the administrator of your account to reset your two-factor authentication."
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_so_many_minutes_fast_or_slow() {
        assert!(set_up::phone_clock(-180).starts_with("Your phone’s clock is about 3 minutes slow."));
        assert!(set_up::phone_clock(60).starts_with("Your phone’s clock is about 1 minute fast."));
        assert!(set_up::phone_clock(30).contains("30 seconds fast"));
        assert!(set_up::server_clock(600).contains("server’s clock seems to be about 10 minutes slow"));
        assert!(set_up::server_clock(-3600).contains("about 60 minutes fast"));
    }

    #[test]
    fn a_wait_is_counted_down_in_minutes_and_seconds() {
        assert_eq!(countdown(72), "Try again in 1:12.");
        assert_eq!(countdown(5), "Try again in 0:05.");
        assert_eq!(countdown(0), "You can try again now.");
    }

    #[test]
    fn a_wait_is_read_out_in_the_singular_and_the_plural() {
        assert_eq!(wait(1), "Wait 1 second, then try again.");
        assert_eq!(wait(2), "Wait 2 seconds, then try again.");
        assert_eq!(wait(91), "Wait 2 minutes, then try again.");
    }

    #[test]
    fn the_next_code_is_counted_down_in_the_singular_and_the_plural() {
        assert_eq!(next_code(2), "The app shows a new code in 2 seconds.");
        assert_eq!(next_code(1), "The app shows a new code in 1 second.");
        assert_eq!(next_code(0), "The app shows a new code now.");
    }

    #[test]
    fn the_old_entry_is_deleted_only_where_it_is_dead() {
        use postern_types::SetUpOccasion::{AfterReset, First, Replacement};
        let advice = |occasion| set_up::old_entry(occasion, "Postern", "ada@example.com");
        assert_eq!(advice(First), None);
        assert!(advice(AfterReset).unwrap().contains("Delete it"));
        let replacement = advice(Replacement).unwrap();
        assert!(
            replacement.starts_with("Keep the old entry “Postern” for ada@example.com until the new code is confirmed")
        );
        assert!(!replacement.to_lowercase().contains("delete"));
    }

    #[test]
    fn every_account_that_asks_for_a_second_factor_is_named() {
        let reason = |names: &[&str]| set_up::reason(&names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert!(reason(&["Acme"]).starts_with("Your account “Acme” asks everyone"));
        assert!(reason(&["Acme", "Bolt"]).starts_with("Your accounts “Acme”, “Bolt” ask everyone"));
    }
}
