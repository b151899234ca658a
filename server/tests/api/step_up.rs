//! A one-time code in the middle of a session.

use postern_types::route;
use serde_json::json;

use crate::app::{ADA, S1_KEY};
use crate::on_both_databases;

on_both_databases! {
    async fn r8_the_code_of_the_log_in_is_no_step_up(app) {
        let mut admin = app.admin("Acme", ADA).await;
        app.advance(-30);
        let used = app.code(S1_KEY);
        admin.browser.post(route::STEP_UP, json!({"code": used})).await.expect_error(401, "invalid_code");
        app.advance(30);
        let fresh = app.code(S1_KEY);
        admin.browser.post(route::STEP_UP, json!({"code": fresh})).await.expect(200);
        admin.browser.post(route::STEP_UP, json!({"code": fresh})).await.expect_error(401, "invalid_code");
        app.ticket(ADA).await.code(&fresh).await.expect_error(401, "invalid_code");
    }

    async fn r11_wrong_codes_count_together_with_those_of_log_ins(app) {
        let mut admin = app.admin("Acme", ADA).await;
        let wrong = app.wrong_code(S1_KEY);
        for _ in 0..5 {
            admin.browser.post(route::STEP_UP, json!({"code": wrong})).await.expect_error(401, "invalid_code");
        }
        admin.browser.post(route::STEP_UP, json!({"code": wrong})).await.expect_error(429, "throttled");
        app.ticket(ADA).await.code(&app.code(S1_KEY)).await.expect_error(429, "throttled");
    }

    async fn r30_a_step_up_is_recorded(app) {
        let mut admin = app.admin("Acme", ADA).await;
        admin.browser.post(route::STEP_UP, json!({"code": app.code(S1_KEY)})).await.expect(200);
        assert_eq!(app.results("stepped_up").await, 1);
    }
}
