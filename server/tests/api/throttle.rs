//! What wrong tries cost, and that they never cost a stranger's victim the log-in.

use futures::future::join_all;
use postern_types::Email;
use serde_json::json;

use crate::app::{ADA, PASSWORD, TestApp};
use crate::on_both_databases;

/// Tries a wrong password and waits as long as the server says.
async fn guess(app: &TestApp, address: &str) {
    let mut stranger = app.browser().at(address);
    let answer = stranger.sign_in_with(ADA, "wrong password").await;
    if answer.status == 429 {
        app.advance(answer.json()["retry_after_s"].as_i64().unwrap());
        stranger.sign_in_with(ADA, "wrong password").await.expect_error(401, "invalid_credentials");
    }
}

on_both_databases! {
    async fn wrong_passwords_cost_growing_waits_from_that_place(app) {
        app.add_user("Acme", ADA).await;
        let mut browser = app.browser();
        for _ in 0..4 {
            browser.sign_in_with(ADA, "wrong password").await.expect_error(401, "invalid_credentials");
        }
        let refused = browser.sign_in(ADA).await.expect_error(429, "throttled");
        assert_eq!((refused.header("retry-after"), refused.json()), ("2", json!({"error": "throttled", "retry_after_s": 2})));
        app.advance(2);
        browser.sign_in_with(ADA, "wrong password").await.expect(401);
        assert_eq!(browser.sign_in(ADA).await.expect(429).header("retry-after"), "4");
        app.advance(4);
        browser.sign_in(ADA).await.expect(200);
        browser.sign_in_with(ADA, "wrong password").await.expect(401);
        browser.sign_in(ADA).await.expect(200);
    }

    async fn c51_after_100_compared_guesses_by_a_stranger_the_user_gets_in_from_elsewhere(app) {
        app.add_user("Acme", ADA).await;
        for _ in 0..100 {
            guess(app, "203.0.113.1").await;
        }
        assert_eq!(app.count("select count(*) from login_history where result = 'wrong_password'").await, 100);
        app.browser().at("198.51.100.9").sign_in(ADA).await.expect(200);
    }

    async fn c51_a_known_browser_passes_the_ceiling_that_a_botnet_has_exhausted(app) {
        app.add_user("Acme", ADA).await;
        let mut own = app.browser();
        own.sign_in(ADA).await.expect(200);
        for n in 0..201 {
            app.browser().at(&format!("203.0.{}.{}", n / 100, n % 100)).sign_in_with(ADA, "wrong password").await.expect(401);
        }
        let refused = app.browser().at("192.0.2.77").sign_in(ADA).await.expect_error(429, "throttled");
        assert!(refused.json()["retry_after_s"].as_i64().unwrap() <= 60, "the wait is short");
        own.sign_in(ADA).await.expect(200);
    }

    async fn c36_an_unknown_user_is_throttled_like_a_known_one(app) {
        for email in ["nobody@example.com", "not an address"] {
            let mut browser = app.browser();
            for _ in 0..4 {
                browser.sign_in(email).await.expect_error(401, "invalid_credentials");
            }
            browser.sign_in(&email.to_uppercase()).await.expect_error(429, "throttled");
        }
    }

    async fn c46_one_budget_of_codes_for_all_tickets_and_addresses(app) {
        let key = app.add_user_with_factor(ADA).await;
        let mut compared = 0;
        for n in 0..20 {
            let mut browser = app.browser().at(&format!("203.0.113.{n}"));
            browser.sign_in(ADA).await.expect(200);
            for _ in 0..4 {
                compared += i32::from(browser.code(&app.wrong_code(&key)).await.status == 401);
            }
        }
        assert_eq!(compared, 5);
    }

    async fn c47_c48_of_a_burst_of_wrong_codes_only_the_free_ones_are_compared(app) {
        let key = app.add_user_with_factor(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        let (wrong, mut tabs) = (app.wrong_code(&key), vec![browser; 200]);
        let answers = join_all(tabs.iter_mut().map(|tab| tab.code(&wrong))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 401).count(), 5);
        assert!(answers.iter().all(|answer| [401, 429].contains(&answer.status.as_u16())));
        assert_eq!(app.count("select count(*) from login_history where result = 'wrong_code'").await, 5);
        assert_eq!(app.count("select failures from attempts where key like 'code:%'").await, 5);
    }

    async fn r11_below_100_wrong_codes_the_factor_is_disabled_until_a_reset(app) {
        let key = app.add_user_with_factor(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        let mut compared = 0;
        let last = loop {
            let answer = browser.code(&app.wrong_code(&key)).await;
            match answer.status.as_u16() {
                429 => app.advance(answer.json()["retry_after_s"].as_i64().unwrap()),
                401 if answer.json()["error"] == "invalid_code" => compared += 1,
                401 => drop(browser.sign_in(ADA).await.expect(200)),
                _ => break answer,
            }
        };
        last.expect_error(403, "second_factor_unusable");
        assert_eq!(compared, 99);
        app.advance(86_400);
        browser.sign_in(ADA).await.expect(200);
        browser.code(&app.code(&key)).await.expect_error(403, "second_factor_unusable");
        let email = Email::parse(ADA).unwrap();
        assert!(postern::store::users::reset_two_factor(&app.state.db, &email).await.unwrap());
        assert_eq!(browser.sign_in(ADA).await.expect(200).step(), "set_up");
    }

    async fn r11_a_right_password_does_not_forgive_wrong_codes_and_a_right_code_does(app) {
        let key = app.add_user_with_factor(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        for _ in 0..4 {
            browser.code(&app.wrong_code(&key)).await.expect(401);
        }
        browser.sign_in_with(ADA, PASSWORD).await.expect(200);
        assert_eq!(app.count("select failures from attempts where key like 'code:%'").await, 4);
        browser.code(&app.code(&key)).await.expect(200);
        assert_eq!(app.count("select count(*) from attempts where key like 'code:%'").await, 0);
    }

    async fn what_is_no_code_does_not_count_as_a_try(app) {
        app.add_user_with_factor(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        for text in ["", "12345", "1234567", "abcdef", "732303'--"] {
            let answer = browser.code(text).await.expect_error(400, "malformed");
            assert_eq!(answer.json()["field"], "code");
        }
        assert_eq!(app.count("select count(*) from attempts where key like 'code:%'").await, 0);
    }
}
