//! The texts of mails. Plain and short: what happened, and what to do.

use super::Mail;
use super::passkey_text::about_passkey;
use super::recovery_text::recovery_code_used;
use super::reset_text::{
    reset_asked, reset_done, reset_done_for, reset_policy_changed, reset_stopped, reset_to_approve,
};
use crate::clock::{UnixTime, in_words as time};

/// The subject of a mail.
pub(super) fn subject(mail: &Mail, product: &str) -> String {
    match mail {
        Mail::PasswordLinkWanted | Mail::PasswordLink { .. } => format!("Choose a new password for {product}"),
        Mail::FirstPassword { account, .. } => format!("Your user account for {account}"),
        Mail::Invitation { account, .. } => format!("{account} invites you to join"),
        Mail::AddedToAccount { account, .. } => format!("You are now a member of {account}"),
        Mail::PasswordChanged { .. } => format!("Your {product} password was changed"),
        Mail::TwoFactorSetUp { .. } => "Two-factor authentication was set up".to_owned(),
        Mail::TwoFactorReplaced { .. } => "Your authenticator app was replaced".to_owned(),
        Mail::TwoFactorReset { .. } => "Your two-factor authentication was reset".to_owned(),
        Mail::TwoFactorResetAsked { .. } => "A reset of your two-factor authentication was requested".to_owned(),
        Mail::TwoFactorResetApproval { user, .. } => format!("Approve the reset for {user}?"),
        Mail::TwoFactorResetDone { user, .. } => format!("Two-factor authentication was reset for {user}"),
        Mail::TwoFactorResetStopped { is_own: true, .. } => {
            "Your two-factor authentication will not be reset".to_owned()
        }
        Mail::TwoFactorResetStopped { user, .. } => {
            format!("Two-factor authentication will not be reset for {user}")
        }
        Mail::ResetPolicyChanged { account, .. } => format!("The settings for resets of 2FA in {account} were changed"),
        Mail::TwoFactorDisabled { is_own: true, .. } => "Your two-factor authentication was disabled".to_owned(),
        Mail::TwoFactorDisabled { user, .. } => format!("Two-factor authentication was disabled for {user}"),
        Mail::RecoveryCodeUsed { .. } => "A recovery code was used".to_owned(),
        Mail::RecoveryCodesMade { .. } => "New recovery codes were created".to_owned(),
        Mail::PasskeyChanged { added: true, .. } => "A passkey was added".to_owned(),
        Mail::PasskeyChanged { added: false, .. } => "A passkey was removed".to_owned(),
        Mail::PasskeyCounterStalled { .. } => "One of your passkeys was refused".to_owned(),
        Mail::UnfamiliarSignIn { .. } => format!("New log-in to {product}"),
        Mail::SecondFactorNotShown { .. } => "Somebody entered your password".to_owned(),
        Mail::CodeReplayed { .. } => "Your one-time code was entered twice".to_owned(),
        Mail::LockedDown { .. } => "Your user account was locked down".to_owned(),
        Mail::EmailChanged { .. } => format!("Your {product} user name was changed"),
        Mail::AuditAnchors { .. } => format!("Anchors of the audit log of {product}"),
        Mail::Trial => format!("Test e-mail from {product}"),
    }
}

/// The paragraphs before the link, if there is one, and those after it.
pub(super) fn paragraphs(mail: &Mail, product: &str, joined: i64, occasion: Occasion) -> (Vec<String>, Vec<String>) {
    let before = what_happened(mail, product).into_iter().chain(combined(mail, joined));
    match occasion {
        Occasion::Plain => (before.collect(), vec![what_to_do(mail).to_owned()]),
        Occasion::Alarm => (before.chain([not_me(mail)]).collect(), vec![besides_the_link(mail).to_owned()]),
    }
}

/// Whether a mail carries the link *This was not me*.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Occasion {
    /// Without the link.
    Plain,
    /// With the link.
    Alarm,
}

/// Before the link of an alarm. What an administrator did was never the user.
fn not_me(mail: &Mail) -> String {
    let case = match mail {
        Mail::TwoFactorReset { .. } | Mail::LockedDown { by: Some(_), .. } => "If you did not ask for this",
        _ => "If this was not you",
    };
    format!(
        "{case}, open the following link within 7 days. It ends all your sessions and lets you choose a new password:"
    )
}

/// How many earlier notices this one replaces.
fn combined(mail: &Mail, joined: i64) -> Option<String> {
    match joined {
        _ if mail.link().is_some() => None,
        0 => None,
        1 => Some("1 earlier notice of this kind was combined into this e-mail.".to_owned()),
        _ => Some(format!("{joined} earlier notices of this kind were combined into this e-mail.")),
    }
}

