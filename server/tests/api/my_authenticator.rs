//! An authenticator app of one's own accord: set up, and replaced.

use postern_types::route;
use serde_json::json;

use crate::app::{ADA, PASSWORD, S1, S1_KEY};
use crate::on_both_databases;

on_both_databases! {
    async fn an_app_is_set_up_where_no_account_demands_it(app) {
        app.add_user("Acme", ADA).await;
        let (mut browser, mut other) = (app.browser(), app.browser());
        browser.sign_in(ADA).await.expect(200);
        other.sign_in(ADA).await.expect(200);
        assert_eq!(browser.get(route::MY_AUTHENTICATOR).await.expect(200).json(), json!({"since": null}));
        let begin = json!({"current_password": PASSWORD});
        let key = browser.post(route::MY_AUTHENTICATOR, begin.clone()).await.expect(200).security_key();
        assert_eq!(browser.post(route::MY_AUTHENTICATOR, begin).await.expect(200).security_key(), key, "c11");
        let old = browser.clone();
        let code = app.code(&key);
        assert_eq!(browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": code})).await.expect(200).step(), "signed_in");
        assert_eq!(old.clone().step().await, "credentials", "the session has a new token");
        assert_eq!(other.step().await, "credentials", "r27");
        assert_eq!(app.browser().sign_in(ADA).await.expect(200).step(), "code");
        let mut ticket = app.ticket(ADA).await;
        ticket.code(&code).await.expect_error(401, "invalid_code");
        app.advance(30);
        ticket.code(&app.code(&key)).await.expect(200);
    }

    async fn c77_a_cookie_alone_sets_nothing_up(app) {
        app.add_user("Acme", ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        browser.post(route::MY_AUTHENTICATOR, json!({"current_password": "wrong"})).await.expect_error(401, "invalid_credentials");
        browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": "000000"})).await.expect_error(409, "out_of_step");
    }

    async fn c13_c77_the_old_app_counts_until_the_new_one_is_confirmed(app) {
        let id = app.add_user("Acme", ADA).await;
        app.give_factor(&id, S1).await;
        let mut browser = app.ticket(ADA).await;
        browser.code(&app.code(S1_KEY)).await.expect(200);
        app.advance(1800);
        let begin = json!({"current_password": PASSWORD});
        browser.post(route::MY_AUTHENTICATOR, begin.clone()).await.expect_error(403, "step_up_required");
        browser.post(route::STEP_UP, json!({"code": app.code(S1_KEY)})).await.expect(200);
        let key = browser.post(route::MY_AUTHENTICATOR, begin).await.expect(200).security_key();
        assert_ne!(key, S1_KEY);
        browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": app.wrong_code(&key)})).await
            .expect_error(401, "invalid_code");
        app.advance(30);
        app.ticket(ADA).await.code(&app.code(S1_KEY)).await.expect(200);
        let code = app.code(&key);
        browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": code})).await.expect(200);
        app.advance(30);
        let mut ticket = app.ticket(ADA).await;
        ticket.code(&app.code(S1_KEY)).await.expect_error(401, "invalid_code");
        ticket.code(&app.code(&key)).await.expect(200);
    }

    async fn c20_the_secret_is_never_told_again(app) {
        let id = app.add_user("Acme", ADA).await;
        app.give_factor(&id, S1).await;
        let mut browser = app.ticket(ADA).await;
        browser.code(&app.code(S1_KEY)).await.expect(200);
        for path in [route::FLOW, route::MY_AUTHENTICATOR, route::MY_SESSIONS] {
            browser.get(path).await.expect(200);
        }
        assert!(!browser.heard.contains(S1_KEY));
    }
}
