//! The only place that reads the time. Everything else receives `now` in unix seconds.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use postern_types::Rfc3339;
use time::OffsetDateTime;
use time::format_description::well_known;

/// Unix time in whole seconds.
pub type UnixTime = i64;

/// How far the clocks of two nodes may be apart, in seconds. A time further ahead was written by a clock that was wrong.
pub const SKEW_S: i64 = 120;
/// The seconds of a day.
pub const DAY_S: i64 = 86_400;

/// The server's clock (R10), or one that a test moves by hand.
#[derive(Clone, Debug, Default)]
pub struct Clock(Option<Arc<AtomicI64>>);

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub const fn system() -> Self {
        Self(None)
    }

    /// A clock that always shows the value of `seconds`.
    #[must_use]
    pub const fn manual(seconds: Arc<AtomicI64>) -> Self {
        Self(Some(seconds))
    }

    /// Now, in unix seconds.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place")]
    pub fn now(&self) -> UnixTime {
        self.0.as_ref().map_or_else(
            || SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs().cast_signed()),
            |seconds| seconds.load(Ordering::SeqCst),
        )
    }

    /// Milliseconds, at least one, since some moment in the past. No change of the machine's clock moves it.
    #[must_use]
    pub fn elapsed_ms(&self) -> u64 {
        self.0.as_ref().map_or_else(
            || BEGINNING.elapsed().as_millis() as u64 + 1,
            |seconds| seconds.load(Ordering::SeqCst).unsigned_abs() * 1_000,
        )
    }
}

/// When this was first asked.
static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// How far the machine's clock is into the current second, in nanoseconds. Only for the order of rows within a second.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the one place")]
pub fn nanoseconds_of_second() -> u32 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.subsec_nanos())
}

/// A moment to measure from, which no change of the machine's clock moves. Only for the limits of connections and of the queue.
#[must_use]
pub fn instant() -> Instant {
    Instant::now()
}

/// The time as the API writes it. Times outside the years 1970 to 9999 become the epoch.
#[must_use]
pub fn rfc3339(at: UnixTime) -> Rfc3339 {
    let moment = OffsetDateTime::from_unix_timestamp(at).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    Rfc3339(moment.format(&well_known::Rfc3339).unwrap_or_default())
}

/// A time as every reader understands it: `2026-11-25 at 09:12 UTC`.
#[must_use]
pub fn in_words(at: UnixTime) -> String {
    let text = rfc3339(at).0;
    match (text.get(..10), text.get(11..16)) {
        (Some(date), Some(time)) => format!("{date} at {time} UTC"),
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_with_whole_seconds() {
        assert_eq!(rfc3339(1_700_000_010).0, "2023-11-14T22:13:30Z");
    }
}
