//! Requests about passkeys that do what their routes are for.

use axum::http::Method;
use postern_testkit::passkeys::Key;
use postern_testkit::{Browser, Portal};
use postern_types::{Outcome, What, route};
use serde_json::{Value, json};

use crate::passkeys::{own, user_with_key};
use crate::record::{Prepared, Written};

/// What these routes write.
pub(crate) fn written(method: &Method, path: &str) -> Written {
    match (method.as_str(), path) {
        ("POST", route::SIGN_IN_PASSKEY) => Written::Rows(&[What::UnfamiliarSignIn], &[Outcome::SignedIn]),
        ("POST", route::SET_UP_PASSKEY) => {
            Written::Rows(&[What::PasskeyAdded, What::RecoveryCodesMade], &[Outcome::SetUp])
        }
        ("POST", route::STEP_UP_PASSKEY) => Written::Rows(&[], &[Outcome::SteppedUp]),
        ("POST", route::MY_PASSKEYS) => Written::Rows(&[What::PasskeyAdded], &[]),
        ("DELETE", route::MY_PASSKEY) => Written::Rows(&[What::PasskeyRemoved], &[]),
        ("PATCH", route::MY_PASSKEY) => Written::Nothing("a name that nobody else sees"),
        ("POST", path) if path.ends_with("/options") => {
            Written::Nothing("a challenge counts for nothing until it is answered")
        }
        _ => panic!("what does {method} {path} record?"),
    }
}

/// Everything before the request that is looked at. The user has no second factor, and no key has this number.
pub(crate) async fn prepare(portal: &Portal, number: usize, email: &str, method: &Method, path: &str) -> Prepared {
    let number = u8::try_from(number).unwrap() + 1;
    if path.starts_with("/api/set-up/") {
        portal.require_two_factor(&format!("Account {}", number - 1)).await;
        let mut browser = portal.browser();
        browser.sign_in(email).await.expect(200);
        let made = match path {
            route::SET_UP_PASSKEY => {
                let options = browser.options(route::SET_UP_PASSKEY_OPTIONS).await;
                json!({"credential": Key::number(number).make(&options)})
            }
            _ => json!({}),
        };
        return prepared(browser, path, made);
    }
    let (mut browser, key) = user_with_key(portal, email, number).await;
    match (method.as_str(), path) {
        ("POST", route::SIGN_IN_PASSKEY) => {
            let mut stranger = portal.browser();
            let options = stranger.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
            prepared(stranger, path, json!({"credential": key.show(&options)}))
        }
        ("POST", route::STEP_UP_PASSKEY) => {
            let options = browser.options(route::STEP_UP_PASSKEY_OPTIONS).await;
            prepared(browser, path, json!({"credential": key.show(&options)}))
        }
        ("POST", route::MY_PASSKEYS) => {
            let options = browser.options(route::MY_PASSKEYS_OPTIONS).await;
            prepared(browser, path, json!({"credential": Key::number(number + 100).make(&options)}))
        }
        ("PATCH" | "DELETE", route::MY_PASSKEY) => {
            let id = own(&mut browser).await["items"][0]["id"].as_str().unwrap().to_owned();
            prepared(browser, &route::fill(path, &[&id]), json!({"name": "Mine"}))
        }
        _ => prepared(browser, path, json!({})),
    }
}

fn prepared(browser: Browser, path: &str, body: Value) -> Prepared {
    Prepared { browser, path: path.to_owned(), body }
}
