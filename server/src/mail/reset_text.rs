//! What the mails about a reset of two-factor authentication say.

use crate::clock::{UnixTime, in_words as time};

pub(super) fn reset_done(by: &str, at: UnixTime) -> Vec<String> {
    vec![
        format!("{by} reset your two-factor authentication on {}. You were logged out everywhere.", time(at)),
        "Your authenticator app and your passkeys no longer work here. At your next log-in you may be asked to set up a second factor \
         again. Then delete the old entry from the app."
            .to_owned(),
    ]
}

pub(super) fn reset_asked(by: &str, at: UnixTime, not_before: Option<UnixTime>) -> Vec<String> {
    let asked = format!(
        "{by} asked on {} to reset your two-factor authentication. The reset removes your authenticator app and your \
         passkeys, and logs you out everywhere. At your next log-in you may be asked to set up a second factor again.",
        time(at)
    );
    let Some(not_before) = not_before else {
        return vec![asked, "It is done as soon as every administrator who has to approve it has done so.".to_owned()];
    };
    let until = format!(
        "It is not done before {}. If you do not want it, cancel it with this link, which works until the reset is done:",
        time(not_before)
    );
    vec![asked, until]
}

pub(super) fn reset_to_approve(user: &str, by: Option<&str>, at: UnixTime, until: UnixTime) -> Vec<String> {
    let by = by.unwrap_or("An administrator of another account");
    vec![
        format!(
            "{by} asked on {} to reset the two-factor authentication of {user}. The reset removes the second factor and logs the \
             user out everywhere.",
            time(at)
        ),
        format!("It is done only if you or another administrator of your account approves it by {}.", time(until)),
    ]
}

/// `None` for the user's own mail.
pub(super) fn reset_stopped(user: Option<&String>, at: UnixTime, by_user: bool) -> String {
    let (who, whose) = match (user, by_user) {
        (None, true) => ("You cancelled", "your".to_owned()),
        (None, false) => ("An administrator refused", "your".to_owned()),
        (Some(user), true) => ("The user cancelled", format!("{user}'s")),
        (Some(user), false) => ("An administrator refused", format!("{user}'s")),
    };
    format!("{who} the request to reset {whose} two-factor authentication on {}. Nothing was changed.", time(at))
}
