//! Logging in and out.

pub(super) mod cancel;
pub(super) mod code;
pub(super) mod flow;
pub(super) mod new_password;
pub(super) mod passkey;
pub(super) mod password;
pub(super) mod recovery;
pub(super) mod recovery_codes;
pub(super) mod set_up;
pub(super) mod set_up_passkey;
pub(super) mod sign_out;
