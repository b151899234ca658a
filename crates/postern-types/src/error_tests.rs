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
    let time = || Rfc3339("2026-11-25T09:12:00Z".into());
    let invalid_code =
        |refused_until, cause| ApiError::InvalidCode { server_time: time(), next_code_in_s: 7, refused_until, cause };
    let all = [
        ApiError::Malformed { field: text(), reason: Reason::NotJson },
        ApiError::Malformed { field: text(), reason: Reason::OutOfRange { min: 1, max: 9 } },
        ApiError::Malformed { field: text(), reason: Reason::TooShort { min: 12 } },
        ApiError::Malformed { field: text(), reason: Reason::NotAnAddress { line: 3 } },
        ApiError::Malformed { field: text(), reason: Reason::Guessable { weakness: Weakness::Date } },
        ApiError::InvalidCredentials,
        invalid_code(None, None),
        invalid_code(Some(time()), None),
        invalid_code(None, Some(Cause::PhoneClock { offset_s: -180 })),
        invalid_code(None, Some(Cause::OldEntry)),
        ApiError::InvalidSetUpCode,
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
        ApiError::AnotherUser { email: Email::parse("bo@example.com").unwrap() },
        ApiError::LastAdministrator,
        ApiError::SharedUser,
        ApiError::NoSecondFactor,
        ApiError::UnknownPasskey { rp_id: text(), credential_id: text() },
        ApiError::InvalidPasskey,
        ApiError::PasskeyExpired,
        ApiError::PasskeyCounter,
        ApiError::PasskeyChanged,
        ApiError::PasskeyNotVerified,
        ApiError::PasskeyWrongOrigin { public_url: text() },
        ApiError::PasskeyNotAllowed,
        ApiError::PasskeyExists,
        ApiError::NoPasskey,
        ApiError::TooManyPasskeys { most: 20 },
        ApiError::LastFactor,
        ApiError::OutOfStep,
        ApiError::TooLarge,
        ApiError::UnsupportedMediaType,
        ApiError::PreconditionRequired,
        ApiError::Throttled { retry_after_s: 7 },
        ApiError::Internal { request_id: text() },
        ApiError::ReportTooLong,
        ApiError::Unavailable { retry_after_s: 7 },
    ];
    for error in all {
        // This match makes the compiler ask for new variants, which must be added to the list above.
        match error {
            ApiError::Malformed { .. }
            | ApiError::InvalidCredentials
            | ApiError::InvalidCode { .. }
            | ApiError::InvalidSetUpCode
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
            | ApiError::AnotherUser { .. }
            | ApiError::LastAdministrator
            | ApiError::SharedUser
            | ApiError::NoSecondFactor
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
            | ApiError::LastFactor
            | ApiError::OutOfStep
            | ApiError::TooLarge
            | ApiError::UnsupportedMediaType
            | ApiError::PreconditionRequired
            | ApiError::Throttled { .. }
            | ApiError::Internal { .. }
            | ApiError::ReportTooLong
            | ApiError::Unavailable { .. } => {}
        }
        let json = serde_json::to_string(&error).unwrap();
        assert_eq!(serde_json::from_str::<ApiError>(&json).unwrap(), error, "{json}");
    }
    for json in [r#"{"error":"new_one"}"#, r#"{"error":"throttled"}"#, "{}"] {
        assert!(serde_json::from_str::<ApiError>(json).is_err(), "{json}");
    }
}
