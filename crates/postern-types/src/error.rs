//! What a browser may learn when something is refused.

use serde::{Deserialize, Serialize};

use crate::{Reason, Rfc3339};

/// Every refusal of the API, as `{"error": "<snake_case name>", …}`. A closed set: the browser has words for each.
///
/// None of them tells a stranger whether a user exists, is locked or has a second factor (R12).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "error", rename_all = "snake_case")]
pub enum ApiError {
    /// 400: the request cannot be read.
    #[error("malformed request: {field}: {reason:?}")]
    Malformed {
        /// Which field is wrong; `body` where it is the body as a whole.
        field: String,
        /// What is wrong.
        #[serde(flatten)]
        reason: Reason,
    },
    /// 401: the e-mail is unknown, the password is wrong, or the user is locked; nothing tells which.
    #[error("e-mail and password do not match")]
    InvalidCredentials,
    /// 401: the code is wrong, too old, or was used before; nothing tells which.
    #[error("the code was not accepted")]
    InvalidCode {
        /// The server's clock, for finding a phone whose clock is off.
        server_time: Rfc3339,
        /// Seconds until every app shows its next code: 1 to 30.
        next_code_in_s: u32,
    },
    /// 401: there is no log-in or session that this request could belong to.
    #[error("the session has ended")]
    SessionExpired,
    /// 403: not allowed. Also for requests that another web site caused (R28).
    #[error("not allowed")]
    Forbidden {
        /// The portal's own address, where the request came from a page at another one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        public_url: Option<String>,
    },
    /// 403: an administrator's action that needs a second factor of one's own.
    #[error("a second factor is required")]
    SecondFactorRequired,
    /// 403: the user's second factor cannot be checked any more (too many wrong codes, or damaged): only an administrator's
    /// reset helps. Told only after the right password.
    #[error("the second factor must be reset by an administrator")]
    SecondFactorUnusable,
    /// 403: a sensitive action that needs an authentication at most 10 minutes old ([`crate::route::STEP_UP`]).
    #[error("a one-time code is required first")]
    StepUpRequired,
    /// 403: this client's address is not on the account's or the user's list.
    #[error("not from this address")]
    AddressRefused,
    /// 404: no such thing.
    #[error("not found")]
    NotFound,
    /// 405: the path exists, but not with this method.
    #[error("method not allowed")]
    MethodNotAllowed,
    /// 408: the request was not complete in time.
    #[error("the request took too long")]
    RequestTimeout,
    /// 409: it is there already. 412: somebody else changed the same thing first ([`crate::SecurityConflict`]).
    #[error("conflict")]
    Conflict,
    /// 409: without this administrator nobody could administer the account.
    #[error("the last active administrator of the account")]
    LastAdministrator,
    /// 409: the person belongs to another account as well, so that this administrator alone cannot change it.
    #[error("shared with another account")]
    SharedUser,
    /// 409: the log-in stands at another step; ask [`crate::route::FLOW`] which.
    #[error("out of step")]
    OutOfStep,
    /// 413: the body is over 16 KiB.
    #[error("the request is too large")]
    TooLarge,
    /// 415: the body is not JSON.
    #[error("the request must be application/json")]
    UnsupportedMediaType,
    /// 428: a change of settings must say in `If-Match` which version it is based on.
    #[error("If-Match is required")]
    PreconditionRequired,
    /// 429: too many wrong tries.
    #[error("too many tries; wait {retry_after_s} s")]
    Throttled {
        /// Seconds until the next try is looked at; also in the `Retry-After` header.
        retry_after_s: u32,
    },
    /// 500: a fault of the server. The log has the cause under this id.
    #[error("internal error {request_id}")]
    Internal {
        /// The value of the answer's `X-Request-Id` header.
        request_id: String,
    },
    /// 503: more work than the server can do just now, or the database cannot be reached.
    #[error("the server is busy; wait {retry_after_s} s")]
    Unavailable {
        /// Seconds after which to try again; also in the `Retry-After` header.
        retry_after_s: u32,
    },
}

