//! What the mails about a reset of two-factor authentication say.

use crate::clock::{UnixTime, in_words as time};

pub(super) fn reset_done(by: &str, at: UnixTime) -> Vec<String> {
    vec![
        format!("{by} reset your two-factor authentication on {}. You were logged out everywhere.", time(at)),
        "At your next log-in you will be asked to set up an authenticator app. Then delete the old entry from the app: its \
         codes no longer work."
            .to_owned(),
    ]
}

pub(super) fn reset_asked(by: &str, at: UnixTime, not_before: Option<UnixTime>) -> Vec<String> {
    let asked = format!(
        "On {}, {by} requested a reset of your two-factor authentication. The reset removes your authenticator app and logs you out \
         everywhere. At your next log-in you will be asked to set up an app again.",
        time(at)
    );
    let Some(not_before) = not_before else {
        return vec![
            asked,
            "The reset will be carried out as soon as every approval that it needs has been given.".to_owned(),
        ];
    };
    let until = format!(
        "The reset will not be carried out before {}. If you do not want it, cancel it with this link, which works until the reset \
         is carried out:",
        time(not_before)
    );
    vec![asked, until]
}

pub(super) fn reset_to_approve(user: &str, by: Option<&str>, at: UnixTime, until: UnixTime) -> Vec<String> {
    let by = by.unwrap_or("an administrator of another account");
    vec![
        format!(
            "On {}, {by} requested a reset of two-factor authentication for {user}. The reset removes the second factor and logs \
             the user out everywhere.",
            time(at)
        ),
        format!(
            "The reset is carried out only if you or another administrator of your account approves it by {}.",
            time(until)
        ),
    ]
}

/// `None` for the user's own mail.
pub(super) fn reset_stopped(user: Option<&String>, at: UnixTime, by_user: bool) -> String {
    let (who, what) = match (user, by_user) {
        (None, true) => ("you cancelled", "your two-factor authentication".to_owned()),
        (None, false) => ("an administrator refused", "your two-factor authentication".to_owned()),
        (Some(user), true) => ("the user cancelled", format!("the two-factor authentication of {user}")),
        (Some(user), false) => ("an administrator refused", format!("the two-factor authentication of {user}")),
    };
    format!("On {}, {who} the request to reset {what}. Nothing was changed.", time(at))
}
