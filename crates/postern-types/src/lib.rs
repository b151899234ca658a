//! The types that Postern's server and browser programs exchange, and the validation that both sides share.
//!
//! ```text
//!              POST sign-in                    POST sign-in/code or sign-in/passkey
//! Credentials ──────────────┬── has a factor ──▶ Code ───────────┐
//!      ▲                    │                                    ▼
//!      │                    ├── must set one up ▶ SetUp ──────▶ SignedIn
//!      │                    │            POST set-up/confirm     ▲
//!      │                    └── neither ─────────────────────────┘
//!      │                    a passkey alone: POST sign-in/passkey ┘
//!      │             a temporary or expired password ▶ NewPassword before SignedIn; a one-time link ▶ any of them
//!      └─ sign-in/cancel (from Code, SetUp), sign-out (from SignedIn), a session that ended
//! ```
//!
//! Only the server decides which [`Step`] comes next; the browser draws the step that it receives.
//!
//! This crate has no I/O, no clock, no random numbers and nothing asynchronous, so that it builds for the host and for
//! `wasm32-unknown-unknown`.

mod account;
mod application;
mod cause;
mod consent;
mod detail;
mod device;
mod email;
pub mod endpoint;
mod error;
mod mail;
mod me;
mod member;
mod passkey;
mod password;
mod reason;
mod report;
mod request;
mod reset;
pub mod route;
mod set_up;
mod step;
mod time;
mod totp_code;

pub use account::{
    AccountSecurity, AddressPolicy, PasswordPolicy, ResetPolicy, SecurityConflict, SecurityEffect, TwoFactorPolicy,
};
pub use application::{
    Access, AccountApplication, AccountApplications, ApplicationCheck, ApplicationClient, ApplicationConflict,
    ApplicationMembers, CheckApplication, CheckedRule, MyApplication, RequestMethod, RuleMatch, Verdict,
};
pub use cause::Cause;
pub use consent::{MyConsent, MyConsents};
pub use detail::Detail;
pub use device::device_name;
pub use email::{Email, InvalidEmail};
pub use error::ApiError;
pub use mail::{MailKind, Undelivered};
pub use me::{
    ChangePassword, ConfirmPasswordReset, FirstRun, Link, LinkToken, Lockdown, MyAuthenticator, MyLockdown,
    MyRecoveryCodes, MySession, NewAuthenticator, NewPassword, PasswordReset, SteppedUp,
};
pub use member::{AddMember, ChangeMember, Member, MemberState, Page, TwoFactorState};
pub use passkey::{
    AddPasskey, BeginPasskey, MyPasskey, MyPasskeys, PasskeyOptions, PasskeyPolicy, RenamePasskey, SetUpPasskey,
    ShowPasskey,
};
pub use password::Password;
pub use reason::{JsonType, Reason, Weakness};
pub use report::{EventEntry, Factor, Outcome, SignInEntry, What};
pub use request::{CodeRequest, ConfirmSetUp, EmptyRequest, RecoveryCodeRequest, SignInRequest};
pub use reset::{Approval, ResetAnswer, ResetRequest, ResetWait, SetUpCode};
pub use set_up::{QrCode, SetUp, SetUpOccasion};
pub use step::{
    AccountMembership, LastSignIn, MailDelivery, Method, PasswordReason, RecoveryCodes, SessionInfo, SignedIn, Step,
    USER_HEADER, UserInfo,
};
pub use time::Rfc3339;
pub use totp_code::{InvalidTotpCode, TotpCode};
