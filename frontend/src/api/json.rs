//! JSON of the console, by serde. There are too many types for [`super::object`], and the console may be larger.

use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::JsValue;

/// Parses the body of a response; `None` if it is not a `T`.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// Writes the body of a request.
pub(super) fn write(body: &impl Serialize) -> JsValue {
    serde_json::to_string(body).unwrap_or_default().into()
}
