//! What the database holds, and what happens where it was damaged.

use crate::app::{ADA, T0};
use crate::on_both_databases;

/// RFC 6238's secret, whose codes are published.
const S1: &[u8] = b"12345678901234567890";

on_both_databases! {
    async fn r7_the_secret_is_not_in_the_database_in_the_clear(app) {
        let key = app.add_user_with_factor(ADA).await;
        let sealed = app.texts("select secret_sealed from totp_factors").await;
        assert!(sealed[0].starts_with("v1.") && !sealed[0].contains(&key));
    }

    async fn r13_c56_a_factor_row_that_is_gone_lets_nobody_in(app) {
        let key = app.add_user_with_factor(ADA).await;
        app.execute("delete from totp_factors").await;
        let mut browser = app.browser();
        assert_eq!(browser.sign_in(ADA).await.expect(200).step(), "code");
        browser.code(&app.code(&key)).await.expect_error(403, "second_factor_unusable");
        browser.confirm(&app.code(&key)).await.expect_error(403, "forbidden");
        assert_eq!(app.count("select count(*) from login_history where result = 'factor_unusable'").await, 1);
    }

    async fn c103_a_factor_that_does_not_open_blocks_the_log_in(app) {
        let key = app.add_user_with_factor(ADA).await;
        app.execute("update totp_factors set secret_sealed = substr(secret_sealed, 1, 20) || 'AAAA'").await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        browser.code(&app.code(&key)).await.expect_error(403, "second_factor_unusable");
        assert_eq!(browser.step().await, "code");
    }

    async fn c103_a_secret_from_another_users_row_does_not_open(app) {
        app.add_user_with_factor(ADA).await;
        let other = app.add_user_with_factor("bo@example.com").await;
        app.execute("update totp_factors set secret_sealed = (select secret_sealed from totp_factors f
            join users u on u.id = f.user_id where u.email = 'bo@example.com')").await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        browser.code(&app.code(&other)).await.expect_error(403, "second_factor_unusable");
    }

    async fn c40_a_code_that_two_steps_share_works_once(app) {
        let id = app.add_user_who_needs_a_factor(ADA).await;
        let mut browser = app.browser();
        let key = browser.sign_in(ADA).await.json()["security_key"].as_str().unwrap().to_owned();
        browser.confirm(&app.code(&key)).await.expect(200);
        app.replace_secret(&id, S1).await;
        app.advance(1_732_990_050 - T0);
        let mut first = app.browser();
        first.sign_in(ADA).await.expect(200);
        first.code("251166").await.expect(200);
        let mut second = app.browser();
        second.sign_in(ADA).await.expect(200);
        second.code("251166").await.expect_error(401, "invalid_code");
        app.advance(30);
        second.code("251166").await.expect_error(401, "invalid_code");
        app.advance(30);
        second.code("463144").await.expect(200);
    }

    async fn r30_every_result_is_recorded_with_who_where_and_which_factor(app) {
        let key = app.add_user_with_factor(ADA).await;
        app.execute("delete from login_history").await;
        let mut browser = app.browser();
        browser.sign_in_with(ADA, "wrong password").await.expect(401);
        browser.sign_in("nobody@example.com").await.expect(401);
        browser.sign_in(ADA).await.expect(200);
        browser.code(&app.wrong_code(&key)).await.expect(401);
        browser.code(&app.code(&key)).await.expect(200);
        let mut rows = app.texts("select factor || ' ' || result || ' ' || address from login_history").await;
        rows.sort();
        assert_eq!(rows, [
            "password next_factor 198.51.100.7", "password unknown_user 198.51.100.7", "password wrong_password 198.51.100.7",
            "totp signed_in 198.51.100.7", "totp wrong_code 198.51.100.7",
        ]);
        assert_eq!(app.count("select count(*) from login_history where user_id is null").await, 1);
    }

    async fn cleaning_up_removes_what_has_ended_and_nothing_else(app) {
        app.add_user("Acme", ADA).await;
        let mut live = app.browser();
        app.browser().sign_in(ADA).await.expect(200);
        app.advance(3000);
        live.sign_in(ADA).await.expect(200);
        app.advance(1000);
        postern::housekeeping::clean_up(&app.state).await.unwrap();
        assert_eq!(app.count("select count(*) from sessions").await, 1);
        assert_eq!(live.step().await, "signed_in");
    }
}
