//! The screens of a log-in: what they show, and what their buttons do. They know neither HTTP nor the order of the steps.
//! Everything after a log-in belongs to the console.

mod code;
pub(crate) mod log_in;
mod set_up;
mod signed_in;
mod unreachable;

pub(crate) use code::Code;
pub(crate) use set_up::SetUp;
pub(crate) use signed_in::SignedIn;
pub(crate) use unreachable::Unreachable;
