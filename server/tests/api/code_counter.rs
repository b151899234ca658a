//! The counter of wrong codes: one for all log-ins of a user, with an end.

use postern_testkit::{ADA, PASSWORD, on_both_databases};

on_both_databases! {
    async fn one_budget_of_codes_for_all_tickets_and_addresses(portal) {
        let key = portal.add_user_with_factor(ADA).await;
        let mut compared = 0;
        for n in 0..20 {
            let mut browser = portal.browser().at(&format!("203.0.113.{n}"));
            browser.sign_in(ADA).await.expect(200);
            for _ in 0..4 {
                compared += i32::from(browser.code(&portal.wrong_code(&key)).await.status == 401);
            }
        }
        assert_eq!(compared, 5);
    }

    async fn r11_below_100_wrong_codes_the_factor_is_disabled_until_a_reset(portal) {
        let key = portal.add_user_with_factor(ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let mut compared = 0;
        let last = loop {
            let answer = browser.code(&portal.wrong_code(&key)).await;
            match answer.status.as_u16() {
                429 => portal.advance(answer.json()["retry_after_s"].as_i64().unwrap()),
                401 if answer.json()["error"] == "invalid_code" => compared += 1,
                401 => drop(browser.sign_in(ADA).await.expect(200)),
                _ => break answer,
            }
        };
        last.expect_error(403, "second_factor_unusable");
        assert_eq!(compared, 99);
        portal.advance(86_400);
        browser.sign_in(ADA).await.expect(200);
        browser.code(&portal.code(&key)).await.expect_error(403, "second_factor_unusable");
        portal.reset(ADA).await;
        assert_eq!(browser.sign_in(ADA).await.expect(200).step(), "set_up");
    }

    async fn r11_a_right_password_does_not_forgive_wrong_codes_and_a_right_code_does(portal) {
        let key = portal.add_user_with_factor(ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        for _ in 0..4 {
            browser.code(&portal.wrong_code(&key)).await.expect(401);
        }
        browser.sign_in_with(ADA, PASSWORD).await.expect(200);
        assert_eq!(portal.database.count("select failures from attempts where key like 'code:%'").await, 4);
        browser.code(&portal.code(&key)).await.expect(200);
        assert_eq!(portal.database.count("select count(*) from attempts where key like 'code:%'").await, 0);
    }

    async fn what_is_no_code_does_not_count_as_a_try(portal) {
        portal.add_user_with_factor(ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        for text in ["", "12345", "1234567", "abcdef", "732303'--"] {
            let answer = browser.code(text).await.expect_error(400, "malformed");
            assert_eq!(answer.json()["field"], "code");
        }
        assert_eq!(portal.database.count("select count(*) from attempts where key like 'code:%'").await, 0);
    }
}