fn what_happened(mail: &Mail, product: &str) -> Vec<String> {
    match mail {
        Mail::PasswordLinkWanted | Mail::PasswordLink { .. } => vec![format!(
            "Somebody, probably you, requested a new password for {product}. To choose one, open this link within \
             30 minutes:"
        )],
        Mail::FirstPassword { account, .. } => vec![format!(
            "You now have a user account for {account}. To choose your password for {product}, open this link within \
             7 days:"
        )],
        Mail::Invitation { account, .. } => vec![format!(
            "{account} invites you to join with your {product} user account. To accept, open this link within 7 days:"
        )],
        Mail::AddedToAccount { account, at } => vec![format!(
            "The operator of the server added you to {account} on {}. Log in to {product} as before.",
            time(*at)
        )],
        Mail::PasswordChanged { at } => {
            vec![format!("Your password was changed on {}. All your other sessions were ended.", time(*at))]
        }
        Mail::TwoFactorSetUp { at } => {
            vec![format!("An authenticator app was set up for your user account on {}.", time(*at))]
        }
        Mail::TwoFactorReplaced { at } => vec![format!(
            "Your authenticator app was replaced on {}. Codes from the old app no longer work.",
            time(*at)
        )],
        Mail::TwoFactorReset { by, at, set_up_code } => reset_done(by, *at, *set_up_code),
        Mail::TwoFactorResetAsked { by, at, delay } => reset_asked(by, *at, delay.as_ref().map(|(until, _)| *until)),
        Mail::TwoFactorResetApproval { user, by, at, until, link } => {
            reset_to_approve(user, by.as_deref(), *at, *until, link.is_some())
        }
        Mail::TwoFactorResetDone { user, at, set_up_code } => reset_done_for(user, *at, *set_up_code),
        Mail::TwoFactorResetStopped { user, at, is_own, why } => {
            vec![reset_stopped((!is_own).then_some(user), *at, *why)]
        }
        Mail::ResetPolicyChanged { account, by, at, policy } => reset_policy_changed(account, by, *at, *policy),
        Mail::TwoFactorDisabled { user, at, is_own } => vec![disabled((!is_own).then_some(user), *at)],
        Mail::RecoveryCodeUsed { at, left, from, purpose } => {
            vec![recovery_code_used(product, *at, *left, from.as_ref(), *purpose)]
        }
        Mail::RecoveryCodesMade { at } => vec![format!(
            "New recovery codes for {product} were created on {}. Earlier ones no longer work.",
            time(*at)
        )],
        Mail::PasskeyChanged { .. } | Mail::PasskeyCounterStalled { .. } => about_passkey(mail, product),
        Mail::UnfamiliarSignIn { .. }
        | Mail::SecondFactorNotShown { .. }
        | Mail::CodeReplayed { .. }
        | Mail::LockedDown { .. } => what_was_noticed(mail, product),
        Mail::EmailChanged { new, by } => {
            vec![format!("{by} changed your user name. From now on, log in with {new} instead of this address.")]
        }
        Mail::AuditAnchors { at, lines } => {
            let intro = format!("On {}, the chains of the audit log of {product} ended as follows:", time(*at));
            [intro].into_iter().chain(lines.iter().cloned()).collect()
        }
        Mail::Trial => vec!["This is a test: e-mails from this portal reach this address.".to_owned()],
    }
}

/// `None` for the user's own mail.
fn disabled(user: Option<&String>, at: UnixTime) -> String {
    let at = time(at);
    match user {
        None => format!(
            "Somebody who knows your password entered too many wrong codes. On {at} your two-factor authentication was \
             disabled, so nobody can log in as you with a one-time code."
        ),
        Some(user) => format!(
            "Somebody who knows the password of {user} entered too many wrong codes. On {at} two-factor authentication was \
             disabled for this user, who can no longer log in with a one-time code."
        ),
    }
}

/// What an alarm noticed, and what a lockdown did.
fn what_was_noticed(mail: &Mail, product: &str) -> Vec<String> {
    match mail {
        Mail::UnfamiliarSignIn { at, from } => vec![format!(
            "Somebody logged in to {product} as you on {} {}. You had never used this browser or this network before, or not for a \
             long time.",
            time(*at),
            from.in_words()
        )],
        Mail::SecondFactorNotShown { at, from } => vec![format!(
            "On {}, somebody entered your correct password for {product} {}, but neither your second factor nor the right set-up code for \
             a new one within three minutes. Nobody gets past that step without one of them, but somebody else may know your password.",
            time(*at),
            from.in_words()
        )],
        Mail::CodeReplayed { at, from } => vec![format!(
            "On {}, a one-time code that had already been used was entered again for your user account, {}. It was refused. If you \
             did not enter it twice, somebody else has seen your code, and one of the two log-ins may not be yours.",
            time(*at),
            from.in_words()
        )],
        Mail::LockedDown { by, at, recovery_codes } => vec![
            format!(
                "{} on {}. All sessions were ended{}.",
                match by {
                    Some(by) => format!("{by} locked down your user account for {product}"),
                    None => format!("You locked down your user account for {product}"),
                },
                time(*at),
                if *recovery_codes { ", and your recovery codes no longer work" } else { "" }
            ),
            "At your next log-in you will be asked to choose a new password.".to_owned(),
        ],
        _ => Vec::new(),
    }
}

