//! No answer holds a secret that it need not hold.

use axum::http::Method;
use postern_testkit::{ADA, PASSWORD, on_both_databases};
use postern_types::route;
use serde_json::json;

const MARKER: &str = "S3cret-marker";

on_both_databases! {
    async fn r5_the_security_key_is_never_shown_again(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        assert!(browser.heard.contains(&key));
        browser.heard.clear();
        browser.confirm(&portal.code(&key)).await.expect(200);
        browser.flow().await;
        browser.sign_out().await.expect(200);
        portal.advance(30);
        browser.sign_in(ADA).await.expect(200);
        browser.flow().await;
        browser.confirm(&portal.code(&key)).await.expect(403);
        browser.code("000000").await;
        browser.code(&portal.code(&key)).await.expect(200);
        for path in ["/", "/api/openapi.json", "/health/ready", route::FLOW] {
            browser.get(path).await;
        }
        assert!(!browser.heard.contains(&key) && !browser.heard.contains("otpauth://totp/Postern"), "{}", browser.heard);
    }

    async fn the_key_stands_in_bodies_alone_and_in_no_header(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let answer = portal.browser().sign_in(ADA).await.expect(200);
        let headers = format!("{:?}", answer.headers);
        assert!(!headers.contains(&answer.security_key()) && !headers.contains("otpauth"));
        let qr = answer.json()["qr"]["path"].as_str().unwrap().to_owned();
        assert!(qr.bytes().all(|byte| b"Mhvz- 0123456789".contains(&byte)), "drawing instructions, no address");
    }

    async fn tokens_and_passwords_stand_in_no_body(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let mut bodies = Vec::new();
        let mut tokens = Vec::new();
        let shown = browser.sign_in(ADA).await.expect(200);
        tokens.extend(browser.session());
        let full = browser.confirm(&portal.code(&shown.security_key())).await.expect(200);
        tokens.extend(browser.cookies.values().cloned());
        bodies.extend([shown.body, full.body, browser.flow().await.body, browser.sign_out().await.body]);
        let told: String = bodies.iter().map(|body| String::from_utf8_lossy(body)).collect();
        for secret in tokens.iter().map(String::as_str).chain([PASSWORD, "argon2", "token", "hash"]) {
            assert!(!told.contains(secret), "{secret}");
        }
    }

    async fn a_refusal_does_not_repeat_what_was_sent(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        browser.begin_set_up(ADA).await;
        browser.heard.clear();
        for body in [
            json!({"email": MARKER, "password": MARKER}), json!({"email": MARKER, "password": {MARKER: 1}}),
            json!({"email": [MARKER], "password": MARKER}), json!({"code": MARKER}), json!({"code": [MARKER]}), json!(MARKER),
            json!([MARKER]), json!({"code": format!("{MARKER} expected {MARKER}")}),
        ] {
            for path in [route::SIGN_IN, route::SIGN_IN_CODE, route::SET_UP_CONFIRM, route::SIGN_OUT] {
                browser.post(path, body.clone()).await;
            }
        }
        browser.send(Method::POST, route::SIGN_IN, format!("{{\"password\":\"{MARKER}\"")).await;
        browser.get(&format!("/{MARKER}")).await.expect(404);
        assert!(!browser.heard.contains(MARKER), "{}", browser.heard);
    }

    async fn a_text_in_place_of_an_object_is_not_repeated_whatever_is_in_it(portal) {
        let body = json!(format!("a password as expected {MARKER}"));
        let answer = portal.browser().post(route::SIGN_IN, body).await.expect_error(400, "malformed");
        assert!(!String::from_utf8_lossy(&answer.body).contains(MARKER), "{}", answer.json());
    }

    async fn r7_the_secret_is_stored_sealed(portal) {
        let key = portal.add_user_with_factor(ADA).await;
        let sealed = portal.database.texts("select secret_sealed from totp_factors").await.remove(0);
        assert!(sealed.starts_with(&format!("v1.{}.", portal.state.cipher.key_id())));
        assert!(!sealed.to_uppercase().contains(&key));
    }
}
