//! What a browser may learn when something is refused.

use serde::{Deserialize, Serialize};

use crate::{JsonType, Reason, Rfc3339, Weakness};

/// Every refusal of the API, as `{"error": "<snake_case name>", …}`. A closed set: the browser has words for each.
///
/// None of them tells a stranger whether a user exists, is locked or has a second factor (R12).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, thiserror::Error)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "error", rename_all = "snake_case", try_from = "Flat")]
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

/// The fields of all refusals beside each other. serde reads an enum by its tag only after it has kept all of it in a general
/// form; without that the log-in page is several kilobytes smaller.
#[derive(Deserialize)]
struct Flat {
    error: String,
    field: Option<String>,
    reason: Option<String>,
    min: Option<u32>,
    max: Option<u32>,
    line: Option<u32>,
    expected: Option<JsonType>,
    weakness: Option<Weakness>,
    server_time: Option<Rfc3339>,
    next_code_in_s: Option<u32>,
    public_url: Option<String>,
    retry_after_s: Option<u32>,
    request_id: Option<String>,
}

impl Flat {
    fn reason(&self) -> Option<Reason> {
        Some(match self.reason.as_deref()? {
            "incomplete" => Reason::Incomplete,
            "not_json" => Reason::NotJson,
            "unknown_field" => Reason::UnknownField,
            "missing" => Reason::Missing,
            "wrong_type" => Reason::WrongType { expected: self.expected? },
            "not_allowed" => Reason::NotAllowed,
            "out_of_range" => Reason::OutOfRange { min: self.min?, max: self.max? },
            "empty" => Reason::Empty,
            "too_short" => Reason::TooShort { min: self.min? },
            "too_long" => Reason::TooLong { max: self.max? },
            "too_many" => Reason::TooMany { max: self.max? },
            "invisible_character" => Reason::InvisibleCharacter,
            "not_an_email" => Reason::NotAnEmail,
            "not_ascii" => Reason::NotAscii,
            "not_a_code" => Reason::NotACode,
            "not_an_address" => Reason::NotAnAddress { line: self.line? },
            "own_address_missing" => Reason::OwnAddressMissing,
            "same_password" => Reason::SamePassword,
            "guessable" => Reason::Guessable { weakness: self.weakness? },
            "never_signed_in" => Reason::NeverSignedIn,
            _ => Reason::Unknown,
        })
    }
}

impl TryFrom<Flat> for ApiError {
    type Error = &'static str;

    fn try_from(flat: Flat) -> Result<Self, &'static str> {
        const MISSING: &str = "a field is missing";
        Ok(match flat.error.as_str() {
            "malformed" => {
                let reason = flat.reason().ok_or(MISSING)?;
                Self::Malformed { field: flat.field.ok_or(MISSING)?, reason }
            }
            "invalid_credentials" => Self::InvalidCredentials,
            "invalid_code" => Self::InvalidCode {
                server_time: flat.server_time.ok_or(MISSING)?,
                next_code_in_s: flat.next_code_in_s.ok_or(MISSING)?,
            },
            "session_expired" => Self::SessionExpired,
            "forbidden" => Self::Forbidden { public_url: flat.public_url },
            "second_factor_required" => Self::SecondFactorRequired,
            "second_factor_unusable" => Self::SecondFactorUnusable,
            "step_up_required" => Self::StepUpRequired,
            "address_refused" => Self::AddressRefused,
            "not_found" => Self::NotFound,
            "method_not_allowed" => Self::MethodNotAllowed,
            "request_timeout" => Self::RequestTimeout,
            "conflict" => Self::Conflict,
            "last_administrator" => Self::LastAdministrator,
            "shared_user" => Self::SharedUser,
            "out_of_step" => Self::OutOfStep,
            "too_large" => Self::TooLarge,
            "unsupported_media_type" => Self::UnsupportedMediaType,
            "precondition_required" => Self::PreconditionRequired,
            "throttled" => Self::Throttled { retry_after_s: flat.retry_after_s.ok_or(MISSING)? },
            "internal" => Self::Internal { request_id: flat.request_id.ok_or(MISSING)? },
            "unavailable" => Self::Unavailable { retry_after_s: flat.retry_after_s.ok_or(MISSING)? },
            _ => return Err("an unknown refusal"),
        })
    }
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

    #[test]
    fn errors_have_the_names_of_the_contract() {
        let json = |error: &ApiError| serde_json::to_string(error).unwrap();
        assert_eq!(json(&ApiError::InvalidCredentials), r#"{"error":"invalid_credentials"}"#);
        assert_eq!(json(&ApiError::Forbidden { public_url: None }), r#"{"error":"forbidden"}"#);
        assert_eq!(json(&ApiError::Throttled { retry_after_s: 7 }), r#"{"error":"throttled","retry_after_s":7}"#);
        assert_eq!(json(&ApiError::UnsupportedMediaType), r#"{"error":"unsupported_media_type"}"#);
    }

    #[test]
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
