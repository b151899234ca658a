//! The texts of resets of second factors: open requests, and set-up codes.

use postern_types::ResetPolicy;

use super::count::count;

pub(in crate::console) const TITLE: &str = "Reset requests";
pub(in crate::console) const REQUESTED: &str = "Reset requested";
pub(in crate::console) const APPROVE: &str = "Approve";
pub(in crate::console) const REFUSE: &str = "Refuse";
pub(in crate::console) const WITHDRAW: &str = "Withdraw";
pub(in crate::console) const WAITS_FOR_YOU: &str = "You or another administrator of this account has to approve it.";
pub(in crate::console) const WAITS_FOR_THIS: &str = "Another administrator of this account has to approve it.";
pub(in crate::console) const WAITS_FOR_OTHERS: &str = "Administrators of other accounts have to approve it.";
pub(in crate::console) const APPROVE_CONSEQUENCE: &str = "Approve it only if you are sure that the user wants it: ask them by telephone or in person. The reset removes their authenticator app and all their passkeys, and logs them out everywhere.";
pub(in crate::console) const REFUSE_CONSEQUENCE: &str =
    "Nothing will be reset. The user and the administrator who requested the reset are notified by e-mail.";
pub(in crate::console) const WITHDRAW_CONSEQUENCE: &str = "Nothing will be reset. The user is notified by e-mail.";
pub(in crate::console) const APPROVED: &str = "You approved the reset. It has not been carried out yet.";
pub(in crate::console) const REFUSED: &str = "The request is closed. Nothing was reset.";
pub(in crate::console) const WITHDRAWN: &str = "You withdrew the request. Nothing was reset.";

pub(in crate::console) const MAKE_CODE: &str = "Set-up code";
pub(in crate::console) const CODE_TITLE: &str = "Set-up code";
pub(in crate::console) const CODE_ADVICE: &str = "First make sure that it is really the user. Then give them the code in person or by telephone, not in the same way as their password. It is shown only now: after you close this window, nobody can read it again.";
pub(in crate::console) const CODE_WORKS: &str =
    "It works once, within 24 hours. You can create a new one in the list of users.";
pub(in crate::console) const CODE_WAITS: &str = "It works once, within 24 hours of the reset.";
pub(in crate::console) const CODE_DONE: &str = "Done";
pub(in crate::console) const COPY: &str = "Copy";
pub(in crate::console) const COPIED: &str = "Copied";
pub(in crate::console) const COPY_REFUSED: &str =
    "The browser did not allow copying. The code is selected: press Ctrl+C, or ⌘C on a Mac.";

pub(in crate::console) const OFFER_ADVICE: &str = "The user needs it to set up an authenticator app or a passkey. It works for only 24 hours, so you can also create it later, in the list of users.";

pub(in crate::console) const CANCEL_TITLE: &str = "Cancel the reset of your two-factor authentication";
pub(in crate::console) const CANCEL_QUESTION: &str = "An administrator requested a reset of your two-factor authentication. If you do not want it, cancel it: your authenticator app and passkeys then keep working.";
pub(in crate::console) const CANCEL_RESET: &str = "Cancel the reset";
pub(in crate::console) const CANCELLING: &str = "Cancelling…";
pub(in crate::console) const CANCELLED: &str = "The reset is cancelled. Your second factors keep working.";
pub(in crate::console) const CANCELLED_ADVICE: &str = "If you did not ask for it, somebody may be trying to get into your user account. Tell the administrator of your account, and choose a new password.";
pub(in crate::console) const CANCEL_DEAD: &str = "This link no longer works. The reset was carried out, or its request was cancelled or refused, or has expired. If you were logged out and did not want a reset, tell the administrator of your account at once.";

