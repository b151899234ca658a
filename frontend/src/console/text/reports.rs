//! What happened, in words.

pub(in crate::console) const REPORTS: &str = "Reports";
pub(in crate::console) const HISTORY: &str = "Login history";
pub(in crate::console) const ADMINISTRATION: &str = "Administration";
pub(in crate::console) const EXPORT: &str = "Export CSV";
pub(in crate::console) const SEARCH: &str = "Search user, address or result";
pub(in crate::console) const SEARCH_EVENTS: &str = "Search user or administrator";
pub(in crate::console) const USER: &str = "User";
pub(in crate::console) const WHEN: &str = "Date and time";
pub(in crate::console) const ADDRESS: &str = "Source address";
pub(in crate::console) const FACTOR: &str = "Factor";
pub(in crate::console) const RESULT: &str = "Result";
pub(in crate::console) const WHAT: &str = "What";
pub(in crate::console) const WHOM: &str = "Whom";
pub(in crate::console) const BY: &str = "By";
pub(in crate::console) const NOTHING: &str = "Nothing matches.";

pub(in crate::console) fn factor(factor: &str) -> &str {
    match factor {
        "password" => "Password",
        "totp" => "One-time code",
        other => other,
    }
}

pub(in crate::console) fn result(result: &str) -> &str {
    match result {
        "signed_in" => "Logged in",
        "next_factor" => "Right, code asked for",
        "set_up" => "2FA set up, logged in",
        "stepped_up" => "Confirmed with a code",
        "replaced" => "Authenticator app replaced",
        "wrong_password" => "Wrong password",
        "locked" => "Locked",
        "wrong_code" => "Wrong code",
        "replayed" => "Code used before",
        "factor_unusable" => "Second factor unusable",
        "set_up_refused" => "Set-up refused",
        "address_refused" => "Address not allowed",
        other => other,
    }
}

pub(in crate::console) fn what(what: &str) -> &str {
    match what {
        "two_factor_required" => "2FA required",
        "two_factor_not_required" => "2FA no longer required",
        "sessions_ended" => "Sessions without 2FA ended",
        "password_expiry_changed" => "Password expiration changed",
        "addresses_changed" => "Allowed addresses changed",
        "addresses_confirmed" => "Allowed addresses confirmed",
        "user_added" => "User added",
        "user_changed" => "User changed",
        "user_locked" => "User locked",
        "user_unlocked" => "User unlocked",
        "user_removed" => "User removed",
        "admin_granted" => "Made administrator",
        "admin_taken" => "No longer administrator",
        "two_factor_reset" => "2FA reset",
        "user_addresses_changed" => "User’s addresses changed",
        "invitation_accepted" => "Invitation accepted",
        other => other,
    }
}
