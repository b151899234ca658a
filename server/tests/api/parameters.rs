//! Factors with other parameters than ours, as imports keep them.

use postern_testkit::authenticator::code_with;
use postern_testkit::{ADA, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use serde_json::Value;

/// Gives Ada a factor with these parameters.
async fn with_parameters(portal: &Portal, algorithm: &str, digits: i64, period_s: i64) {
    portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
    let sql = format!("update totp_factors set algorithm = '{algorithm}', digits = {digits}, period_s = {period_s}");
    portal.database.execute(&sql).await;
}

/// What an app with SHA-256, 8 digits and 60 seconds shows.
fn shown(portal: &Portal) -> String {
    code_with(["--totp=SHA256", "--digits=8", "--time-step-size=60s"], RFC_6238_KEY, portal.now())
}

on_both_databases! {
    async fn a_code_of_eight_digits_works_once_in_its_own_step(portal) {
        with_parameters(portal, "SHA256", 8, 60).await;
        let code = shown(portal);
        portal.ticket(ADA).await.code(&code[..6]).await.expect_error(401, "invalid_code");
        let refused = portal.ticket(ADA).await.code(&portal.code(RFC_6238_KEY)).await.expect_error(401, "invalid_code").json();
        assert_eq!(refused["next_code_in_s"], 60 - portal.now() % 60);
        portal.ticket(ADA).await.code(&code).await.expect(200);
        portal.advance(120 - portal.now() % 60 - 1);
        portal.ticket(ADA).await.code(&code).await.expect_error(401, "invalid_code");
        assert_eq!(portal.results("replayed").await, 1, "it is still within the window");
        portal.ticket(ADA).await.code(&shown(portal)).await.expect(200);
    }

    async fn after_the_clock_went_back_codes_are_refused_until_the_end_of_a_long_step(portal) {
        with_parameters(portal, "SHA256", 8, 60).await;
        portal.ticket(ADA).await.code(&shown(portal)).await.expect(200);
        let end_of_step = portal.now() - portal.now() % 60 + 60;
        portal.advance(-300);
        let refused = portal.ticket(ADA).await.code(&shown(portal)).await.expect_error(401, "invalid_code").json();
        assert_eq!(refused["refused_until"], Value::from(postern::clock::rfc3339(end_of_step).to_string()));
        portal.set_clock(end_of_step);
        portal.ticket(ADA).await.code(&shown(portal)).await.expect(200);
    }

    async fn a_new_app_has_our_parameters_and_the_old_one_is_recognised(portal) {
        with_parameters(portal, "SHA256", 8, 60).await;
        portal.reset(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        let refused = browser.confirm(&shown(portal)).await.expect_error(401, "invalid_code").json();
        assert_eq!(refused["cause"]["cause"], "old_entry");
        browser.confirm(&portal.code(&key)).await.expect(200);
        let stored = "select algorithm || ' ' || digits || ' ' || period_s from totp_factors";
        assert_eq!(portal.database.texts(stored).await, ["SHA1 6 30"]);
    }

    async fn r2_a_factor_with_parameters_that_are_not_known_is_refused(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        for unknown in ["algorithm = 'MD5'", "algorithm = 'SHA1', digits = 7", "digits = 6, period_s = 7"] {
            portal.database.execute(&format!("update totp_factors set {unknown}")).await;
            portal.ticket(ADA).await.code("732303").await.expect_error(403, "second_factor_unusable");
        }
    }
}