impl ApiError {
    /// The HTTP status that carries this refusal.
    #[must_use]
    pub const fn status(&self) -> u16 {
        match self {
            Self::Malformed { .. } => 400,
            Self::InvalidCredentials | Self::InvalidCode { .. } | Self::SessionExpired => 401,
            Self::Forbidden { .. }
            | Self::SecondFactorRequired
            | Self::SecondFactorUnusable
            | Self::StepUpRequired
            | Self::AddressRefused => 403,
            Self::NotFound => 404,
            Self::MethodNotAllowed => 405,
            Self::RequestTimeout => 408,
            Self::Conflict | Self::OutOfStep | Self::LastAdministrator | Self::SharedUser => 409,
            Self::TooLarge => 413,
            Self::UnsupportedMediaType => 415,
            Self::PreconditionRequired => 428,
            Self::Throttled { .. } => 429,
            Self::Internal { .. } => 500,
            Self::Unavailable { .. } => 503,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Weakness;

    #[test]
    fn errors_have_the_names_of_the_contract() {
        let json = |error: &ApiError| serde_json::to_string(error).unwrap();
        assert_eq!(json(&ApiError::InvalidCredentials), r#"{"error":"invalid_credentials"}"#);
        assert_eq!(json(&ApiError::Forbidden { public_url: None }), r#"{"error":"forbidden"}"#);
        assert_eq!(json(&ApiError::Throttled { retry_after_s: 7 }), r#"{"error":"throttled","retry_after_s":7}"#);
        assert_eq!(json(&ApiError::UnsupportedMediaType), r#"{"error":"unsupported_media_type"}"#);
    }

    #[test]
    #[expect(clippy::too_many_lines, reason = "every refusal is named twice")]
    fn every_refusal_is_read_back_as_it_was_written() {
        let text = || "x".to_owned();
        let time = Rfc3339("2026-11-25T09:12:00Z".into());
        let all = [
            ApiError::Malformed { field: text(), reason: Reason::NotJson },
            ApiError::Malformed { field: text(), reason: Reason::OutOfRange { min: 1, max: 9 } },
            ApiError::Malformed { field: text(), reason: Reason::TooShort { min: 12 } },
            ApiError::Malformed { field: text(), reason: Reason::NotAnAddress { line: 3 } },
            ApiError::Malformed { field: text(), reason: Reason::Guessable { weakness: Weakness::Date } },
            ApiError::InvalidCredentials,
            ApiError::InvalidCode { server_time: time, next_code_in_s: 7 },
            ApiError::SessionExpired,
            ApiError::Forbidden { public_url: None },
            ApiError::Forbidden { public_url: Some(text()) },
            ApiError::SecondFactorRequired,
            ApiError::SecondFactorUnusable,
            ApiError::StepUpRequired,
            ApiError::AddressRefused,
            ApiError::NotFound,
            ApiError::MethodNotAllowed,
            ApiError::RequestTimeout,
            ApiError::Conflict,
            ApiError::LastAdministrator,
            ApiError::SharedUser,
            ApiError::OutOfStep,
            ApiError::TooLarge,
            ApiError::UnsupportedMediaType,
            ApiError::PreconditionRequired,
            ApiError::Throttled { retry_after_s: 7 },
            ApiError::Internal { request_id: text() },
            ApiError::Unavailable { retry_after_s: 7 },
        ];
        for error in all {
            // A variant that is new must be in this list: the compiler says so here.
            match error {
                ApiError::Malformed { .. }
                | ApiError::InvalidCredentials
                | ApiError::InvalidCode { .. }
                | ApiError::SessionExpired
                | ApiError::Forbidden { .. }
                | ApiError::SecondFactorRequired
                | ApiError::SecondFactorUnusable
                | ApiError::StepUpRequired
                | ApiError::AddressRefused
                | ApiError::NotFound
                | ApiError::MethodNotAllowed
                | ApiError::RequestTimeout
                | ApiError::Conflict
                | ApiError::LastAdministrator
                | ApiError::SharedUser
                | ApiError::OutOfStep
                | ApiError::TooLarge
                | ApiError::UnsupportedMediaType
                | ApiError::PreconditionRequired
                | ApiError::Throttled { .. }
                | ApiError::Internal { .. }
                | ApiError::Unavailable { .. } => {}
            }
            let json = serde_json::to_string(&error).unwrap();
            assert_eq!(serde_json::from_str::<ApiError>(&json).unwrap(), error, "{json}");
        }
        for json in [r#"{"error":"new_one"}"#, r#"{"error":"throttled"}"#, "{}"] {
            assert!(serde_json::from_str::<ApiError>(json).is_err(), "{json}");
        }
    }
}
