//! Passwords that are changed by their owner, or must be replaced at log-in.

use postern_testkit::{ADA, PASSWORD, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::json;

const NEW: &str = "quiet harbour lamp anchor";

on_both_databases! {
    async fn r18_a_temporary_password_must_be_replaced_before_anything_else(portal) {
        portal.add_user("Acme", ADA).await;
        portal.database.execute("update users set password_temporary_since = 1").await;
        let mut browser = portal.browser();
        let step = browser.sign_in(ADA).await.expect(200).json();
        assert_eq!(step, json!({"step": "new_password", "email": ADA, "reason": "temporary"}));
        browser.get(route::MY_SESSIONS).await.expect_error(409, "out_of_step");
        browser.post(route::MY_PASSWORD, json!({"current_password": PASSWORD, "new_password": NEW})).await
            .expect_error(409, "out_of_step");
        assert_eq!(browser.step().await, "new_password", "a reload stays there");
        let before = browser.session();
        assert_eq!(browser.post(route::SIGN_IN_NEW_PASSWORD, json!({"new_password": NEW})).await.expect(200).step(), "signed_in");
        assert_ne!(browser.session(), before, "a new token at each step");
        assert_eq!(portal.browser().sign_in_with(ADA, NEW).await.expect(200).step(), "signed_in");
        portal.browser().sign_in(ADA).await.expect_error(401, "invalid_credentials");
    }

    async fn a_temporary_password_is_replaced_after_the_second_factor(portal) {
        let id = portal.add_user("Acme", ADA).await;
        portal.give_factor(&id, RFC_6238_SECRET).await;
        portal.database.execute("update users set password_temporary_since = 1").await;
        let mut browser = portal.ticket(ADA).await;
        browser.post(route::SIGN_IN_NEW_PASSWORD, json!({"new_password": NEW})).await.expect_error(409, "out_of_step");
        assert_eq!(browser.code(&portal.code(RFC_6238_KEY)).await.expect(200).step(), "new_password");
    }

    async fn a_password_older_than_the_account_allows_must_be_replaced_at_log_in_and_not_in_mid_session(portal) {
        portal.add_user("Acme", ADA).await;
        portal.database.execute("update accounts set password_max_age_days = 30").await;
        let mut before = portal.browser();
        assert_eq!(before.sign_in(ADA).await.expect(200).step(), "signed_in");
        portal.advance(30 * 86_400 - 60);
        let mut before = portal.browser();
        assert_eq!(before.sign_in(ADA).await.expect(200).step(), "signed_in");
        portal.advance(60);
        assert_eq!(before.step().await, "signed_in");
        let mut browser = portal.browser();
        assert_eq!(browser.sign_in(ADA).await.expect(200).json()["reason"], "expired");
        browser.post(route::SIGN_IN_NEW_PASSWORD, json!({"new_password": NEW})).await.expect(200);
        assert_eq!(before.step().await, "credentials", "other sessions end");
    }

    async fn the_same_password_is_no_new_one(portal) {
        portal.add_user("Acme", ADA).await;
        portal.database.execute("update users set password_temporary_since = 1").await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let answer = browser.post(route::SIGN_IN_NEW_PASSWORD, json!({"new_password": PASSWORD})).await;
        assert_eq!(answer.expect_error(400, "malformed").json()["field"], "new_password");
        assert_eq!(browser.step().await, "new_password");
    }

    async fn r15_a_weak_password_is_refused_with_the_reason_wherever_one_is_chosen(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        for (weak, reason) in [
            ("short", json!({"reason": "too_short", "min": 12})),
            ("password1234", json!({"reason": "guessable", "weakness": "common"})),
            ("ada@example.com", json!({"reason": "guessable", "weakness": "about_user"})),
            ("111111111111", json!({"reason": "guessable", "weakness": "repeat"})),
        ] {
            let body = json!({"current_password": PASSWORD, "new_password": weak});
            let answer = browser.post(route::MY_PASSWORD, body).await.expect_error(400, "malformed").json();
            let mut expected = reason;
            expected["error"] = "malformed".into();
            expected["field"] = "new_password".into();
            assert_eq!(answer, expected);
        }
    }

    async fn a_changed_password_ends_all_other_sessions_and_gives_this_one_a_new_token(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browsers = [portal.browser(), portal.browser(), portal.browser()];
        for browser in &mut browsers {
            browser.sign_in(ADA).await.expect(200);
        }
        let [acting, others @ ..] = &mut browsers;
        let old = acting.clone();
        acting.post(route::MY_PASSWORD, json!({"current_password": PASSWORD, "new_password": NEW})).await.expect(200);
        for other in others {
            assert_eq!(other.step().await, "credentials");
        }
        assert_eq!(old.clone().step().await, "credentials", "the old token is dead");
        assert_eq!(acting.step().await, "signed_in");
    }

    async fn r19_a_change_asks_for_the_current_password_and_guesses_are_counted(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let body = json!({"current_password": "wrong", "new_password": NEW});
        for _ in 0..4 {
            browser.post(route::MY_PASSWORD, body.clone()).await.expect_error(401, "invalid_credentials");
        }
        browser.post(route::MY_PASSWORD, body).await.expect_error(429, "throttled");
        portal.browser().sign_in(ADA).await.expect(200);
    }

    async fn leaving_at_the_new_password_ends_the_log_in(portal) {
        portal.add_user("Acme", ADA).await;
        portal.database.execute("update users set password_temporary_since = 1").await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        assert_eq!(browser.cancel().await.expect(200).step(), "credentials");
        assert_eq!(browser.step().await, "credentials");
    }
}
