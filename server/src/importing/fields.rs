//! The fields of a file in JSON or YAML. Whatever is absent or of another type is as if it were empty, so that a damaged entry is
//! refused by itself, and no message repeats what is in it.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::incoming::{Refusal, Unreadable};

/// An object.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields<'a>(Option<&'a Map<String, Value>>);

impl<'a> Fields<'a> {
    pub(super) fn of(value: &'a Value) -> Self {
        Self(value.as_object())
    }

    pub(super) fn get(self, name: &str) -> Option<&'a Value> {
        self.0?.get(name)
    }

    pub(super) fn text(self, name: &str) -> &'a str {
        self.get(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// A number, also as text.
    pub(super) fn number(self, name: &str) -> Option<i64> {
        let value = self.get(name)?;
        value.as_i64().or_else(|| value.as_str()?.parse().ok())
    }

    pub(super) fn flag(self, name: &str) -> Option<bool> {
        self.get(name)?.as_bool()
    }

    pub(super) fn list(self, name: &str) -> &'a [Value] {
        self.get(name).map(list_of).unwrap_or_default()
    }

    pub(super) fn object(self, name: &str) -> Self {
        Self(self.get(name).and_then(Value::as_object))
    }

    /// JSON within a text.
    pub(super) fn inner_json(self, name: &str) -> Value {
        serde_json::from_str(self.text(name)).unwrap_or_default()
    }

    /// The names and values of all fields.
    pub(super) fn all(self) -> impl Iterator<Item = (&'a String, &'a Value)> {
        self.0.into_iter().flatten()
    }

    /// Notes the fields besides those that are known.
    pub(super) fn note_others(self, known: &[&str], ignored: &mut BTreeSet<String>) {
        for (name, _) in self.all().filter(|(name, _)| !known.contains(&name.as_str())) {
            if !ignored.contains(name) {
                ignored.insert(name.clone());
            }
        }
    }
}

/// The elements of a list; none if it is something else.
pub(super) fn list_of(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

/// Reads a file in JSON.
pub(super) fn json(file: &[u8], what: &'static str) -> Result<Value, Unreadable> {
    serde_json::from_str(text(file)?)
        .map_err(|error| Unreadable::Other { what, line: Some(error.line() as u64).filter(|line| *line > 0) })
}

/// Reads a file in YAML.
pub(super) fn yaml(file: &[u8], what: &'static str) -> Result<Value, Unreadable> {
    serde_saphyr::from_str(text(file)?).map_err(|error| {
        let line = error.location().map(|location| location.line());
        Unreadable::Other { what, line }
    })
}

fn text(file: &[u8]) -> Result<&str, Unreadable> {
    str::from_utf8(file).map_err(|error| {
        let before = file.iter().take(error.valid_up_to());
        Unreadable::NotUtf8(1 + before.filter(|byte| **byte == b'\n').count() as u64)
    })
}

/// The lines of a file with their numbers, without those that are empty.
pub(super) fn lines(file: &[u8]) -> impl Iterator<Item = (u64, Result<&str, Refusal>)> {
    let lines = (1..).zip(file.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii));
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| (number, str::from_utf8(line).map_err(|_| Refusal::NotUtf8)))
}
