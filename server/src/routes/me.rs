//! A user's own password, sessions and second factor.

pub(super) mod accounts;
pub(super) mod alarm;
pub(super) mod applications;
pub(super) mod authenticator;
pub(super) mod consents;
pub(super) mod lockdown;
pub(super) mod passkeys;
pub(super) mod password;
pub(super) mod recovery_codes;
pub(super) mod sessions;
pub(super) mod step_up;
pub(super) mod step_up_passkey;
