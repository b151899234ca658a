//! E-mail and password.

use postern_types::route;
use serde_json::json;

use crate::app::{ADA, PASSWORD};
use crate::on_both_databases;

on_both_databases! {
    async fn without_a_required_factor_the_password_is_all(app) {
        app.add_user("Acme", ADA).await;
        let mut browser = app.browser();
        let answer = browser.sign_in(ADA).await.expect(200).json();
        assert_eq!(answer["step"], "signed_in");
        assert_eq!(answer["user"]["email"], ADA);
        assert_eq!(answer["accounts"][0]["name"], "Acme");
        assert_eq!(answer["accounts"][0]["admin"], false);
        assert_eq!(answer["last_sign_in"], serde_json::Value::Null);
        assert_eq!(answer["session"]["expires_at"], "2023-11-15T22:13:30Z");
        assert_eq!(browser.step().await, "signed_in");
    }

    async fn the_signed_in_page_tells_of_the_log_in_before(app) {
        app.add_user("Acme", ADA).await;
        app.browser().at("192.0.2.4").sign_in(ADA).await.expect(200);
        app.advance(600);
        let answer = app.browser().sign_in(ADA).await.expect(200).json();
        assert_eq!(answer["last_sign_in"], json!({"at": "2023-11-14T22:13:30Z", "address": "192.0.2.4"}));
    }

    async fn r12_unknown_user_wrong_password_and_locked_user_get_the_same_bytes(app) {
        app.add_user("Acme", ADA).await;
        app.add_user("Acme", "locked@example.com").await;
        app.execute("update users set locked_at = 1 where email = 'locked@example.com'").await;
        let wrong = app.browser().sign_in_with(ADA, "wrong password").await.expect_error(401, "invalid_credentials");
        for (email, password) in [
            ("nobody@example.com", PASSWORD), ("not an address", PASSWORD), ("", ""),
            ("locked@example.com", PASSWORD), ("locked@example.com", "wrong password"), (ADA, ""),
            (ADA, &"x".repeat(5000)),
        ] {
            let answer = app.browser().sign_in_with(email, password).await;
            assert_eq!((answer.status, &answer.body), (wrong.status, &wrong.body), "{email}");
            let names = |headers: &axum::http::HeaderMap| headers.keys().map(ToString::to_string).collect::<Vec<_>>();
            assert_eq!(names(&answer.headers), names(&wrong.headers));
        }
    }

    async fn the_strictest_account_of_a_user_wins(app) {
        app.add_user("Acme", ADA).await;
        app.add_user("Beta", "bo@example.com").await;
        app.require_two_factor("Beta").await;
        app.execute("insert into memberships (account_id, user_id, created_at)
            select a.id, u.id, 0 from accounts a, users u where a.name = 'Beta' and u.email = 'ada@example.com'").await;
        let answer = app.browser().sign_in(ADA).await.expect(200).json();
        assert_eq!(answer["step"], "set_up");
        assert_eq!(answer["required_by"], json!(["Beta"]));
    }

    async fn signing_out_ends_the_session_at_the_server(app) {
        app.add_user("Acme", ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        let mut thief = browser.clone();
        assert_eq!(browser.post(route::SIGN_OUT, json!({})).await.expect(200).step(), "credentials");
        assert_eq!(browser.session(), None);
        assert_eq!(thief.step().await, "credentials");
        browser.post(route::SIGN_OUT, json!({})).await.expect(200);
    }
}
