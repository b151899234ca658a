//! The texts of the login history and of the record of administration.

use postern_types::{Detail, EventEntry, Factor, MailKind, Outcome, PasskeyPolicy, Undelivered, What};
use strum::IntoEnumIterator;

pub(in crate::console) const REPORTS: &str = "Reports";
pub(in crate::console) const HISTORY: &str = "Login history";
pub(in crate::console) const ADMINISTRATION: &str = "Administration";
pub(in crate::console) const EXPORT: &str = "Export CSV";
pub(in crate::console) const SEARCH: &str = "Search user, address or result";
pub(in crate::console) const SEARCH_EVENTS: &str = "Search by e-mail address";
pub(in crate::console) const USER: &str = "User";
pub(in crate::console) const WHEN: &str = "Date and time";
pub(in crate::console) const ADDRESS: &str = "Source address";
pub(in crate::console) const FACTOR: &str = "Factor";
pub(in crate::console) const RESULT: &str = "Result";
pub(in crate::console) const WHAT: &str = "Action";
pub(in crate::console) const WHOM: &str = "User";
pub(in crate::console) const BY: &str = "Done by";
pub(in crate::console) const NO_MATCH: &str = "No entry matches your search.";
pub(in crate::console) const NOTHING: &str = "Nothing has been recorded yet.";
const OPERATOR: &str = "The operator of the server";
const ELSEWHERE: &str = "An administrator of another account";
const AUTOMATIC: &str = "Automatic";
/// For values from a newer server.
const UNKNOWN: &str = "Not known to this version";

/// The factor that was used.
pub(in crate::console) const fn factor(factor: Factor) -> &'static str {
    match factor {
        Factor::Password => "Password",
        Factor::Totp => "One-time code",
        Factor::RecoveryCode => "Recovery code",
        Factor::Passkey => "Passkey",
        Factor::Unknown => UNKNOWN,
    }
}

/// The result of an authentication.
pub(in crate::console) const fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::SignedIn => "Logged in",
        Outcome::NextFactor => "Password correct, second factor required",
        Outcome::SetUp => "2FA set up, logged in",
        Outcome::SteppedUp => "Confirmed with a second factor",
        Outcome::Replaced => "Authenticator app replaced",
        Outcome::PasswordChanged => "Password changed",
        Outcome::ClockSetBack => "Refused: the server’s clock was set back",
        Outcome::Throttled => "Refused after too many attempts",
        Outcome::UnknownUser => "Unknown user",
        Outcome::WrongPassword => "Wrong password",
        Outcome::Locked => "User locked",
        Outcome::WrongCode => "Wrong code",
        Outcome::WrongSetUpCode => "Wrong set-up code",
        Outcome::Replayed => "Code already used",
        Outcome::WrongPasskey => "Passkey not accepted",
        Outcome::PasskeyCounter => "Passkey refused: there may be a copy of it",
        Outcome::PasskeyNotAllowed => "Passkey not allowed",
        Outcome::FactorUnusable => "Second factor unusable",
        Outcome::SetUpRefused => "Set-up refused",
        Outcome::AddressRefused => "Address not allowed",
        Outcome::Unknown => UNKNOWN,
    }
}

/// Whether it succeeded.
pub(in crate::console) const fn is_good(outcome: Outcome) -> bool {
    matches!(
        outcome,
        Outcome::SignedIn
            | Outcome::SetUp
            | Outcome::NextFactor
            | Outcome::SteppedUp
            | Outcome::Replaced
            | Outcome::PasswordChanged
    )
}

