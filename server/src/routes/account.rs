//! Administration of an account.

pub(super) mod applications;
pub(super) mod events;
pub(super) mod login_history;
pub(super) mod resets;
pub(super) mod security;
pub(super) mod users;
