//! The answers and bodies of the console, by serde: they are too many for [`super::object`], and the console may be larger.

use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::JsValue;

/// Reads the text of an answer; `None` where it is no such thing.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Option<T> {
    serde_json::from_str(text).ok()
}

/// Writes the body of a request.
pub(super) fn write(body: &impl Serialize) -> JsValue {
    serde_json::to_string(body).unwrap_or_default().into()
}
