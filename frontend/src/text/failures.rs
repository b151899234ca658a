//! What went wrong, and what to do.

use postern_types::ApiError;

use crate::flow::Failure;

/// What went wrong.
pub(crate) fn failure(failure: &Failure) -> String {
    match failure {
        Failure::NoEmail => "Enter your e-mail address.",
        Failure::NoPassword => "Enter your password.",
        // The set-up has its own text for the second.
        Failure::NoCode | Failure::NoSetUpCode => "Enter the digits that the app shows.",
        Failure::Offline => "The server cannot be reached. Check your connection, then try again.",
        Failure::Unreadable => {
            "This page cannot read the server’s answer. The server may have been updated: reload the page."
        }
        Failure::Foreign { status, .. } => foreign(*status),
        Failure::TookTooLong => "The log-in took too long. Please log in again.",
        Failure::Interrupted => "This log-in has ended, perhaps in another tab. Please log in again.",
        Failure::SessionEnded => "Your session has ended. Please log in again.",
        Failure::NoCookie => "Your browser kept no cookie. Allow cookies for this site, then log in again.",
        Failure::LockedDown => "Your user account is locked down. Log in as usual, then choose a new password.",
        Failure::NotMe => "All your sessions were ended and your new password is set. Now finish logging in.",
        Failure::Passkey(words) => words,
        Failure::Refused(error) => return problem(error),
    }
    .into()
}

/// What an answer means that is not the portal's, by its HTTP status.
const fn foreign(status: u16) -> &'static str {
    match status {
        ..400 => {
            "Your network answered instead of the portal. It may want you to log in to the network first: open any website in a new tab."
        }
        403 => "A firewall or proxy in front of the portal refused this. Tell your administrator if it happens again.",
        408 | 504 => "The portal took too long to answer.",
        413 => "That is too long to send.",
        429 => "There were too many requests from your network.",
        500.. => "The portal is not available at the moment.",
        _ => "A proxy in front of the portal refused this. Tell your administrator if it happens again.",
    }
}

/// What the server refused, and what to do.
fn problem(error: &ApiError) -> String {
    match error {
        ApiError::InvalidCredentials => "That e-mail and password do not match. Check both and try again.",
        ApiError::InvalidCode { refused_until: Some(_), .. } => {
            "No code is accepted at the moment, because the server’s clock was set back."
        }
        ApiError::InvalidCode { .. } => {
            "That code was not accepted. Check the digits and enter them again. If they were right, the code was too old or already used."
        }
        ApiError::SessionExpired => "Your log-in or session has ended. Please log in again.",
        ApiError::OutOfStep => "The log-in has already moved on, perhaps in another tab. This is the current step.",
        ApiError::AnotherUser { email } => {
            return format!(
                "In another tab of this browser, {email} has logged in. Nothing was changed here. Reload to continue as that user."
            );
        }
        ApiError::Throttled { .. } => "Too many attempts.",
        ApiError::SecondFactorUnusable => {
            "Your two-factor authentication no longer works. Use a recovery code, or ask the administrator of your account to reset it."
        }
        ApiError::Forbidden { public_url: Some(url) } => {
            return format!("This page was opened at an address that is not the portal’s own. Open {url} and log in there.");
        }
        ApiError::Forbidden { public_url: None } => "That is not allowed.",
        ApiError::AddressRefused => "Your account cannot be used from this network. Ask its administrator.",
        // Set-up and the console have their own texts for those that they meet.
        ApiError::Malformed { .. }
        | ApiError::InvalidSetUpCode
        | ApiError::ReportTooLong
        | ApiError::NotFound
        | ApiError::MethodNotAllowed
        | ApiError::UnsupportedMediaType
        | ApiError::PreconditionRequired
        | ApiError::SecondFactorRequired
        | ApiError::StepUpRequired
        | ApiError::Conflict
        | ApiError::LastAdministrator
        | ApiError::SharedUser
        | ApiError::NoSecondFactor
        // `passkey.js` has the words for these.
        | ApiError::UnknownPasskey { .. }
        | ApiError::InvalidPasskey
        | ApiError::PasskeyExpired
        | ApiError::PasskeyCounter
        | ApiError::PasskeyChanged
        | ApiError::PasskeyNotVerified
        | ApiError::PasskeyWrongOrigin { .. }
        | ApiError::PasskeyNotAllowed
        | ApiError::PasskeyExists
        | ApiError::NoPasskey
        | ApiError::TooManyPasskeys { .. }
        | ApiError::LastFactor => "This page and the server are different versions. Reload the page.",
        ApiError::TooLarge => "That is too long to send.",
        ApiError::RequestTimeout => "The connection is too slow: the request did not arrive in time.",
        ApiError::Unavailable { .. } => "The server is busy. Try again in a moment.",
        ApiError::Internal { request_id } => {
            return format!("Something went wrong on the server. If it happens again, give your administrator this id: {request_id}");
        }
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_mistyped_a_code_is_not_told_to_wait() {
        let server_time = postern_types::Rfc3339("2026-11-25T09:12:00Z".into());
        let wrong = ApiError::InvalidCode { server_time, next_code_in_s: 7, refused_until: None, cause: None };
        let text = failure(&Failure::Refused(wrong));
        assert!(text.contains("enter them again") && !text.to_lowercase().contains("wait"), "{text}");
    }

    #[test]
    fn an_answer_of_a_proxy_is_explained_by_its_status() {
        let said = |status| failure(&Failure::Foreign { status, retry_after_s: None });
        for (status, words) in [
            (200, "log in to the network"),
            (403, "firewall"),
            (413, "too long to send"),
            (429, "too many requests"),
            (502, "not available"),
            (503, "not available"),
            (504, "took too long"),
        ] {
            assert!(said(status).contains(words), "{status}: {}", said(status));
            assert!(!said(status).to_lowercase().contains("reload"), "{status}");
        }
    }
}
