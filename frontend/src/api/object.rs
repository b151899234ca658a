//! JSON by the browser's own parser: another parser would be a fifth of the log-in program. [`super::shapes`] has the types.

use js_sys::{Array, JSON, Object, Reflect};
use postern_types::{ApiError, Email, Rfc3339};
use wasm_bindgen::{JsCast, JsValue};

use super::format::Format;
use crate::flow::Failure;

/// Parses the body of a response; `None` if it is not a `T`.
pub(super) fn read<T: Read>(text: &str) -> Option<T> {
    T::read(&JSON::parse(text).ok()?)
}

/// The format of a log-in's responses. Of a malformed field it says only that it is malformed.
pub(super) fn format<T: Read>() -> Format<T> {
    Format { answer: read, refusal }
}

/// Parses a refusal.
pub(super) fn refusal(text: &str) -> Option<Failure> {
    read::<ApiError>(text).map(Failure::Refused)
}

/// Writes the body of a request.
pub(super) fn write(body: &impl Write) -> JsValue {
    let object = Object::new();
    for (name, text) in body.texts() {
        let _ = Reflect::set(&object, &name.into(), &text.into());
    }
    JSON::stringify(&object).map(JsValue::from).unwrap_or_default()
}

/// A parsed JSON value, of the browser, or of serde in tests.
pub(super) trait Value: Sized {
    /// A member of an object; null if there is none.
    fn member(&self, name: &str) -> Self;
    fn is_null(&self) -> bool;
    fn bool(&self) -> Option<bool>;
    fn number(&self) -> Option<f64>;
    fn text(&self) -> Option<String>;
    fn elements(&self) -> Option<Vec<Self>>;
}

impl Value for JsValue {
    fn member(&self, name: &str) -> Self {
        Reflect::get(self, &name.into()).unwrap_or_default()
    }

    fn is_null(&self) -> bool {
        self.is_null_or_undefined()
    }

    fn bool(&self) -> Option<bool> {
        self.as_bool()
    }

    fn number(&self) -> Option<f64> {
        self.as_f64()
    }

    fn text(&self) -> Option<String> {
        self.as_string()
    }

    fn elements(&self) -> Option<Vec<Self>> {
        self.dyn_ref::<Array>().map(Array::to_vec)
    }
}

/// A type that can be read from a JSON value.
pub(super) trait Read: Sized {
    /// `None` if something is missing, or unknown to this version of the app.
    fn read(json: &impl Value) -> Option<Self>;
}

/// Reads a member of an object.
pub(super) fn member<T: Read>(json: &impl Value, name: &str) -> Option<T> {
    T::read(&json.member(name))
}

/// A body whose members are all strings.
pub(super) trait Write {
    /// The names and values of its members.
    fn texts(&self) -> Vec<(&'static str, &str)>;
}

impl Read for bool {
    fn read(json: &impl Value) -> Option<Self> {
        json.bool()
    }
}

impl Read for u32 {
    fn read(json: &impl Value) -> Option<Self> {
        i64::read(json)?.try_into().ok()
    }
}

impl Read for i32 {
    fn read(json: &impl Value) -> Option<Self> {
        i64::read(json)?.try_into().ok()
    }
}

impl Read for i64 {
    #[expect(clippy::float_cmp, reason = "a number that is not whole is refused")]
    fn read(json: &impl Value) -> Option<Self> {
        let number = json.number()?;
        let integer = number as Self;
        (integer as f64 == number).then_some(integer)
    }
}

impl Read for String {
    fn read(json: &impl Value) -> Option<Self> {
        json.text()
    }
}

impl Read for Rfc3339 {
    fn read(json: &impl Value) -> Option<Self> {
        json.text().map(Self)
    }
}

impl Read for Email {
    /// The server has validated it.
    fn read(json: &impl Value) -> Option<Self> {
        json.text().map(Self::from_stored)
    }
}

impl<T: Read> Read for Option<T> {
    fn read(json: &impl Value) -> Option<Self> {
        if json.is_null() { Some(None) } else { T::read(json).map(Some) }
    }
}

impl<T: Read> Read for Vec<T> {
    fn read(json: &impl Value) -> Option<Self> {
        json.elements()?.iter().map(T::read).collect()
    }
}
