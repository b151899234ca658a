//! What mails say. Plain, short: what happened and what to do.

use super::Mail;
use crate::clock::{UnixTime, rfc3339};

/// The one-time link of a mail.
pub(super) fn link(mail: &Mail) -> Option<&str> {
    match mail {
        Mail::PasswordLink { link } | Mail::FirstPassword { link, .. } | Mail::Invitation { link, .. } => Some(link),
        _ => None,
    }
}

/// The subject of a mail.
pub(super) fn subject(mail: &Mail, product: &str) -> String {
    match mail {
        Mail::PasswordLink { .. } => format!("Choose a new password for {product}"),
        Mail::FirstPassword { account, .. } => format!("Your user account for {account}"),
        Mail::Invitation { account, .. } => format!("{account} invites you to join"),
        Mail::PasswordChanged { .. } => format!("Your {product} password was changed"),
        Mail::TwoFactorSetUp { .. } => "Two-factor authentication was set up".to_owned(),
        Mail::TwoFactorReplaced { .. } => "Your authenticator app was replaced".to_owned(),
        Mail::TwoFactorReset { .. } => "Your two-factor authentication was reset".to_owned(),
        Mail::EmailChanged { .. } => format!("Your {product} user name was changed"),
        Mail::Trial => format!("A trial mail from {product}"),
    }
}

/// The text before the link, if there is one, and after it.
pub(super) fn paragraphs(mail: &Mail, product: &str) -> (Vec<String>, Vec<String>) {
    let before = match mail {
            Mail::PasswordLink { .. } => vec![format!(
                "Somebody, probably you, asked for a new password for {product}. Choose one here, within 30 minutes:"
            )],
            Mail::FirstPassword { account, .. } => vec![format!(
                "You are a user of {account} now. Choose your password for {product} here, within 7 days:"
            )],
            Mail::Invitation { account, .. } => vec![format!(
                "{account} asks you to join with your user account at {product}. If you agree, open this link within 7 days:"
            )],
            Mail::PasswordChanged { at } => {
                vec![format!("Your password was changed on {}. All your other sessions were ended.", time(*at))]
            }
            Mail::TwoFactorSetUp { at } => {
                vec![format!("An authenticator app was set up for your user account on {}.", time(*at))]
            }
            Mail::TwoFactorReplaced { at } => vec![format!(
                "A new authenticator app took the place of the old one on {}. Codes of the old one no longer work.",
                time(*at)
            )],
            Mail::TwoFactorReset { by, at } => vec![
                format!(
                    "{} reset your two-factor authentication on {}. You were logged out everywhere.",
                    by.as_deref().unwrap_or("The operator of the server"),
                    time(*at)
                ),
                "At your next log-in you will be asked to set up an authenticator app. Delete the old entry in the app first."
                    .to_owned(),
            ],
            Mail::EmailChanged { new, by } => {
                vec![format!("{by} changed your user name. From now on you log in with {new} instead of this address.")]
            }
            Mail::Trial => vec!["Mails of this portal arrive here.".to_owned()],
        };
    let after = match mail {
        Mail::PasswordLink { .. } => {
            "If it was not you, there is nothing to do: nobody gets in without this mail, and your password stays as it is."
        }
        Mail::FirstPassword { .. } | Mail::Invitation { .. } => {
            "If you do not know what this is about, there is nothing to do."
        }
        Mail::Trial => "It was asked for by whoever looks after the server.",
        _ => "If you did not expect this, tell the administrator of your account at once.",
    };
    (before, vec![after.to_owned()])
}

/// A moment in words that are the same everywhere: `2026-11-25 at 09:12 UTC`.
fn time(at: UnixTime) -> String {
    let text = rfc3339(at).0;
    match (text.get(..10), text.get(11..16)) {
        (Some(date), Some(time)) => format!("{date} at {time} UTC"),
        _ => text,
    }
}
