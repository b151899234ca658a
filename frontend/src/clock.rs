//! The browser's clock, its difference from the server's, and times in the reader's time zone and locale. The only file that
//! uses `Date`.

use std::cell::Cell;

use js_sys::{Array, Date, Intl, JSON, Object, Reflect};
use postern_types::Rfc3339;
use wasm_bindgen::{JsCast, JsValue};

thread_local! {
    /// Milliseconds by which the browser's clock was ahead of the server's at the latest response.
    static AHEAD_MS: Cell<f64> = const { Cell::new(0.0) };
}

/// Compares the clocks, given the `Date` header of a response.
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

/// Seconds until the time in a `Retry-After` header: a number, or a date (RFC 9110, 10.2.3).
pub(crate) fn seconds_until(retry_after: &str) -> Option<u32> {
    if let Ok(seconds) = retry_after.parse() {
        return Some(seconds);
    }
    let ms = Date::parse(retry_after) - Date::now();
    ms.is_finite().then_some((ms.max(0.0) / 1000.0) as u32)
}

/// Seconds by which the browser's clock is ahead of the server's `now`.
pub(crate) fn ahead_of_s(now: &Rfc3339) -> f64 {
    (Date::now() - Date::parse(&now.0)) / 1000.0
}

/// The time of day of the browser's clock, with seconds.
pub(crate) fn now_to_the_second() -> String {
    write(&Date::new_0(), r#"{"timeStyle":"medium"}"#)
}

/// The time of day of `time`, with seconds, in the reader's time zone.
pub(crate) fn to_the_second(time: &Rfc3339) -> String {
    write(&date(time), r#"{"timeStyle":"medium"}"#)
}

/// The time of day that this device's clock will show at `time`, to the minute.
pub(crate) fn time_of_day(time: &Rfc3339) -> String {
    write(&Date::new(&JsValue::from_f64(Date::now() + ms_until(time))), r#"{"timeStyle":"short"}"#)
}

/// Date and time of day in the reader's time zone.
pub(crate) fn date_and_time(time: &Rfc3339) -> String {
    write(&date(time), r#"{"dateStyle":"long","timeStyle":"short"}"#)
}

/// Date and time of day in the reader's time zone, short enough for a table.
pub(crate) fn short(time: &Rfc3339) -> String {
    write(&date(time), r#"{"dateStyle":"medium","timeStyle":"short"}"#)
}

/// Today's date in the reader's time zone.
pub(crate) fn today() -> String {
    write(&Date::new_0(), r#"{"dateStyle":"long"}"#)
}

/// The date in the reader's time zone.
pub(crate) fn day(time: &Rfc3339) -> String {
    write(&date(time), r#"{"dateStyle":"medium"}"#)
}

/// The reader's time zone, such as `Europe/Berlin`.
pub(crate) fn time_zone() -> String {
    let options = Intl::DateTimeFormat::new(&Array::new(), &Object::new()).resolved_options();
    Reflect::get(&options, &"timeZone".into()).ok().and_then(|zone| zone.as_string()).unwrap_or_default()
}

fn date(time: &Rfc3339) -> Date {
    Date::new(&JsValue::from_str(&time.0))
}

fn write(date: &Date, style: &str) -> String {
    let style = JSON::parse(style).unwrap_or_default();
    // Without a locale it is the reader's own.
    let format = Intl::DateTimeFormat::new(&Array::new(), style.unchecked_ref()).format();
    format.call1(&JsValue::NULL, date).ok().and_then(|text| text.as_string()).unwrap_or_default()
}
