//! A one-time code in the middle of a session.

use postern_testkit::{ADA, RFC_6238_KEY, on_both_databases};
use postern_types::route;
use serde_json::json;

on_both_databases! {
    async fn r8_the_code_of_the_log_in_is_no_step_up(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.advance(-30);
        let used = portal.code(RFC_6238_KEY);
        admin.browser.post(route::STEP_UP, json!({"code": used})).await.expect_error(401, "invalid_code");
        portal.advance(30);
        let fresh = portal.code(RFC_6238_KEY);
        admin.browser.post(route::STEP_UP, json!({"code": fresh})).await.expect(200);
        admin.browser.post(route::STEP_UP, json!({"code": fresh})).await.expect_error(401, "invalid_code");
        portal.ticket(ADA).await.code(&fresh).await.expect_error(401, "invalid_code");
    }

    async fn r11_wrong_codes_count_together_with_those_of_log_ins(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let wrong = portal.wrong_code(RFC_6238_KEY);
        for _ in 0..5 {
            admin.browser.post(route::STEP_UP, json!({"code": wrong})).await.expect_error(401, "invalid_code");
        }
        admin.browser.post(route::STEP_UP, json!({"code": wrong})).await.expect_error(429, "throttled");
        let mut again = admin.browser.clone();
        again.sign_in(ADA).await.expect(200);
        again.code(&portal.code(RFC_6238_KEY)).await.expect_error(429, "throttled");
        portal.ticket(ADA).await.code(&wrong).await.expect_error(401, "invalid_code");
        assert_eq!(portal.database.count("select failures from attempts where key like 'code:%'").await, 6);
    }

    async fn r30_a_step_up_is_recorded(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        admin.browser.post(route::STEP_UP, json!({"code": portal.code(RFC_6238_KEY)})).await.expect(200);
        assert_eq!(portal.results("stepped_up").await, 1);
    }
}
