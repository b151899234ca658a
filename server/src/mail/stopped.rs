use serde::{Deserialize, Serialize};

/// How a request to reset a second factor ended without a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub enum Stopped {
    /// The user cancelled it.
    Cancelled,
    /// An administrator refused it.
    Refused,
    /// Whoever asked withdrew it.
    Withdrawn,
    /// It expired, or whoever asked is no administrator any more.
    Expired,
}
