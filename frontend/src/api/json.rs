//! JSON of the console, by serde. There are too many types for [`super::object`], and the console may be larger.

use postern_types::{ApiError, Step};
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::JsValue;

use super::format::Format;
use super::object;
use crate::flow::Failure;

/// Parses the body of a response; `None` if it is not a `T`.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// The format of the console's responses.
pub(super) fn format<T: DeserializeOwned>() -> Format<T> {
    Format { answer: read, refusal }
}

/// The format of a response without content.
pub(super) const NOTHING: Format<()> = Format { answer: |_| Some(()), refusal };

/// Parses a refusal.
pub(super) fn refusal(text: &str) -> Option<Failure> {
    read::<ApiError>(text).map(Failure::Refused)
}

/// The format where the response is a step, which is parsed as in a log-in.
pub(super) fn step_format() -> Format<Step> {
    Format { answer: object::read, refusal }
}

/// Writes the body of a request.
pub(super) fn write(body: &impl Serialize) -> JsValue {
    serde_json::to_string(body).unwrap_or_default().into()
}
