//! The browser's clock, how far it is off the server's, and times in the reader's own zone and manner. The only file
//! that names `Date`; it measures and writes times, and decides nothing.

use std::cell::Cell;

use js_sys::{Array, Date, Intl, JSON};
use postern_types::Rfc3339;
use wasm_bindgen::{JsCast, JsValue};

thread_local! {
    /// Milliseconds that the browser's clock was ahead of the server's at the latest answer.
    static AHEAD_MS: Cell<f64> = const { Cell::new(0.0) };
}

/// Takes note of the `Date` header of an answer.
pub(crate) fn set_by_server(date: &str) {
    let ahead_ms = Date::now() - Date::parse(date);
    if ahead_ms.is_finite() {
        AHEAD_MS.set(ahead_ms);
    }
}

/// Milliseconds from now until `time`, by the server's clock.
pub(crate) fn ms_until(time: &Rfc3339) -> f64 {
    Date::parse(&time.0) - (Date::now() - AHEAD_MS.get())
}

/// Seconds between the browser's clock and the server's `now`.
pub(crate) fn difference_s(now: &Rfc3339) -> f64 {
    ((Date::now() - Date::parse(&now.0)) / 1000.0).abs()
}

/// The time of day, to the second, that the browser's clock shows.
pub(crate) fn now_to_the_second() -> String {
    write(&Date::new_0(), r#"{"timeStyle":"medium"}"#)
}

/// The time of day of `time`, to the second, in the reader's zone.
pub(crate) fn to_the_second(time: &Rfc3339) -> String {
    write(&date(time), r#"{"timeStyle":"medium"}"#)
}

/// The time of day that this device will show at `time`, to the minute.
pub(crate) fn time_of_day(time: &Rfc3339) -> String {
    write(&Date::new(&JsValue::from_f64(Date::now() + ms_until(time))), r#"{"timeStyle":"short"}"#)
}

/// Date and time of day in the reader's zone.
pub(crate) fn date_and_time(time: &Rfc3339) -> String {
    write(&date(time), r#"{"dateStyle":"long","timeStyle":"short"}"#)
}

/// Date and time of day in the reader's zone, short enough for a table.
pub(crate) fn short(time: &Rfc3339) -> String {
    write(&date(time), r#"{"dateStyle":"medium","timeStyle":"short"}"#)
}

fn date(time: &Rfc3339) -> Date {
    Date::new(&JsValue::from_str(&time.0))
}

fn write(date: &Date, style: &str) -> String {
    let style = JSON::parse(style).unwrap_or_default();
    // No locale named: the reader's own.
    let format = Intl::DateTimeFormat::new(&Array::new(), style.unchecked_ref()).format();
    format.call1(&JsValue::NULL, date).ok().and_then(|text| text.as_string()).unwrap_or_default()
}
