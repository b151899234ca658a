//! What is wrong with the first code of a set-up.

use serde::{Deserialize, Serialize};

/// Why the first code of a set-up was refused, as far as the server can tell. A closed set; the browser has a text for each.
///
/// Only somebody who has shown the password learns it, and only during set-up. A code with a cause was refused and counted like every
/// other wrong one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(tag = "cause", rename_all = "snake_case")]
pub enum Cause {
    /// The code belongs to another time: the phone's clock and the server's differ, or the code is an earlier one.
    PhoneClock {
        /// Seconds by which the phone's clock is ahead of the server's, in whole time steps: -3600 to 3600.
        offset_s: i32,
    },
    /// The code is that of an entry from an earlier set-up.
    OldEntry,
    /// The app has used SHA-256 or SHA-512 instead of SHA-1.
    Algorithm,
    /// The app shows eight digits, and these are all of them, or the first six.
    Digits,
    /// The app shows a new code every 60 seconds instead of every 30.
    Period,
    /// The security key in the app has wrong or missing characters, or the app has not read it as Base32.
    MistypedKey,
    /// One that this version does not know.
    #[serde(other)]
    Unknown,
}
