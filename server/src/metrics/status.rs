//! Classes of status codes (RFC 9110, 15).

/// The classes of final responses.
pub(super) const CLASSES: [&str; 4] = ["2xx", "3xx", "4xx", "5xx"];

/// The class of a status.
pub(super) const fn class(status: u16) -> &'static str {
    CLASSES[class_index(status)]
}

/// Its place in [`CLASSES`].
pub(super) const fn class_index(status: u16) -> usize {
    match status {
        0..300 => 0,
        300..400 => 1,
        400..500 => 2,
        _ => 3,
    }
}
