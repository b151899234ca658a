//! The steps, refusals and bodies of a log-in, with the names that `postern-types` gives them in JSON. Tests compare every
//! name with serde's.

use postern_types::{
    AccountMembership, ApiError, Cause, CodeRequest, ConfirmSetUp, EmptyRequest, LastSignIn, MailDelivery, Method,
    MyApplication, PasswordReason, QrCode, Reason, RecoveryCodeRequest, RecoveryCodes, SessionInfo, SetUp,
    SetUpOccasion, SignInRequest, SignedIn, Step, UserInfo,
};

use super::object::{Read, Value, Write, member};

impl Read for Step {
    fn read(json: &impl Value) -> Option<Self> {
        Some(match member::<String>(json, "step")?.as_str() {
            "credentials" => Self::Credentials,
            "set_up" => Self::SetUp(Box::new(SetUp::read(json)?)),
            "code" => Self::Code {
                email: member(json, "email")?,
                expires_at: member(json, "expires_at")?,
                methods: member(json, "methods")?,
                issuer: member(json, "issuer")?,
                label: member(json, "label")?,
            },
            "new_password" => Self::NewPassword { email: member(json, "email")?, reason: member(json, "reason")? },
            "recovery_codes" => {
                Self::RecoveryCodes(RecoveryCodes { email: member(json, "email")?, codes: member(json, "codes")? })
            }
            "signed_in" => Self::SignedIn(Box::new(SignedIn::read(json)?)),
            _ => return None,
        })
    }
}

impl Read for Method {
    fn read(json: &impl Value) -> Option<Self> {
        Some(match json.text()?.as_str() {
            "totp" => Self::Totp,
            "recovery_code" => Self::RecoveryCode,
            "passkey" => Self::Passkey,
            _ => Self::Unknown,
        })
    }
}

impl Read for SetUp {
    fn read(json: &impl Value) -> Option<Self> {
        Some(Self {
            issuer: member(json, "issuer")?,
            label: member(json, "label")?,
            security_key: member(json, "security_key")?,
            otpauth_uri: member(json, "otpauth_uri")?,
            qr: member(json, "qr")?,
            occasion: member(json, "occasion")?,
            required_by: member(json, "required_by")?,
            needs_set_up_code: member(json, "needs_set_up_code")?,
            set_up_code_from: member::<Option<_>>(json, "set_up_code_from")?.unwrap_or_default(),
            passkey: member(json, "passkey")?,
            expires_at: member(json, "expires_at")?,
        })
    }
}

impl Read for SetUpOccasion {
    fn read(json: &impl Value) -> Option<Self> {
        Some(match json.text()?.as_str() {
            "first" => Self::First,
            "after_reset" => Self::AfterReset,
            "replacement" => Self::Replacement,
            _ => return None,
        })
    }
}

impl Read for QrCode {
    fn read(json: &impl Value) -> Option<Self> {
        Some(Self { size: member(json, "size")?, path: member(json, "path")? })
    }
}

impl Read for PasswordReason {
    fn read(json: &impl Value) -> Option<Self> {
        Some(match json.text()?.as_str() {
            "temporary" => Self::Temporary,
            "expired" => Self::Expired,
            "locked_down" => Self::LockedDown,
            _ => return None,
        })
    }
}

impl Read for SignedIn {
    fn read(json: &impl Value) -> Option<Self> {
        Some(Self {
            user: member(json, "user")?,
            accounts: member(json, "accounts")?,
            session: member(json, "session")?,
            last_sign_in: member(json, "last_sign_in")?,
            recovery_codes_left: member(json, "recovery_codes_left")?,
            mail: member(json, "mail")?,
            code_replayed: member(json, "code_replayed")?,
        })
    }
}

impl Read for UserInfo {
    fn read(json: &impl Value) -> Option<Self> {
        Some(Self { id: member(json, "id")?, email: member(json, "email")?, name: member(json, "name")? })
    }
}

impl Read for AccountMembership {
    fn read(json: &impl Value) -> Option<Self> {
        Some(Self { id: member(json, "id")?, name: member(json, "name")?, admin: member(json, "admin")? })
    }
}

