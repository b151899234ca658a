//! What the routes of a log-in share: the order of its steps, the step that a browser is told, the session that a password
//! earns, the second factor, and one's own password.

pub mod flow;
pub(crate) mod own_password;
pub(crate) mod second_factor;
pub(crate) mod secrets;
pub(crate) mod session;
pub(crate) mod step;
