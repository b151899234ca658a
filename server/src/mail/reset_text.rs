//! What the mails about a reset of two-factor authentication say.

use postern_types::ResetPolicy;

use super::Stopped;
use crate::clock::{UnixTime, in_words as time};

pub(super) fn reset_done(by: &str, at: UnixTime, set_up_code: bool) -> Vec<String> {
    let done = [
        format!("{by} reset your two-factor authentication on {}. You were logged out everywhere.", time(at)),
        "Your authenticator app and your passkeys no longer work here. At your next log-in, you may be asked to set up a second factor \
         again. Then delete the old entry from the app."
            .to_owned(),
    ];
    let code = set_up_code.then(|| {
        "To set it up, you need a set-up code. Whoever reset it gives it to you, in person or by telephone: it is in no e-mail. It \
         works once, within 24 hours of the reset."
            .to_owned()
    });
    done.into_iter().chain(code).collect()
}

/// For whoever asked.
pub(super) fn reset_done_for(user: &str, at: UnixTime, set_up_code: bool) -> Vec<String> {
    let done = format!("As you requested, the two-factor authentication of {user} was reset on {}.", time(at));
    let next = if set_up_code {
        "The set-up code that you were shown works from now on, for 24 hours. Give it to the user in person or by telephone. If you no \
         longer have it, create a new one under Users in the console."
    } else {
        "At the next log-in, the user may be asked to set up a second factor again."
    };
    vec![done, next.to_owned()]
}

pub(super) fn reset_asked(by: &str, at: UnixTime, not_before: Option<UnixTime>) -> Vec<String> {
    let asked = format!(
        "On {}, {by} requested a reset of your two-factor authentication. The reset removes your authenticator app and your passkeys, \
         and logs you out everywhere. At your next log-in you may be asked to set up a second factor again.",
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

pub(super) fn reset_to_approve(
    user: &str,
    by: Option<&str>,
    at: UnixTime,
    until: UnixTime,
    has_link: bool,
) -> Vec<String> {
    let by = by.unwrap_or("an administrator of another account");
    let place = if has_link { "here, under Reset requests:" } else { "under Users in the console." };
    vec![
        format!(
            "On {}, {by} requested a reset of two-factor authentication for {user}. The reset removes the second factor and logs \
             the user out everywhere.",
            time(at)
        ),
        format!(
            "The reset will be carried out only if you or another administrator of your account approves it by {}.",
            time(until)
        ),
        format!(
            "First make sure, by telephone or in person, that the user wants it. Then approve or refuse it {place}"
        ),
    ]
}

/// `None` for the user's own mail.
pub(super) fn reset_stopped(user: Option<&String>, at: UnixTime, why: Stopped) -> String {
    let at = time(at);
    let whose = user.map_or_else(
        || "your two-factor authentication".to_owned(),
        |user| format!("the two-factor authentication of {user}"),
    );
    let who = match (why, user) {
        (Stopped::Cancelled, None) => "you cancelled",
        (Stopped::Cancelled, Some(_)) => "the user cancelled",
        (Stopped::Refused, _) => "an administrator refused",
        (Stopped::Withdrawn, None) => "the administrator who requested it withdrew",
        (Stopped::Withdrawn, Some(_)) => "you withdrew",
        (Stopped::Expired, _) => return format!("On {at}, the request to reset {whose} expired. Nothing was changed."),
    };
    format!("On {at}, {who} the request to reset {whose}. Nothing was changed.")
}

pub(super) fn reset_policy_changed(account: &str, by: &str, at: UnixTime, policy: ResetPolicy) -> Vec<String> {
    let needs = [
        (policy.set_up_code, "a set-up code".to_owned()),
        (policy.second_administrator, "the approval of a second administrator".to_owned()),
        (policy.delay_h > 0, format!("a delay of {} hours, in which the user can cancel it", policy.delay_h)),
    ];
    let needs: Vec<String> = needs.into_iter().filter_map(|(is_needed, what)| is_needed.then_some(what)).collect();
    let changed =
        format!("On {}, {by} changed what a reset of two-factor authentication needs in {account}.", time(at));
    if needs.is_empty() {
        return vec![changed, "From now on, any administrator can reset a user without anything else.".to_owned()];
    }
    vec![changed, format!("From now on, a reset needs {}.", needs.join(", and "))]
}
