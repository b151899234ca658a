//! Every name in JSON is the one that serde gives it.

use postern_types::{Email, Password, Rfc3339, TotpCode};
use serde::Serialize;
use serde_json::json;

use super::*;

impl Value for serde_json::Value {
    fn member(&self, name: &str) -> Self {
        self.get(name).cloned().unwrap_or_default()
    }

    fn is_null(&self) -> bool {
        serde_json::Value::is_null(self)
    }

    fn bool(&self) -> Option<bool> {
        self.as_bool()
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }

    fn text(&self) -> Option<String> {
        self.as_str().map(str::to_owned)
    }

    fn elements(&self) -> Option<Vec<Self>> {
        self.as_array().cloned()
    }
}

fn text() -> String {
    "x".to_owned()
}

fn time() -> Rfc3339 {
    Rfc3339("2026-11-25T09:12:00Z".to_owned())
}

fn email() -> Email {
    Email::parse("ada@example.com").unwrap()
}

#[track_caller]
fn is_read_back<T: Read + Serialize + PartialEq + std::fmt::Debug>(value: &T) {
    let json = serde_json::to_value(value).unwrap();
    assert_eq!(T::read(&json).as_ref(), Some(value), "{json}");
}

#[test]
fn every_step_is_read_as_the_server_writes_it() {
    let set_up = |occasion| SetUp {
        issuer: "Postern".to_owned(),
        label: "ada".to_owned(),
        security_key: "GEZDGNBV".to_owned(),
        otpauth_uri: "otpauth://totp/x".to_owned(),
        qr: QrCode { size: 29, path: "M0 0".to_owned() },
        occasion,
        required_by: vec!["Acme".to_owned(), "Bolt".to_owned()],
        needs_set_up_code: true,
        set_up_code_from: vec!["Acme".to_owned()],
        passkey: true,
        expires_at: time(),
    };
    let signed_in = |last_sign_in, mail| SignedIn {
        user: UserInfo { id: "u1".to_owned(), email: email(), name: "Ada".to_owned() },
        accounts: vec![AccountMembership { id: "a1".to_owned(), name: "Acme".to_owned(), admin: true }],
        session: SessionInfo { expires_at: time(), amr: vec!["pwd".to_owned()] },
        last_sign_in,
        recovery_codes_left: None,
        mail,
        code_replayed: None,
    };
    let last = LastSignIn { at: time(), address: "192.0.2.7".to_owned() };
    for step in [
        Step::Credentials,
        Step::SetUp(Box::new(set_up(SetUpOccasion::First))),
        Step::SetUp(Box::new(set_up(SetUpOccasion::AfterReset))),
        Step::SetUp(Box::new(set_up(SetUpOccasion::Replacement))),
        Step::Code {
            email: email(),
            expires_at: time(),
            methods: vec![Method::Totp, Method::RecoveryCode, Method::Passkey, Method::Unknown],
            issuer: "Postern".to_owned(),
            label: "ada".to_owned(),
        },
        Step::NewPassword { email: email(), reason: PasswordReason::Temporary },
        Step::NewPassword { email: email(), reason: PasswordReason::Expired },
        Step::RecoveryCodes(RecoveryCodes { email: email(), codes: vec![text(), text()] }),
        Step::SignedIn(Box::new(signed_in(None, MailDelivery::Smtp))),
        Step::SignedIn(Box::new(SignedIn { recovery_codes_left: Some(2), ..signed_in(None, MailDelivery::Smtp) })),
        Step::SignedIn(Box::new(signed_in(Some(last), MailDelivery::Files))),
    ] {
        // This match makes the compiler ask for new variants, which must be added to the list above.
        match &step {
            Step::Credentials
            | Step::SetUp(_)
            | Step::Code { .. }
            | Step::NewPassword { .. }
            | Step::RecoveryCodes(_)
            | Step::SignedIn(_) => is_read_back(&step),
        }
    }
}

#[test]
fn an_application_is_read_as_the_server_writes_it() {
    for icon in [None, Some("/api/applications/a1/icon".to_owned())] {
        is_read_back(&MyApplication { id: "a1".to_owned(), name: text(), url: text(), icon });
    }
}

fn invalid_code(refused_until: Option<Rfc3339>, cause: Option<Cause>) -> ApiError {
    ApiError::InvalidCode { server_time: time(), next_code_in_s: 7, refused_until, cause }
}

