//! One's own authenticator app: set up of one's own accord, and replaced.

use postern_testkit::{ADA, PASSWORD, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::json;

on_both_databases! {
    async fn an_app_is_set_up_where_no_account_demands_it(portal) {
        portal.add_user("Acme", ADA).await;
        let (mut browser, mut other) = (portal.browser(), portal.browser());
        browser.sign_in(ADA).await.expect(200);
        other.sign_in(ADA).await.expect(200);
        assert_eq!(browser.get(route::MY_AUTHENTICATOR).await.expect(200).json(), json!({"since": null, "disabled_since": null}));
        let begin = json!({"current_password": PASSWORD});
        let key = browser.post(route::MY_AUTHENTICATOR, begin.clone()).await.expect(200).security_key();
        assert_eq!(browser.post(route::MY_AUTHENTICATOR, begin).await.expect(200).security_key(), key, "the same secret stays");
        let old = browser.clone();
        let code = portal.code(&key);
        assert_eq!(browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": code})).await.expect(200).step(), "recovery_codes");
        assert_eq!(old.clone().step().await, "credentials", "the session has a new token");
        assert_eq!(other.step().await, "credentials", "r27");
        assert_eq!(portal.browser().sign_in(ADA).await.expect(200).step(), "code");
        let mut ticket = portal.ticket(ADA).await;
        ticket.code(&code).await.expect_error(401, "invalid_code");
        portal.advance(30);
        ticket.code(&portal.code(&key)).await.expect(200);
    }

    async fn a_cookie_alone_sets_nothing_up(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        browser.post(route::MY_AUTHENTICATOR, json!({"current_password": "wrong"})).await.expect_error(401, "invalid_credentials");
        browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": "000000"})).await.expect_error(409, "out_of_step");
    }

    async fn the_old_app_counts_until_the_new_one_is_confirmed(portal) {
        let id = portal.add_user("Acme", ADA).await;
        portal.give_factor(&id, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        browser.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        portal.advance(1800);
        let begin = json!({"current_password": PASSWORD});
        browser.post(route::MY_AUTHENTICATOR, begin.clone()).await.expect_error(403, "step_up_required");
        browser.post(route::STEP_UP, json!({"code": portal.code(RFC_6238_KEY)})).await.expect(200);
        let key = browser.post(route::MY_AUTHENTICATOR, begin).await.expect(200).security_key();
        assert_ne!(key, RFC_6238_KEY);
        browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": portal.wrong_code(&key)})).await
            .expect_error(401, "invalid_code");
        portal.advance(30);
        portal.ticket(ADA).await.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        let code = portal.code(&key);
        browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": code})).await.expect(200);
        portal.advance(30);
        let mut ticket = portal.ticket(ADA).await;
        ticket.code(&portal.code(RFC_6238_KEY)).await.expect_error(401, "invalid_code");
        ticket.code(&portal.code(&key)).await.expect(200);
    }

    async fn the_secret_is_never_told_again(portal) {
        let id = portal.add_user("Acme", ADA).await;
        portal.give_factor(&id, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        browser.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        for path in [route::FLOW, route::MY_AUTHENTICATOR, route::MY_SESSIONS] {
            browser.get(path).await.expect(200);
        }
        assert!(!browser.heard.contains(RFC_6238_KEY));
    }
}
