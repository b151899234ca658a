//! The texts of mails. Plain and short: what happened, and what to do.

use super::Mail;
use crate::clock::{UnixTime, rfc3339};

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
        Mail::TwoFactorDisabled { is_own: true, .. } => "Your two-factor authentication was disabled".to_owned(),
        Mail::TwoFactorDisabled { user, .. } => format!("Two-factor authentication was disabled for {user}"),
        Mail::EmailChanged { .. } => format!("Your {product} user name was changed"),
        Mail::Trial => format!("Test e-mail from {product}"),
    }
}

/// The paragraphs before the link, if there is one, and those after it.
pub(super) fn paragraphs(mail: &Mail, product: &str, joined: i64) -> (Vec<String>, Vec<String>) {
    let before = what_happened(mail, product).into_iter().chain(combined(mail, joined)).collect();
    (before, vec![what_to_do(mail).to_owned()])
}

/// In how many other mails' place a notice is sent.
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
        Mail::TwoFactorReset { by, at } => vec![
            format!("{by} reset your two-factor authentication on {}. You were logged out everywhere.", time(*at)),
            "At your next log-in you will be asked to set up an authenticator app. Then delete the old entry from the app: its \
             codes no longer work."
                .to_owned(),
        ],
        Mail::TwoFactorDisabled { at, is_own: true, .. } => vec![format!(
            "Somebody who knows your password entered too many wrong codes. On {} your two-factor authentication was \
             disabled, so nobody can log in as you.",
            time(*at)
        )],
        Mail::TwoFactorDisabled { user, at, .. } => vec![format!(
            "Somebody who knows the password of {user} entered too many wrong codes. On {} two-factor \
             authentication was disabled for this user, who can no longer log in.",
            time(*at)
        )],
        Mail::EmailChanged { new, by } => {
            vec![format!("{by} changed your user name. From now on, log in with {new} instead of this address.")]
        }
        Mail::Trial => vec!["This is a test: e-mails from this portal reach this address.".to_owned()],
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
             the codes knows yours. To log in again, ask the administrator of your account to reset your two-factor \
             authentication."
        }
        Mail::TwoFactorDisabled { is_own: false, .. } => {
            "Ask the user whether it was them. If not, they must first choose a new password, with \"Forgotten password?\" on \
             the log-in page. Then reset their two-factor authentication under Users in the console."
        }
        Mail::Trial => "The operator of the server sent it.",
        _ => "If you did not expect this, tell the administrator of your account at once.",
    }
}

/// A time as every reader understands it: `2026-11-25 at 09:12 UTC`.
fn time(at: UnixTime) -> String {
    let text = rfc3339(at).0;
    match (text.get(..10), text.get(11..16)) {
        (Some(date), Some(time)) => format!("{date} at {time} UTC"),
        _ => text,
    }
}
