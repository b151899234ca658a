//! The screens of a log-in: what they show, and what their buttons do. They know neither HTTP nor the order of the steps.
//! The page after the log-in is the launcher's; everything else is the console's.

mod applications;
mod code;
pub(crate) mod log_in;
mod passkey;
mod recovery_code;
mod recovery_codes;
mod set_up;
mod signed_in;
mod unreachable;

pub(crate) use code::Code;
pub(crate) use passkey::Passkey;
pub(crate) use recovery_code::{Recovered, RecoveryCode};
pub(crate) use recovery_codes::SaveRecoveryCodes;
pub(crate) use set_up::SetUp;
pub(crate) use signed_in::SignedIn;
pub(crate) use unreachable::Unreachable;