pub(in crate::console) const SECTION: &str = "Resets of two-factor authentication";
pub(in crate::console) const WHY: &str = "An attacker who knows a password may ask an administrator to reset the second factor, pretending to be the user. These settings make that harder.";
pub(in crate::console) const NEEDS_CODE: &str = "Require a set-up code";
pub(in crate::console) const NEEDS_CODE_HINT: &str = "The administrator is shown a code, and gives it to the user, but not in the same way as the password. Without it, nobody can set up a new second factor. New users and users who have none yet need a code, too.";
pub(in crate::console) const NEEDS_SECOND: &str = "Require approval by a second administrator";
pub(in crate::console) const NEEDS_SECOND_HINT: &str = "A request that is not approved expires after 72 hours, or 72 hours after the delay below. This needs at least two administrators: neither the one who requests the reset nor the user can approve it.";
pub(in crate::console) const DELAY: &str = "Delay before a reset, in hours";
pub(in crate::console) const DELAY_HINT: &str =
    "From 0 to 168. During this time, the user can cancel the reset with a link in an e-mail.";

/// What the settings require before a reset.
pub(in crate::console) fn rules(policy: ResetPolicy) -> String {
    let delay = format!("{} h delay", policy.delay_h);
    let all = [
        (policy.set_up_code, "Set-up code"),
        (policy.second_administrator, "second administrator"),
        (policy.delay_h > 0, delay.as_str()),
    ];
    let rules: Vec<_> = all.into_iter().filter_map(|(on, words)| on.then_some(words)).collect();
    if rules.is_empty() { "Off".to_owned() } else { rules.join(", ") }
}

/// What the current settings add to a reset.
pub(in crate::console) fn consequences(policy: ResetPolicy) -> String {
    let mut sentences = String::new();
    if policy.set_up_code {
        sentences += " You will get a set-up code for the user.";
    }
    if policy.second_administrator {
        sentences += " Another administrator has to approve the reset first.";
    }
    if policy.delay_h > 0 {
        let delay = count(policy.delay_h.into(), "hour", "hours");
        sentences += &format!(" The reset is carried out after {delay}, unless the user cancels it.");
    }
    sentences
        + " If other accounts rely on this person’s second factor, their administrators have to approve the reset."
}

pub(in crate::console) fn asked(by: Option<&str>, at: &str) -> String {
    match by {
        Some(by) => format!("{by} requested this reset on {at}."),
        None => format!("An administrator of another account requested this reset on {at}."),
    }
}

/// What the reset will do.
pub(in crate::console) fn effect(set_up_code: bool) -> String {
    let code = if set_up_code {
        " The set-up asks for the set-up code, which the administrator who requested the reset has."
    } else {
        ""
    };
    format!(
        "Their authenticator app and passkeys will be removed. The user will be logged out everywhere, and asked to set up a second factor at the next log-in.{code}"
    )
}

pub(in crate::console) fn not_before(at: &str) -> String {
    format!("It will not be carried out before {at}. Until it is carried out, the user can cancel it.")
}

pub(in crate::console) fn until(at: &str) -> String {
    format!("The request expires on {at}.")
}

pub(in crate::console) fn approve_question(who: &str) -> String {
    format!("Approve the reset of two-factor authentication for {who}?")
}

pub(in crate::console) fn approved_and_done(who: &str) -> String {
    format!("You approved the reset for {who}, and it was carried out.")
}

pub(in crate::console) fn withdraw_question(who: &str) -> String {
    format!("Withdraw your request to reset two-factor authentication for {who}?")
}

pub(in crate::console) fn refuse_question(who: &str) -> String {
    format!("Refuse the reset of two-factor authentication for {who}?")
}

pub(in crate::console) fn was_requested(who: &str) -> String {
    format!("The reset for {who} was requested, but has not been carried out yet: see “Reset requests”.")
}

pub(in crate::console) fn offer(who: &str) -> String {
    format!("{who} was added. Create a set-up code for them now?")
}

pub(in crate::console) fn code_for(who: &str) -> String {
    format!("{who} needs this code to set up an authenticator app or a passkey:")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_dialog_says_what_the_settings_add() {
        let policy = ResetPolicy { set_up_code: true, second_administrator: false, delay_h: 24 };
        assert_eq!(rules(policy), "Set-up code, 24 h delay");
        assert!(consequences(policy).contains("set-up code") && consequences(policy).contains("after 24 hours"));
        assert!(!consequences(policy).contains("another administrator"));
        assert_eq!(rules(ResetPolicy::default()), "Off");
    }
}
