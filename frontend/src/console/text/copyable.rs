//! The texts of values that can be copied.

pub(in crate::console) const COPY: &str = "Copy";
pub(in crate::console) const REFUSED: &str =
    "The browser did not allow copying. The value is selected: press Ctrl+C, or ⌘C on a Mac.";

/// The name of a button.
pub(in crate::console) fn copy(what: &str) -> String {
    format!("{COPY}: {what}")
}

/// The message afterwards.
pub(in crate::console) fn copied(what: &str) -> String {
    format!("Copied: {what}")
}