#[test]
fn every_cause_of_a_refused_code_is_read_as_the_server_writes_it() {
    for cause in [
        Cause::PhoneClock { offset_s: -180 },
        Cause::OldEntry,
        Cause::Algorithm,
        Cause::Digits,
        Cause::Period,
        Cause::MistypedKey,
        Cause::Unknown,
    ] {
        // This match makes the compiler ask for new variants, which must be added to the list above.
        match &cause {
            Cause::PhoneClock { .. }
            | Cause::OldEntry
            | Cause::Algorithm
            | Cause::Digits
            | Cause::Period
            | Cause::MistypedKey
            | Cause::Unknown => is_read_back(&invalid_code(None, Some(cause))),
        }
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "every refusal is named twice")]
fn every_refusal_of_a_log_in_is_read_as_the_server_writes_it() {
    for error in [
        ApiError::Malformed { field: "name".to_owned(), reason: Reason::Unknown },
        ApiError::InvalidCredentials,
        invalid_code(Some(time()), None),
        invalid_code(None, None),
        ApiError::InvalidSetUpCode,
        ApiError::SessionExpired,
        ApiError::Forbidden { public_url: None },
        ApiError::Forbidden { public_url: Some(text()) },
        ApiError::SecondFactorUnusable,
        ApiError::StepUpRequired,
        ApiError::AddressRefused,
        ApiError::RequestTimeout,
        ApiError::AnotherUser { email: Email::from_stored("bo@example.com".to_owned()) },
        ApiError::OutOfStep,
        ApiError::TooLarge,
        ApiError::Throttled { retry_after_s: 7 },
        ApiError::Internal { request_id: text() },
        ApiError::Unavailable { retry_after_s: 7 },
    ] {
        // This match makes the compiler ask for new variants, which must be added to the list above.
        match &error {
            ApiError::Malformed { .. }
            | ApiError::InvalidCredentials
            | ApiError::InvalidCode { .. }
            | ApiError::InvalidSetUpCode
            | ApiError::SessionExpired
            | ApiError::Forbidden { .. }
            | ApiError::SecondFactorUnusable
            | ApiError::StepUpRequired
            | ApiError::AddressRefused
            | ApiError::RequestTimeout
            | ApiError::AnotherUser { .. }
            | ApiError::OutOfStep
            | ApiError::TooLarge
            | ApiError::Throttled { .. }
            | ApiError::Internal { .. }
            | ApiError::Unavailable { .. } => is_read_back(&error),
            // Only the console can meet these, and reads them by serde.
            ApiError::NotFound
            | ApiError::MethodNotAllowed
            | ApiError::Conflict
            | ApiError::LastAdministrator
            | ApiError::SharedUser
            | ApiError::NoSecondFactor
            | ApiError::UnsupportedMediaType
            | ApiError::PreconditionRequired
            | ApiError::SecondFactorRequired
            | ApiError::ReportTooLong
            // The script has the words for these: see the next test.
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
            | ApiError::LastFactor => unreachable!("{error}"),
        }
    }
}

#[test]
fn a_refusal_about_a_passkey_is_left_to_the_script_which_has_words_for_it() {
    let script = include_str!("../../passkey.js");
    let text = || "x".to_owned();
    for error in [
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
    ] {
        let json = serde_json::to_value(&error).unwrap();
        assert!(ApiError::read(&json).is_none(), "{json}");
        let name = json["error"].as_str().unwrap();
        assert!(script.contains(&format!("  {name}: '")), "{name}");
    }
}

#[test]
fn what_this_version_does_not_know_is_not_read() {
    for json in [json!({"step": "later"}), json!({"step": "code"}), json!({}), json!(null), json!([])] {
        assert_eq!(Step::read(&json), None, "{json}");
    }
    for json in [
        json!({"error": "new_one"}),
        json!({"error": "throttled"}),
        json!({"error": "throttled", "retry_after_s": -1}),
        json!({"error": "throttled", "retry_after_s": 1.5}),
        json!({"error": "throttled", "retry_after_s": "7"}),
        json!({}),
    ] {
        assert_eq!(ApiError::read(&json), None, "{json}");
    }
}

#[test]
fn every_body_is_written_as_the_server_reads_it() {
    #[track_caller]
    fn is_written(body: &(impl Write + Serialize)) {
        let texts = body.texts().into_iter().map(|(name, text)| (name.to_owned(), json!(text)));
        assert_eq!(serde_json::Value::Object(texts.collect()), serde_json::to_value(body).unwrap());
    }
    is_written(&SignInRequest { email: "ada@example.com".to_owned(), password: Password::new("“\"\\".to_owned()) });
    is_written(&CodeRequest { code: TotpCode::parse("047164").unwrap() });
    is_written(&EmptyRequest {});
}
