//! The errors of the API.

use serde::{Deserialize, Serialize};

use crate::{Cause, Email, Reason, Rfc3339};

/// Every refusal of the API, as `{"error": "<snake_case name>", …}`. A closed set: the browser has a text for each.
///
/// None of them reveals to a stranger whether a user exists, is locked or has a second factor (R12).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, strum::IntoStaticStr, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "error", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum ApiError {
    /// 400: the request cannot be read.
    #[error("malformed request: {field}: {reason:?}")]
    Malformed {
        /// The field that is wrong; `body` for the body as a whole.
        field: String,
        /// What is wrong.
        #[serde(flatten)]
        reason: Reason,
    },
    /// 401: the e-mail is unknown, the password is wrong, or the user is locked. It does not say which.
    #[error("e-mail and password do not match")]
    InvalidCredentials,
    /// 401: the code is wrong, too old, or was used before. It does not say which.
    #[error("the code was not accepted")]
    InvalidCode {
        /// The server's time, to detect a wrong clock.
        server_time: Rfc3339,
        /// Seconds until every app shows its next code: 1 to 30.
        next_code_in_s: u32,
        /// Until when every code is refused, because the server's clock was set back after it had accepted a later one. A reset helps
        /// at once.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refused_until: Option<Rfc3339>,
        /// What is wrong with the first code of a set-up, if the server has found out. Never set for other codes.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cause: Option<Cause>,
    },
    /// 401: the set-up code is missing, wrong, expired, or was used before. It does not say which.
    #[error("the set-up code was not accepted")]
    InvalidSetUpCode,
    /// 401: there is no log-in or session for this request, or it has ended.
    #[error("the session has ended")]
    SessionExpired,
    /// 403: not allowed. Also for requests caused by another website (R28).
    #[error("not allowed")]
    Forbidden {
        /// The portal's own address, if the request came from a page at another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        public_url: Option<String>,
    },
    /// 403: the action needs a second factor of one's own.
    #[error("a second factor is required")]
    SecondFactorRequired,
    /// 403: the user's second factor can no longer be verified (too many wrong codes, or damaged). A log-in with a recovery code, or a
    /// reset, helps. Only returned after the correct password.
    #[error("the second factor cannot be used; a recovery code or a reset helps")]
    SecondFactorUnusable,
    /// 401: the portal does not know this passkey, although it was made for one of its users. It may have been removed.
    #[error("unknown passkey")]
    UnknownPasskey {
        /// The relying party: with `credential_id`, the argument of `signalUnknownCredential` (WebAuthn Level 3, 5.1.10).
        rp_id: String,
        /// The credential id, in base64url.
        credential_id: String,
    },
    /// 401: the passkey was not accepted: it is somebody else's, its signature is wrong, or the browser used it for another purpose.
    #[error("the passkey was not accepted")]
    InvalidPasskey,
    /// 401: the challenge has expired, was used before, or belongs to another log-in. New options help.
    #[error("the challenge has expired")]
    PasskeyExpired,
    /// 401: the passkey's signature counter has not grown, so there may be a copy of it. Only this attempt is refused.
    #[error("the passkey's counter has not grown")]
    PasskeyCounter,
    /// 401: the passkey could be backed up, and now says that it cannot. It must be removed and added again.
    #[error("the passkey has changed")]
    PasskeyChanged,
    /// 401: the device has not verified its user by PIN, fingerprint or face.
    #[error("the passkey's user was not verified")]
    PasskeyNotVerified,
    /// 403: the passkey was used at an address other than the portal's own.
    #[error("the passkey was used at another address")]
    PasskeyWrongOrigin {
        /// The portal's own address.
        public_url: String,
    },
    /// 403: an account of the user does not allow passkeys, or not without the password.
    #[error("passkeys are not allowed")]
    PasskeyNotAllowed,
    /// 403: a sensitive action needs a code that is at most 10 minutes old ([`crate::route::STEP_UP`]).
    #[error("a one-time code is required first")]
    StepUpRequired,
    /// 403: the client's address is not on the account's or the user's list.
    #[error("not allowed from this address")]
    AddressRefused,
    /// 404: not found.
    #[error("not found")]
    NotFound,
    /// 405: the path exists, but not with this method.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// 408: the request was not complete in time.
    #[error("the request took too long")]
    RequestTimeout,
    /// 409: it already exists. 412: somebody has changed it in the meantime ([`crate::SecurityConflict`]).
    #[error("conflict")]
    Conflict,
    /// 409: another user has logged in with this browser since the page was drawn ([`crate::USER_HEADER`]). Nothing was done.
    #[error("another user has logged in with this browser")]
    AnotherUser {
        /// Who is logged in, or logging in, now.
        email: Email,
    },
    /// 409: the user is the last active administrator of an account.
    #[error("the user is the last active administrator of the account")]
    LastAdministrator,
    /// 409: the person also belongs to another account, so their name and e-mail cannot be changed, and they cannot be locked down; or
    /// to one that relies on their second factor, so only the operator can make a set-up code (`postern user set-up-code`).
    #[error("the person also belongs to another account")]
    SharedUser,
    /// 409: the user has no second factor that could be reset.
    #[error("the user has no second factor")]
    NoSecondFactor,
    /// 409: the passkey is registered already.
    #[error("the passkey is registered already")]
    PasskeyExists,
    /// 409: the user has no passkey.
    #[error("no passkey")]
    NoPasskey,
    /// 409: the user has as many passkeys as possible.
    #[error("too many passkeys")]
    TooManyPasskeys {
        /// The maximum.
        most: u32,
    },
    /// 409: it is the only second factor of a user who must have one.
    #[error("the last second factor")]
    LastFactor,
    /// 409: the log-in is at another step, which [`crate::route::FLOW`] returns. Also for an action that is no longer possible.
    #[error("out of step")]
    OutOfStep,
    /// 413: the body is over 16 KiB.
    #[error("the request is too large")]
    TooLarge,
    /// 415: the body is not JSON.
    #[error("the request must be application/json")]
    UnsupportedMediaType,
    /// 428: a change of settings needs the version that it is based on in `If-Match`.
    #[error("If-Match is required")]
    PreconditionRequired,
    /// 429: too many attempts.
    #[error("too many attempts; wait {retry_after_s} s")]
    Throttled {
        /// Seconds until the next attempt is allowed; also in the `Retry-After` header.
        retry_after_s: u32,
    },
    /// 500: an internal error. The log has its cause with this id.
    #[error("internal error {request_id}")]
    Internal {
        /// The value of the response's `X-Request-Id` header.
        request_id: String,
    },
    /// 503: there is too much to look through. A narrower search takes less time.
    #[error("the report takes too long")]
    ReportTooLong,
    /// 503: the server is busy, or the database cannot be reached.
    #[error("the server is busy; wait {retry_after_s} s")]
    Unavailable {
        /// Seconds after which to try again; also in the `Retry-After` header.
        retry_after_s: u32,
    },
}