/// What was done.
pub(in crate::console) const fn what(what: What) -> &'static str {
    match what {
        What::TwoFactorRequired => "2FA required",
        What::TwoFactorNotRequired => "2FA no longer required",
        What::SessionsEnded => "Sessions without 2FA ended",
        What::OwnSessionsEnded => "Own sessions ended",
        What::PasswordExpiryChanged => "Password expiration changed",
        What::AddressesChanged => "Allowed addresses changed",
        What::AddressesUndone => "Allowed addresses restored, because the change was not confirmed",
        What::AddressesConfirmed => "Allowed addresses confirmed",
        What::AccountAdded => "Account added",
        What::UserAdded => "User added",
        What::UserChanged => "User changed",
        What::UserLocked => "User locked",
        What::UserUnlocked => "User unlocked",
        What::UserRemoved => "User removed",
        What::UserLeft => "User left the account",
        What::AdminGranted => "Made an administrator",
        What::AdminTaken => "No longer an administrator",
        What::TwoFactorReset => "2FA reset",
        What::ResetPolicyChanged => "Settings for 2FA resets changed",
        What::ResetAsked => "2FA reset requested",
        What::ResetApproved => "2FA reset approved",
        What::ResetRefused => "2FA reset refused or withdrawn",
        What::ResetCancelled => "2FA reset cancelled by the user",
        What::ResetExpired => "Request for a 2FA reset expired",
        What::SetUpCodeMade => "Set-up code created",
        What::UserAddressesChanged => "User’s addresses changed",
        What::InvitedAgain => "Invitation sent again",
        What::InvitationAccepted => "Invitation accepted",
        What::AdminLinkMade => "Administrator link created",
        What::AdminLinkUsed => "Administrator link used",
        What::PasswordChanged => "Password changed",
        What::TwoFactorDisabled => "2FA disabled after too many wrong codes",
        What::RecoveryCodeUsed => "Recovery code used",
        What::RecoveryCodesMade => "Recovery codes created",
        What::RecoveryCodesDeclined => "Recovery codes declined",
        What::UnfamiliarSignIn => "Log-in from a new browser or network",
        What::SecondFactorNotShown => "Password entered without second factor",
        What::CodeReplayed => "Code entered twice",
        What::AlarmLinkUsed => "“This was not me” used",
        What::LockedDown => "User account locked down",
        What::PasskeyPolicyChanged => "Use of passkeys changed",
        What::PasskeyAdded => "Passkey added",
        What::PasskeyRemoved => "Passkey removed",
        What::PasskeyCounterStalled => "Passkey refused: there may be a copy of it",
        What::MailNotDelivered => "E-mail not delivered",
        What::ApplicationGiven => "Application added",
        What::ApplicationTaken => "Application removed",
        What::ApplicationChanged => "Application changed",
        What::ApplicationMembersChanged => "Users of an application changed",
        What::ClientAdded => "OpenID Connect client added",
        What::ClientChanged => "OpenID Connect client changed",
        What::ClientRemoved => "OpenID Connect client removed",
        What::ClientSecretMade => "Client secret created",
        What::ConsentGiven => "Consent given",
        What::ConsentTakenBack => "Consent taken back",
        What::SigningKeyMade => "Signing key created",
        What::MasterKeysChanged => "Master keys changed",
        What::Unknown => UNKNOWN,
    }
}

/// Who did it, if they are not named.
pub(in crate::console) const fn unnamed_actor(entry: &EventEntry) -> &'static str {
    match (entry.what, &entry.detail) {
        (_, Detail::Elsewhere) => ELSEWHERE,
        // Nobody makes an e-mail fail.
        (_, Detail::Mail { .. }) => "",
        (
            What::AddressesUndone
            | What::TwoFactorDisabled
            | What::ResetExpired
            | What::SecondFactorNotShown
            | What::CodeReplayed
            | What::PasskeyCounterStalled,
            _,
        ) => AUTOMATIC,
        _ => OPERATOR,
    }
}

/// The details of an action.
pub(in crate::console) fn detail(detail: &Detail) -> String {
    match detail {
        Detail::None | Detail::Elsewhere | Detail::Unknown => String::new(),
        Detail::Name => "name".to_owned(),
        Detail::Email { from, to } => format!("e-mail: {from} → {to}"),
        Detail::MaxAge { days: Some(days) } => format!("after {days} days"),
        Detail::MaxAge { days: None } => "never".to_owned(),
        Detail::Addresses { allowed } if allowed.is_empty() => "anywhere".to_owned(),
        Detail::Addresses { allowed } => allowed.join(", "),
        Detail::Reset { set_up_code, second_administrator, delay_h } => {
            reset_rules(*set_up_code, *second_administrator, *delay_h)
        }
        Detail::Passkeys { allowed } => passkeys(*allowed).to_owned(),
        Detail::Passkey { name } => name.clone(),
        Detail::Mail { mail, why } => format!("{}: {}", mail_kind(*mail), undelivered(*why)),
        Detail::Application { name } | Detail::Client { name } => name.clone(),
        Detail::ApplicationMembers { name, everyone, added, removed } => {
            let whole = if *everyone { "everyone" } else { "chosen users" };
            let added = added.iter().map(|email| format!(", added {email}"));
            let changes: String = added.chain(removed.iter().map(|email| format!(", removed {email}"))).collect();
            format!("{name}: {whole}{changes}")
        }
    }
}

