//! What the routes of a log-in share: the order of its steps, the response with a step, the session after a password, the
//! second factor, and one's own password.

pub mod flow;
pub(crate) mod own_password;
pub(crate) mod second_factor;
pub(crate) mod secrets;
pub(crate) mod session;
pub(crate) mod step;
