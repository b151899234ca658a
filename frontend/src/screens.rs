//! One module per screen: what is on it and what its buttons do. Screens know no HTTP and no order of steps. Recovery
//! codes will become a screen here; everything that comes after a log-in is the console's, so that it does not weigh here.

mod code;
pub(crate) mod log_in;
mod set_up;
mod signed_in;
mod unreachable;

pub(crate) use code::Code;
pub(crate) use set_up::SetUp;
pub(crate) use signed_in::SignedIn;
pub(crate) use unreachable::Unreachable;
