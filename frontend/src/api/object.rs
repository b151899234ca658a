//! JSON as the browser itself reads and writes it: a parser of our own would be a fifth of the log-in program. What the
//! objects hold is said in [`super::shapes`].

use js_sys::{Array, JSON, Object, Reflect};
use postern_types::{Email, Rfc3339};
use wasm_bindgen::{JsCast, JsValue};

/// Reads the text of an answer; `None` where it is no such thing.
pub(super) fn read<T: Read>(text: &str) -> Option<T> {
    T::read(&JSON::parse(text).ok()?)
}

/// Writes the body of a request.
pub(super) fn write(body: &impl Write) -> JsValue {
    let object = Object::new();
    for (name, text) in body.texts() {
        let _ = Reflect::set(&object, &name.into(), &text.into());
    }
    JSON::stringify(&object).map(JsValue::from).unwrap_or_default()
}

/// A JSON value that was parsed already: by the browser, and in the tests by serde.
pub(super) trait Value: Sized {
    /// A member of an object; null where there is none.
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

/// What can be read out of a JSON value.
pub(super) trait Read: Sized {
    /// `None` where something is missing, or unknown to this version of the app.
    fn read(json: &impl Value) -> Option<Self>;
}

/// Reads a member of an object.
pub(super) fn member<T: Read>(json: &impl Value, name: &str) -> Option<T> {
    T::read(&json.member(name))
}

/// A body that holds nothing but texts.
pub(super) trait Write {
    /// The names of its members, each with its text.
    fn texts(&self) -> Vec<(&'static str, &str)>;
}

impl Read for bool {
    fn read(json: &impl Value) -> Option<Self> {
        json.bool()
    }
}

impl Read for u32 {
    #[expect(clippy::float_cmp, reason = "a number that is not whole is refused")]
    fn read(json: &impl Value) -> Option<Self> {
        let number = json.number()?;
        let whole = number as Self;
        (f64::from(whole) == number).then_some(whole)
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
    /// The server has parsed it.
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
