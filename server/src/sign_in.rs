//! What the routes of a log-in share: the order of its steps, the response with a step, the session after a password, the
//! second factor, passkeys, recovery codes, set-up codes, the cause of a wrong first code, and one's own password.

pub(crate) mod diagnosis;
pub mod flow;
pub(crate) mod own_password;
pub(crate) mod passkey;
pub(crate) mod passkey_check;
pub(crate) mod passkey_sign_in;
pub(crate) mod proof;
pub(crate) mod recovery_code;
pub(crate) mod recovery_codes;
pub(crate) mod replay;
pub(crate) mod second_factor;
pub(crate) mod secrets;
pub(crate) mod session;
pub(crate) mod set_up_code;
pub(crate) mod step;
