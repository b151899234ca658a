//! `GET /api/openapi.json`, the OpenAPI document, and `GET /api/docs`, the same as a page for people, without scripts and
//! without anything from elsewhere.

use std::fmt::Write;

use axum::Extension;
use axum::http::{HeaderValue, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::html::escape;
use crate::http::compression::Compressible;

const STYLE: &str = concat!(
    include_str!("../../../style/tokens.css"),
    "\
body{max-width:60rem;margin:2rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}\
h2{margin-top:2.5rem}h3{margin:0;font-size:1rem;overflow-wrap:anywhere}\
section{margin:1rem 0;padding:1rem;border:1px solid var(--line);border-radius:8px}\
code,pre{font-family:ui-monospace,monospace}pre{overflow-x:auto;margin:.5rem 0}\
b{display:inline-block;min-width:4.5rem;color:var(--accent)}\
dt{font-weight:600}dd{margin:0 0 .5rem}p{margin:.5rem 0}"
);

/// The document, and the page with its policy, generated once.
#[derive(Debug)]
pub(super) struct Docs {
    document: String,
    page: String,
    policy: HeaderValue,
}

impl Docs {
    /// Generates the page of a document.
    pub(super) fn of(document: &Value) -> Self {
        let hash = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
        let policy = format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'");
        let policy = HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"));
        Self { document: document.to_string(), page: page(document), policy }
    }

    /// The document.
    pub(super) fn document(&self) -> Response {
        let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
        (Extension(Compressible), json, self.document.clone()).into_response()
    }

    /// The page.
    pub(super) fn page(&self) -> Response {
        let policy = [(header::CONTENT_SECURITY_POLICY, self.policy.clone())];
        (Extension(Compressible), policy, Html(self.page.clone())).into_response()
    }
}

fn page(document: &Value) -> String {
    let title = text(&document["info"]["title"]);
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
         content=\"width=device-width,initial-scale=1\"><title>{title} API</title><style>{STYLE}</style></head><body>\
         <h1>{title} API</h1><p>{}</p><p>For programs: <a href=\"/api/openapi.json\">openapi.json</a></p>\
         <h2>Requests</h2>",
        text(&document["info"]["description"])
    );
    for (path, methods) in entries(&document["paths"]) {
        for (method, operation) in entries(methods) {
            operation_into(&mut page, path, method, operation);
        }
    }
    page.push_str("<h2>Refusals of many requests</h2><dl>");
    for (_, response) in entries(&document["components"]["responses"]) {
        let _ = write!(page, "<dd>{}</dd>", text(&response["description"]));
    }
    page.push_str("</dl><h2>Schemas</h2>");
    for (name, schema) in entries(&document["components"]["schemas"]) {
        let json = serde_json::to_string_pretty(schema).unwrap_or_default();
        let name = escape(name);
        let _ = write!(
            page,
            "<section id=\"{name}\"><h3>{name}</h3><p>{}</p><details><summary>JSON Schema</summary><pre>{}</pre></details></section>",
            text(&schema["description"]),
            escape(&json)
        );
    }
    page.push_str("</body></html>");
    page
}

fn operation_into(page: &mut String, path: &str, method: &str, operation: &Value) {
    let _ = write!(
        page,
        "<section><h3><b>{}</b> <code>{}</code></h3><p>{} {}</p><dl>",
        escape(&method.to_uppercase()),
        escape(path),
        text(&operation["summary"]),
        text(&operation["description"])
    );
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let _ = write!(
            page,
            "<dt><code>{}</code> ({})</dt><dd>{}</dd>",
            text(&parameter["name"]),
            text(&parameter["in"]),
            text(&parameter["description"])
        );
    }
    if let Some(body) = reference(&operation["requestBody"]) {
        let _ = write!(page, "<dt>Body</dt><dd>{body}</dd>");
    }
    for (status, response) in entries(&operation["responses"]) {
        // What many requests have in common stands below, once.
        if response["$ref"].is_string() {
            continue;
        }
        let body = reference(response).map(|body| format!(" → {body}")).unwrap_or_default();
        let _ = write!(page, "<dt>{}</dt><dd>{}{body}</dd>", escape(status), text(&response["description"]));
    }
    page.push_str("</dl></section>");
}

/// A link to the schema of a body.
fn reference(body: &Value) -> Option<String> {
    let (_, content) = entries(&body["content"]).next()?;
    let (schema, list) = match &content["schema"]["items"] {
        Value::Null => (&content["schema"], ""),
        items => (items, "list of "),
    };
    let name = escape(schema["$ref"].as_str()?.rsplit('/').next()?);
    Some(format!("{list}<a href=\"#{name}\">{name}</a>"))
}

fn entries(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten()
}

/// A description, with its code spans.
fn text(value: &Value) -> String {
    let description = escape(value.as_str().unwrap_or_default());
    let mut parts = description.split('`');
    let mut text = parts.next().unwrap_or_default().to_owned();
    while let Some(code) = parts.next() {
        let _ = write!(text, "<code>{code}</code>{}", parts.next().unwrap_or_default());
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_request_and_schema_is_on_the_page_and_nothing_is_taken_as_markup() {
        let document = json!({
            "info": {"title": "Postern", "description": "`a < b` holds"},
            "paths": {"/api/x": {"get": {"summary": "Look", "responses": {"200": {"description": "It", "content": {
                "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}}}}}},
            "components": {"schemas": {"Thing": {"description": "<b>"}}},
        });
        let page = page(&document);
        for part in [
            "<b>GET</b> <code>/api/x</code>",
            "<code>a &lt; b</code> holds",
            "<a href=\"#Thing\">Thing</a>",
            "id=\"Thing\"",
            "&lt;b&gt;",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(!page.contains("<script"));
    }
}
