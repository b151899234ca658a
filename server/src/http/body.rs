//! JSON bodies. Unknown fields are refused.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use postern_types::{ApiError, JsonType, Reason};
use serde::de::DeserializeOwned;
use serde_json::error::Category;

use super::error::{AppError, malformed};
use super::json::ObjectsOnly;
use crate::state::AppState;

/// A validated JSON body.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<T: DeserializeOwned> FromRequest<AppState> for Body<T> {
    type Rejection = AppError;

    async fn from_request(request: Request, app: &AppState) -> Result<Self, AppError> {
        // It has arrived already, and is declared as JSON (`guard.rs`).
        let bytes = Bytes::from_request(request, app).await.map_err(|_| malformed("body", Reason::Incomplete))?;
        let mut json = serde_json::Deserializer::from_slice(&bytes);
        let body = serde_path_to_error::deserialize(ObjectsOnly(&mut json)).map_err(|error| {
            let path = error.path().to_string();
            refusal(&path, &error.into_inner())
        })?;
        json.end().map_err(|_| malformed("body", Reason::NotJson))?;
        Ok(Self(body))
    }
}

/// What is wrong, without repeating what was sent. serde's data errors differ only in their texts.
fn refusal(path: &str, error: &serde_json::Error) -> ApiError {
    if error.classify() != Category::Data {
        return malformed("body", Reason::NotJson);
    }
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(text, _)| text);
    if text.starts_with("unknown field") {
        return malformed(&quoted(path, text), Reason::UnknownField);
    }
    if text.starts_with("missing field") {
        return malformed(&quoted(path, text), Reason::Missing);
    }
    let field = if path == "." { "body" } else { path };
    if text.starts_with("unknown variant") {
        return malformed(field, Reason::NotAllowed);
    }
    malformed(field, Reason::of_refused_value(text).unwrap_or(Reason::WrongType { expected: expected(text) }))
}

/// The field name that serde quotes, with the path of the object that it is missing from or unknown in.
fn quoted(path: &str, text: &str) -> String {
    let name = text.split('`').nth(1).unwrap_or_default();
    // The path of an unknown field already ends with its name.
    let within = path.strip_suffix(name).unwrap_or(path).trim_end_matches('.');
    if within.is_empty() { name.to_owned() } else { format!("{within}.{name}") }
}

/// The type behind serde's "expected …".
fn expected(text: &str) -> JsonType {
    let expected = text.rsplit_once("expected ").map_or("", |(_, expected)| expected);
    match expected.split(' ').next_back().unwrap_or_default() {
        "string" => JsonType::String,
        "boolean" => JsonType::Boolean,
        "u8" | "u16" | "u32" | "u64" | "i64" | "integer" => JsonType::Integer,
        "sequence" => JsonType::Array,
        _ if expected.starts_with("struct ") || expected.starts_with("map") => JsonType::Object,
        _ => JsonType::Other,
    }
}
