//! A user's own password, sessions and second factor.

pub(super) mod accounts;
pub(super) mod authenticator;
pub(super) mod password;
pub(super) mod sessions;
pub(super) mod step_up;