/// What to do after an alarm, besides opening its link.
const fn besides_the_link(mail: &Mail) -> &'static str {
    match mail {
        Mail::UnfamiliarSignIn { .. } | Mail::SecondFactorNotShown { .. } | Mail::CodeReplayed { .. } => {
            "If it was you, there is nothing to do."
        }
        Mail::PasskeyChanged { added: true, .. } => {
            "The link also removes passkeys that were added in the last 7 days if you also have an older second factor. If you have none, \
             ask the administrator of your account to reset your two-factor authentication. If it was you, there is nothing to do."
        }
        Mail::PasskeyCounterStalled { .. } => {
            "If it happens again, log in another way, remove the passkey under My security, and add it again."
        }
        Mail::TwoFactorDisabled { .. } => {
            "To log in again, use a passkey or a recovery code, or ask the administrator of your account to reset your \
             two-factor authentication."
        }
        Mail::LockedDown { .. } => {
            "If somebody else may know your password, choose a new one with this link, rather than at the next log-in."
        }
        _ => {
            "If you did not do this, or did not expect it, also tell the administrator of your account, who can reset your \
             two-factor authentication. Otherwise there is nothing to do."
        }
    }
}

const fn what_to_do(mail: &Mail) -> &'static str {
    match mail {
        Mail::PasswordLinkWanted | Mail::PasswordLink { .. } => {
            "If it was not you, you can ignore this e-mail: your password stays as it is."
        }
        Mail::FirstPassword { .. } | Mail::Invitation { .. } => "If you did not expect this e-mail, you can ignore it.",
        Mail::TwoFactorDisabled { is_own: true, .. } => {
            "If it was not you, first choose a new password with \"Forgotten password?\" on the log-in page: whoever entered \
             the codes knows yours. To log in again, use a passkey or a recovery code, or ask the administrator of your \
             account to reset your two-factor authentication."
        }
        Mail::TwoFactorDisabled { is_own: false, .. } => {
            "Ask the user whether it was them. If not, they must first choose a new password, with \"Forgotten password?\" on \
             the log-in page. Then reset their two-factor authentication under Users in the console."
        }
        Mail::TwoFactorResetAsked { .. } => {
            "If you did not ask for this, somebody may be trying to get into your user account. Tell the administrator of your \
             account at once, and choose a new password with \"Forgotten password?\" on the log-in page."
        }
        Mail::TwoFactorResetApproval { .. } => {
            "If the user does not want the reset, refuse it: somebody may be trying to get into their user account."
        }
        Mail::TwoFactorResetDone { .. } => {
            "If you did not request it, somebody may be using your user account: choose a new password with \"Forgotten \
             password?\" on the log-in page, and tell the other administrators of your account."
        }
        Mail::TwoFactorResetStopped { is_own: true, .. } => {
            "If you did not ask for the reset, choose a new password with \"Forgotten password?\" on the log-in page: somebody \
             may be trying to get into your user account."
        }
        Mail::TwoFactorResetStopped { .. } => {
            "Before you request a reset again, ask the user whether they wanted the first one. If they did not, somebody may be trying to \
             log in as this user."
        }
        Mail::ResetPolicyChanged { .. } => {
            "If you did not expect this, ask the administrator who changed it. In the console, the settings are under Settings, and \
             every change is under Reports, Administration."
        }
        Mail::RecoveryCodeUsed { .. }
        | Mail::RecoveryCodesMade { .. }
        | Mail::PasskeyChanged { .. }
        | Mail::PasskeyCounterStalled { .. }
        | Mail::UnfamiliarSignIn { .. }
        | Mail::SecondFactorNotShown { .. }
        | Mail::CodeReplayed { .. } => {
            "If it was not you, choose a new password at once with \"Forgotten password?\" on the log-in page, and tell the \
             administrator of your account, who can reset your two-factor authentication."
        }
        Mail::AuditAnchors { .. } => {
            "Keep this e-mail. With its lines in a file, \"postern audit verify --anchors FILE\" finds a chain that was cut off or recomputed."
        }
        Mail::Trial => "The operator of the server sent it.",
        _ => "If you did not expect this, tell the administrator of your account at once.",
    }
}