impl ApiError {
    /// The name of this refusal, as it is sent.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.into()
    }

    /// The HTTP status that carries this refusal.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed { .. } => 400,
            Self::InvalidCredentials | Self::InvalidCode { .. } | Self::InvalidSetUpCode | Self::SessionExpired => 401,
            Self::UnknownPasskey { .. }
            | Self::InvalidPasskey
            | Self::PasskeyExpired
            | Self::PasskeyCounter
            | Self::PasskeyChanged
            | Self::PasskeyNotVerified => 401,
            Self::Forbidden { .. }
            | Self::SecondFactorRequired
            | Self::SecondFactorUnusable
            | Self::StepUpRequired
            | Self::PasskeyWrongOrigin { .. }
            | Self::PasskeyNotAllowed
            | Self::AddressRefused => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::Conflict
            | Self::AnotherUser { .. }
            | Self::OutOfStep
            | Self::LastAdministrator
            | Self::SharedUser
            | Self::NoSecondFactor
            | Self::PasskeyExists
            | Self::NoPasskey
            | Self::TooManyPasskeys { .. }
            | Self::LastFactor => 409,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::PreconditionRequired => 428,
            Self::Throttled { .. } => 429,
            Self::Internal { .. } => 500,
            Self::ReportTooLong | Self::Unavailable { .. } => 503,
        }
    }
}

#[cfg(test)]
#[path = "error_tests.rs"]
mod tests;
