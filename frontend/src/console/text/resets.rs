//! The texts of resets of second factors: requests that wait, and set-up codes.

use postern_types::ResetPolicy;

pub(in crate::console) const TITLE: &str = "Reset requests";
pub(in crate::console) const REQUESTED: &str = "Reset requested";
pub(in crate::console) const APPROVE: &str = "Approve";
pub(in crate::console) const REFUSE: &str = "Refuse";
pub(in crate::console) const WAITS_FOR_THIS: &str = "It waits for another administrator of this account.";
pub(in crate::console) const WAITS_FOR_OTHERS: &str = "It waits for administrators of other accounts.";
pub(in crate::console) const APPROVE_CONSEQUENCE: &str = "Approve it only if you are sure that the user wants it: ask them by telephone or in person. The reset removes their authenticator app and all their passkeys, and logs them out everywhere.";
pub(in crate::console) const REFUSE_CONSEQUENCE: &str =
    "Nothing is reset. The user and whoever asked are notified by e-mail.";
pub(in crate::console) const APPROVED: &str = "You approved the reset.";
pub(in crate::console) const REFUSED: &str = "The request is closed. Nothing was reset.";

pub(in crate::console) const MAKE_CODE: &str = "Set-up code";
pub(in crate::console) const CODE_TITLE: &str = "Set-up code";
pub(in crate::console) const CODE_ADVICE: &str = "Give it to the user in person or by telephone, not by the way by which they got their password. First be sure who they are. Nobody can read this code again after you close this window.";
pub(in crate::console) const CODE_WORKS: &str =
    "It works once, within 24 hours. You can make a new one in the list of users.";
pub(in crate::console) const CODE_WAITS: &str = "It works once, within 24 hours from the time when the reset is done.";
pub(in crate::console) const CODE_DONE: &str = "Done";
pub(in crate::console) const COPY: &str = "Copy";
pub(in crate::console) const COPIED: &str = "Copied";
pub(in crate::console) const COPY_REFUSED: &str =
    "The browser did not allow copying. The code is selected: press Ctrl+C, or ⌘C on a Mac.";

pub(in crate::console) const OFFER_ADVICE: &str = "The user needs it to set up an authenticator app or a passkey. It works for 24 hours, so you can also make it later, in the list of users.";

pub(in crate::console) const CANCEL_TITLE: &str = "Cancel the reset of your two-factor authentication";
pub(in crate::console) const CANCEL_QUESTION: &str = "An administrator asked to reset your two-factor authentication. If you did not want that, cancel it: your authenticator app and passkeys stay as they are.";
pub(in crate::console) const CANCEL_RESET: &str = "Cancel the reset";
pub(in crate::console) const CANCELLING: &str = "Cancelling…";
pub(in crate::console) const CANCELLED: &str = "The reset is cancelled. Your second factors work as before.";
pub(in crate::console) const CANCELLED_ADVICE: &str = "If you did not ask for it, somebody may be trying to get into your user account. Tell the administrator of your account, and choose a new password.";
pub(in crate::console) const CANCEL_DEAD: &str = "This link does not work any more: the reset was already cancelled, refused or done. If you were logged out and did not want the reset, tell the administrator of your account at once.";

pub(in crate::console) const SECTION: &str = "Resets of two-factor authentication";
pub(in crate::console) const WHY: &str = "An attacker who knows a password may ask an administrator to reset the second factor, pretending to be the user. These settings make that harder.";
pub(in crate::console) const NEEDS_CODE: &str = "A reset needs a set-up code";
pub(in crate::console) const NEEDS_CODE_HINT: &str = "The administrator gets a code and gives it to the user by another way than the password. Without it, nobody can set up a new second factor. New users, and those who have none yet, need one too.";
pub(in crate::console) const NEEDS_SECOND: &str = "A second administrator approves";
pub(in crate::console) const NEEDS_SECOND_HINT: &str = "A request waits for up to 72 hours. This needs at least two administrators: the one who asks cannot approve, and neither can the user.";
pub(in crate::console) const DELAY: &str = "Wait before a reset, in hours";
pub(in crate::console) const DELAY_HINT: &str =
    "From 0 to 168. Meanwhile the user can cancel the reset by a link in an e-mail.";

/// What has to be met before a reset.
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
        sentences += " It is not done before another administrator approves it.";
    }
    if policy.delay_h > 0 {
        sentences += &format!(" It is done after {} hours, unless the user cancels it.", policy.delay_h);
    }
    sentences + " If other accounts rely on this person’s second factor, their administrators have to approve it."
}

pub(in crate::console) fn asked(by: Option<&str>, at: &str) -> String {
    match by {
        Some(by) => format!("{by} asked on {at} to reset two-factor authentication."),
        None => format!("An administrator of another account asked on {at} to reset two-factor authentication."),
    }
}

/// What the reset will do.
pub(in crate::console) fn effect(set_up_code: bool) -> String {
    let code = if set_up_code { " The set-up needs the code that whoever asked was given." } else { "" };
    format!(
        "Their authenticator app and passkeys will be removed. The user will be logged out everywhere, and asked to set up a second factor at the next log-in.{code}"
    )
}

pub(in crate::console) fn not_before(at: &str) -> String {
    format!("It is not done before {at}: until then the user can cancel it.")
}

pub(in crate::console) fn until(at: &str) -> String {
    format!("The request expires on {at}.")
}

pub(in crate::console) fn approve_question(who: &str) -> String {
    format!("Approve the reset of two-factor authentication for {who}?")
}

pub(in crate::console) fn refuse_question(who: &str) -> String {
    format!("Refuse the reset of two-factor authentication for {who}?")
}

pub(in crate::console) fn was_requested(who: &str) -> String {
    format!("The reset for {who} was requested. It waits: see “Reset requests”.")
}

pub(in crate::console) fn offer(who: &str) -> String {
    format!("{who} was added. Make a set-up code for them now?")
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
