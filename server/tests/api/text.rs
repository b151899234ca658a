//! Text that a database cannot hold, in every place of every route.

use axum::http::Method;
use postern_testkit::{ACCOUNT, ADA, Admin, Browser, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use serde_json::{Value, json};

/// Texts in JSON that are odd, or no text: NUL, half a pair of surrogates, noncharacters, reordering characters.
const ODD: [&str; 6] = [r"\u0000", r"a\u0000b", r"\ud800", r"\udc00\ud800", r"\uffff", r"\u202e\u0007"];
/// The same in a URL, and bytes that are not UTF-8.
const ODD_IN_URLS: [&str; 5] = ["%00", "a%00b", "%ff", "%ed%a0%80", "%ef%bf%bf"];

/// An operation of the document.
struct Operation {
    method: Method,
    path: String,
    in_query: Vec<String>,
    body: Value,
}

async fn operations(portal: &Portal) -> Vec<Operation> {
    let document = portal.browser().get("/api/openapi.json").await.expect(200).json();
    let mut operations = Vec::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
            let in_query = parameters.iter().filter(|parameter| parameter["in"] == "query");
            let schema = &operation["requestBody"]["content"]["application/json"]["schema"];
            operations.push(Operation {
                method: method.to_uppercase().parse().unwrap(),
                path: path.clone(),
                in_query: in_query.map(|parameter| parameter["name"].as_str().unwrap().to_owned()).collect(),
                body: example(&document, schema),
            });
        }
    }
    operations
}

/// A value of a schema. Texts are a placeholder.
fn example(document: &Value, schema: &Value) -> Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return example(document, document.pointer(reference.trim_start_matches('#')).unwrap());
    }
    if let Some(one) = schema["oneOf"].as_array().or(schema["allOf"].as_array()).and_then(|all| all.last()) {
        return example(document, one);
    }
    if let Some(properties) = schema["properties"].as_object() {
        return properties.iter().map(|(name, schema)| (name.clone(), example(document, schema))).collect();
    }
    let types = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    match types.iter().find_map(Value::as_str).unwrap_or_default() {
        "array" => json!([example(document, &schema["items"])]),
        "boolean" => json!(false),
        "integer" => json!(1),
        "object" => json!({}),
        _ => json!("PLACEHOLDER"),
    }
}

/// A path with its parameters filled in, except that one gets a text instead.
fn filled(path: &str, admin: &Admin, odd: Option<(&str, &str)>) -> String {
    let (name, text) = odd.unwrap_or_default();
    let value = |parameter: &str| match parameter {
        _ if parameter == name => text.to_owned(),
        "account" => admin.account.clone(),
        "user" => admin.id.clone(),
        _ => "x".to_owned(),
    };
    let parts = path.split('/').map(|part| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
        Some(parameter) => value(parameter),
        None => part.to_owned(),
    });
    parts.collect::<Vec<_>>().join("/")
}

/// An administrator who has just shown a code, so that nothing else is refused first.
async fn fresh_admin(portal: &Portal) -> Admin {
    let id = portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
    portal.make_admin(&id).await;
    let mut browser = portal.ticket(ADA).await;
    browser.code(&portal.code(RFC_6238_KEY)).await.expect(200);
    Admin { browser, id, account: portal.account_id(ACCOUNT).await }
}

async fn expect_refusal(browser: &Browser, method: &Method, url: &str, body: &str, statuses: &[u16]) {
    let answer = browser.clone().send(method.clone(), url, body).await;
    assert!(statuses.contains(&answer.status.as_u16()), "{method} {url} {body}: {} {}", answer.status, answer.text());
}

on_both_databases! {
    async fn nul_in_a_path_is_404(portal) {
        let admin = fresh_admin(portal).await;
        for Operation { method, path, body, .. } in operations(portal).await {
            for parameter in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                for odd in ODD_IN_URLS {
                    let url = filled(&path, &admin, Some((parameter, odd)));
                    // A body that is malformed may be refused first.
                    expect_refusal(&admin.browser, &method, &url, &body.to_string(), &[400, 404]).await;
                }
            }
        }
    }

    async fn nul_in_a_query_is_400_and_names_the_parameter(portal) {
        let admin = fresh_admin(portal).await;
        for Operation { method, path, in_query, .. } in operations(portal).await {
            for parameter in in_query {
                for odd in ["%00", "a%00b"] {
                    let url = format!("{}?{parameter}={odd}", filled(&path, &admin, None));
                    let answer = admin.browser.clone().send(method.clone(), &url, "").await.expect_error(400, "malformed");
                    let field = answer.json()["field"].clone();
                    assert!(field == parameter.as_str() || field == "query", "{url}: {field}");
                }
                for odd in ODD_IN_URLS {
                    let url = format!("{}?{parameter}={odd}", filled(&path, &admin, None));
                    expect_refusal(&admin.browser, &method, &url, "", &[200, 400]).await;
                }
            }
        }
    }

    async fn odd_text_in_a_body_is_no_internal_error(portal) {
        let admin = fresh_admin(portal).await;
        for Operation { method, path, body, .. } in operations(portal).await {
            let body = body.to_string();
            for place in 0..body.matches("PLACEHOLDER").count() {
                for odd in ODD {
                    let mut parts = body.split("PLACEHOLDER");
                    let mut text = parts.next().unwrap().to_owned();
                    for (n, part) in parts.enumerate() {
                        text += &format!("{}{part}", if n == place { odd } else { "PLACEHOLDER" });
                    }
                    let answer = admin.browser.clone().send(method.clone(), &filled(&path, &admin, None), text.as_str()).await;
                    assert!(answer.status.as_u16() < 500, "{method} {path} {text}: {}", answer.text());
                }
            }
        }
    }
}
