//! How a response is parsed.

use crate::flow::Failure;

/// Parses the body of a response; `None` if it is not what was expected.
pub(super) type Reader<T> = fn(&str) -> Option<T>;

/// The parsers of a response.
pub(super) struct Format<T> {
    /// If the request was successful.
    pub(super) answer: Reader<T>,
    /// If it was refused.
    pub(super) refusal: Reader<Failure>,
}
