//! The app of version 0.1.0 as it stood before steps had methods: what its browsers send, byte for byte, and how it reads
//! answers. A tab that was left open over an upgrade goes on.

use axum::http::Method;
use postern_testkit::{ADA, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde::Deserialize;

/// Bodies as `serde_json` of that app wrote them.
const SIGN_IN: &str = r#"{"email":"ada@example.com","password":"correct horse battery staple"}"#;
const CODE: &str = r#"{"code":"732303"}"#;
const EMPTY: &str = "{}";

/// How it reads a step: one form with the fields of all steps, others passed over.
#[derive(Debug, Deserialize)]
struct Step {
    #[serde(rename = "step")]
    name: String,
    email: Option<String>,
    expires_at: Option<String>,
    user: Option<User>,
}

#[derive(Debug, Deserialize)]
struct User {
    email: String,
}

on_both_databases! {
    async fn the_earlier_app_logs_in_by_a_code_and_out(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.browser();
        let answer = browser.send(Method::POST, route::SIGN_IN, SIGN_IN).await.expect(200);
        let step: Step = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((step.name.as_str(), step.email.as_deref()), ("code", Some(ADA)));
        assert_eq!(step.expires_at.as_deref(), Some("2023-11-14T22:23:30Z"));
        let answer = browser.send(Method::POST, route::SIGN_IN_CODE, CODE).await.expect(200);
        let step: Step = serde_json::from_slice(&answer.body).unwrap();
        assert_eq!((step.name.as_str(), step.user.unwrap().email.as_str()), ("signed_in", ADA));
        let answer = browser.send(Method::POST, route::SIGN_OUT, EMPTY).await.expect(200);
        assert_eq!(serde_json::from_slice::<Step>(&answer.body).unwrap().name, "credentials");
    }
}
