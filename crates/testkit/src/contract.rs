//! The OpenAPI document as the judge of every answer: its status must be documented for the route, and its body must fit the
//! schema.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use axum::http::Method;
use jsonschema::Validator;
use serde_json::{Value, json};

use crate::answer::Answer;

static DOCUMENT: LazyLock<Value> = LazyLock::new(|| serde_json::to_value(postern::api_document()).unwrap());
/// The schemas that were needed so far, compiled.
static SCHEMAS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);
/// The answers for paths that are not routes.
const NO_ROUTE: [u16; 7] = [400, 403, 404, 405, 408, 413, 500];

/// Paths that are not part of the document: itself, and forms on our own pages.
const NOT_IN_DOCUMENT: [&str; 4] = ["/api/openapi.json", "/api/docs", "/oidc/consent", "/oidc/another-user"];

/// Checks an answer of the API against the document.
#[track_caller]
pub(crate) fn check(method: &Method, path: &str, answer: &Answer) {
    let status = answer.status.as_u16();
    let path = path.split('?').next().unwrap_or_default();
    // Every method is answered there, and what follows is the path of another request.
    let is_check = path.starts_with("/api/forward-auth/");
    let is_get = *method == Method::HEAD || is_check;
    let method = if is_get { "get".to_owned() } else { method.as_str().to_lowercase() };
    let path = if path.starts_with("/api/forward-auth/envoy/") { "/api/forward-auth/envoy/x" } else { path };
    let is_of_document = path.starts_with("/api/") || path.starts_with("/oidc/");
    if !is_of_document || method == "options" || NOT_IN_DOCUMENT.contains(&path) {
        return;
    }
    let Some(responses) = documented(&method, path) else {
        return assert!(
            NO_ROUTE.contains(&status),
            "{method} {path} is not documented, and was answered with {status}"
        );
    };
    let response = resolved(&responses[status.to_string()]);
    assert!(response.is_object(), "{status} is not documented for {method} {path}: {}", answer.text());
    let schema = &response["content"]["application/json"]["schema"];
    let is_page = answer.header("content-type").starts_with("text/html");
    if schema.is_object() && !is_page && !answer.body.is_empty() {
        let body = answer.json();
        let problem = compiled(schema).validate(&body).err().map(|error| error.to_string());
        assert_eq!(problem, None, "{method} {path} {status}: {body}");
    }
}

/// The documented responses of the route.
fn documented(method: &str, path: &str) -> Option<&'static Value> {
    let routes = DOCUMENT["paths"].as_object()?;
    // A path without placeholders comes before one with them, as in the router.
    let fitting = || routes.iter().find(|(template, route)| fits(template, path) && route[method].is_object());
    let route = routes.get(path).or_else(|| fitting().map(|(_, route)| route))?;
    Some(&route[method]["responses"]).filter(|responses| responses.is_object())
}

/// Whether this is a path of the template, in which `{…}` stands for one segment.
fn fits(template: &str, path: &str) -> bool {
    let (parts, segments): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    let same = |(part, segment): (&&str, &&str)| part == segment || part.starts_with('{') && !segment.is_empty();
    parts.len() == segments.len() && parts.iter().zip(&segments).all(same)
}

fn resolved(value: &'static Value) -> &'static Value {
    let place = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#'));
    place.and_then(|place| DOCUMENT.pointer(place)).unwrap_or(value)
}

fn compiled(schema: &Value) -> Arc<Validator> {
    let mut schemas = SCHEMAS.lock().unwrap_or_else(PoisonError::into_inner);
    let compile = || {
        let with_components = json!({"allOf": [schema], "components": DOCUMENT["components"]});
        Arc::new(jsonschema::validator_for(&with_components).unwrap())
    };
    Arc::clone(schemas.entry(schema.to_string()).or_insert_with(compile))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        Answer { status: status.try_into().unwrap(), headers: axum::http::HeaderMap::new(), body: body.into() }
    }

    #[test]
    fn a_documented_answer_passes() {
        check(&Method::GET, "/api/flow?x=1", &answer(200, r#"{"step":"credentials"}"#));
        check(&Method::DELETE, "/api/me/sessions/some-id", &answer(404, r#"{"error":"not_found"}"#));
    }

    #[test]
    #[should_panic = "418 is not documented for get /api/flow"]
    fn an_undocumented_status_is_noticed() {
        check(&Method::GET, "/api/flow", &answer(418, "{}"));
    }

    #[test]
    #[should_panic = "get /api/flow 200"]
    fn a_body_of_another_form_is_noticed() {
        check(&Method::GET, "/api/flow", &answer(200, r#"{"step":"other"}"#));
    }

    #[test]
    #[should_panic = "is not documented, and was answered with 200"]
    fn a_route_beside_the_document_is_noticed() {
        check(&Method::GET, "/api/other", &answer(200, "{}"));
    }
}