impl Read for SessionInfo {
    fn read(json: &impl Value) -> Option<Self> {
        Some(Self { expires_at: member(json, "expires_at")?, amr: member(json, "amr")? })
    }
}

impl Read for LastSignIn {
    fn read(json: &impl Value) -> Option<Self> {
        Some(Self { at: member(json, "at")?, address: member(json, "address")? })
    }
}

impl Read for MailDelivery {
    fn read(json: &impl Value) -> Option<Self> {
        Some(match json.text()?.as_str() {
            "smtp" => Self::Smtp,
            "files" => Self::Files,
            _ => return None,
        })
    }
}

impl Read for MyApplication {
    fn read(json: &impl Value) -> Option<Self> {
        Some(Self {
            id: member(json, "id")?,
            name: member(json, "name")?,
            url: member(json, "url")?,
            icon: member(json, "icon")?,
        })
    }
}

/// What only the console can meet is not read here, and neither is what is about passkeys: [`super::passkey`] passes that on.
impl Read for ApiError {
    fn read(json: &impl Value) -> Option<Self> {
        Some(match member::<String>(json, "error")?.as_str() {
            // The log-in only sends what it has validated, so it needs no texts for reasons.
            "malformed" => Self::Malformed { field: member(json, "field")?, reason: Reason::Unknown },
            "invalid_credentials" => Self::InvalidCredentials,
            "invalid_code" => Self::InvalidCode {
                server_time: member(json, "server_time")?,
                next_code_in_s: member(json, "next_code_in_s")?,
                refused_until: member(json, "refused_until")?,
                cause: member(json, "cause")?,
            },
            "invalid_set_up_code" => Self::InvalidSetUpCode,
            "session_expired" => Self::SessionExpired,
            "forbidden" => Self::Forbidden { public_url: member(json, "public_url")? },
            "second_factor_unusable" => Self::SecondFactorUnusable,
            "step_up_required" => Self::StepUpRequired,
            "address_refused" => Self::AddressRefused,
            "request_timeout" => Self::RequestTimeout,
            "another_user" => Self::AnotherUser { email: member(json, "email")? },
            "out_of_step" => Self::OutOfStep,
            "too_large" => Self::TooLarge,
            "throttled" => Self::Throttled { retry_after_s: member(json, "retry_after_s")? },
            "internal" => Self::Internal { request_id: member(json, "request_id")? },
            "unavailable" => Self::Unavailable { retry_after_s: member(json, "retry_after_s")? },
            _ => return None,
        })
    }
}

impl Read for Cause {
    fn read(json: &impl Value) -> Option<Self> {
        Some(match member::<String>(json, "cause")?.as_str() {
            "phone_clock" => Self::PhoneClock { offset_s: member(json, "offset_s")? },
            "old_entry" => Self::OldEntry,
            "algorithm" => Self::Algorithm,
            "digits" => Self::Digits,
            "period" => Self::Period,
            "mistyped_key" => Self::MistypedKey,
            _ => Self::Unknown,
        })
    }
}

impl Write for SignInRequest {
    fn texts(&self) -> Vec<(&'static str, &str)> {
        vec![("email", &self.email), ("password", self.password.expose())]
    }
}

impl Write for CodeRequest {
    fn texts(&self) -> Vec<(&'static str, &str)> {
        vec![("code", self.code.as_str())]
    }
}

impl Write for ConfirmSetUp {
    fn texts(&self) -> Vec<(&'static str, &str)> {
        let set_up_code = self.set_up_code.as_deref().map(|code| ("set_up_code", code));
        [("code", self.code.as_str())].into_iter().chain(set_up_code).collect()
    }
}

impl Write for RecoveryCodeRequest {
    fn texts(&self) -> Vec<(&'static str, &str)> {
        vec![("recovery_code", &self.recovery_code)]
    }
}

impl Write for EmptyRequest {
    fn texts(&self) -> Vec<(&'static str, &str)> {
        Vec::new()
    }
}

#[cfg(test)]
#[path = "shapes_tests.rs"]
mod tests;
