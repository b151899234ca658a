//! How fast mails may follow one another, so that nobody can flood a mailbox or the mail server. What is too early waits; a
//! newer mail of the same kind takes the place of one that waits.

use postern_types::MailKind;

use super::Queued;
use crate::auth::token::sha256_hex;
use crate::clock::UnixTime;

/// The limit of one series of mails: so many at once, then one after every interval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pace {
    /// Key of the series in the database.
    pub key: String,
    /// Mails at once.
    pub burst: i64,
    /// The interval in seconds.
    pub every_s: i64,
}

impl Pace {
    /// When the next mail may be sent. `full_at` is when the series is as if nothing had been sent, counting this mail (the
    /// *generic cell rate algorithm*).
    #[must_use]
    pub const fn due(&self, full_at: UnixTime) -> UnixTime {
        full_at - self.burst * self.every_s
    }
}

/// The last [`priority`] of mails with a link that somebody waits for.
pub const LINK: i64 = 1;

/// Which mails are sent first: those with the lowest number. A link that cancels a reset does not wait for the many password links that
/// a stranger can ask for.
#[must_use]
pub const fn priority(kind: MailKind) -> i64 {
    match kind {
        MailKind::TwoFactorResetAsked => 0,
        MailKind::PasswordLink => LINK,
        MailKind::TwoFactorResetApproval | MailKind::Invitation => 2,
        _ => 3,
    }
}

/// The longest that limits, or failed attempts, delay a mail, in seconds. The link that cancels a reset has to arrive before the end of
/// the delay, which is at least an hour; somebody is waiting for an approval; and many changes of what a reset needs must not hide one of them.
#[must_use]
pub const fn longest_wait_s(kind: MailKind) -> i64 {
    match kind {
        MailKind::TwoFactorResetAsked | MailKind::TwoFactorResetApproval | MailKind::ResetPolicyChanged => 600,
        _ => i64::MAX,
    }
}

/// The limits of a mail: of its account, if it has one, and of its recipient. The one of the account comes first, so that
/// transactions lock them in the same order.
#[must_use]
pub fn paces(mail: &Queued) -> Vec<Pace> {
    let kind = mail.kind.as_str();
    let series = if mail.kind == MailKind::Invitation { "invitations" } else { "notices" };
    // The user must be able to cancel a reset in time, and another administrator to approve it, whatever else the account mails. Both
    // mails are limited by the counter of the account's resets.
    let is_about_request = matches!(mail.kind, MailKind::TwoFactorResetAsked | MailKind::TwoFactorResetApproval);
    let account = mail.account_id.as_ref().filter(|_| !is_about_request);
    let account = account.map(|id| Pace { key: format!("{series}:{id}"), burst: 100, every_s: 10 });
    let (burst, every_s) = match mail.kind {
        MailKind::PasswordLink | MailKind::TwoFactorResetAsked => (5, 120),
        MailKind::TwoFactorResetApproval => (30, 60),
        // Whoever knows a password can cause as many as they like, and each says the same.
        MailKind::SecondFactorNotShown | MailKind::CodeReplayed => (1, 3600),
        _ => (3, 600),
    };
    let hash = sha256_hex(&[kind.as_bytes(), mail.to.as_str().as_bytes()]);
    account.into_iter().chain([Pace { key: format!("recipient:{hash}"), burst, every_s }]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_first_ones_a_mail_waits_for_its_turn() {
        let pace = Pace { key: String::new(), burst: 3, every_s: 600 };
        let mut full_at = 1_000_000;
        let due: Vec<_> = (0..5)
            .map(|_| {
                full_at += pace.every_s;
                (pace.due(full_at) - 1_000_000).max(0)
            })
            .collect();
        assert_eq!(due, [0, 0, 0, 600, 1200]);
    }
}