const fn passkeys(allowed: PasskeyPolicy) -> &'static str {
    match allowed {
        PasskeyPolicy::NotAllowed => "not allowed",
        PasskeyPolicy::SecondFactor => "as a second factor",
        PasskeyPolicy::WithoutPassword => "also without a password",
    }
}

fn reset_rules(set_up_code: bool, second_administrator: bool, delay_h: u16) -> String {
    let delay = (delay_h > 0).then(|| format!("{delay_h} h delay"));
    let rules = [
        set_up_code.then(|| "set-up code".to_owned()),
        second_administrator.then(|| "second administrator".to_owned()),
        delay,
    ];
    let rules: Vec<_> = rules.into_iter().flatten().collect();
    if rules.is_empty() { "none".to_owned() } else { rules.join(", ") }
}

/// What an e-mail was about.
const fn mail_kind(mail: MailKind) -> &'static str {
    match mail {
        MailKind::PasswordLink => "password link",
        MailKind::Invitation => "invitation",
        MailKind::AddedToAccount => "notice of a new account membership",
        MailKind::PasswordChanged => "notice of a new password",
        MailKind::TwoFactorSetUp => "notice of the 2FA set-up",
        MailKind::TwoFactorReplaced => "notice of a new authenticator app",
        MailKind::TwoFactorReset => "notice of the 2FA reset",
        MailKind::TwoFactorResetAsked => "notice of a requested 2FA reset",
        MailKind::TwoFactorResetApproval => "request to approve a 2FA reset",
        MailKind::TwoFactorResetDone => "notice of a 2FA reset that was carried out",
        MailKind::TwoFactorResetStopped => "notice of a 2FA reset that was not carried out",
        MailKind::ResetPolicyChanged => "notice of changed settings for 2FA resets",
        MailKind::TwoFactorDisabled => "notice of disabled 2FA",
        MailKind::RecoveryCodeUsed => "notice of a used recovery code",
        MailKind::RecoveryCodesMade => "notice of new recovery codes",
        MailKind::PasskeyAdded => "notice of a new passkey",
        MailKind::PasskeyRemoved => "notice of a removed passkey",
        MailKind::PasskeyCounterStalled => "alarm about a passkey",
        MailKind::UnfamiliarSignIn => "alarm about a log-in",
        MailKind::SecondFactorNotShown => "alarm about an incomplete log-in",
        MailKind::CodeReplayed => "alarm about a code",
        MailKind::LockedDown => "notice of the lockdown",
        MailKind::EmailChanged => "notice of the new user name",
        MailKind::AuditAnchors => "anchors of the audit log",
        MailKind::Unknown => UNKNOWN,
    }
}

/// Why an e-mail was not delivered.
const fn undelivered(why: Undelivered) -> &'static str {
    match why {
        Undelivered::Refused => "the mail server refused it. Check the address.",
        Undelivered::GivenUp => "given up after three days in which the mail server did not accept it",
        Undelivered::LinkExpired => "its link expired before the e-mail could be sent",
        Undelivered::Unknown => UNKNOWN,
    }
}

/// The outcomes whose text contains the search term: people search for what they see.
pub(in crate::console) fn outcomes_like(typed: &str) -> Vec<Outcome> {
    let typed = typed.trim().to_lowercase();
    if typed.is_empty() {
        return Vec::new();
    }
    Outcome::iter().filter(|known| outcome(*known).to_lowercase().contains(&typed)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_page_says_can_be_searched_for() {
        assert_eq!(outcomes_like("logged in"), [Outcome::SignedIn, Outcome::SetUp]);
        assert_eq!(outcomes_like("Wrong"), [Outcome::WrongPassword, Outcome::WrongCode, Outcome::WrongSetUpCode]);
        assert!(outcomes_like(" ").is_empty() && outcomes_like("ada@example.com").is_empty());
    }
}
