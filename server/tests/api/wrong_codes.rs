//! Wrong one-time codes in a row, at once, at two nodes, after a restart (R11).

use futures::future::join_all;
use postern::housekeeping;

use crate::app::{ADA, S1, S1_KEY, TestApp};
use crate::on_both_databases;

/// Codes that are compared while the clock stands still: four free ones, and the one that costs the first wait.
const COMPARED: usize = 5;
/// Wrong for S1 at every time that occurs here.
const WRONG: &str = "000000";

async fn counted(app: &TestApp) -> i64 {
    app.count("select cast(coalesce(sum(failures), 0) as bigint) from attempts where key like 'code:%'").await
}

on_both_databases! {
    async fn c45_r11_of_200_wrong_codes_in_a_row_few_are_compared_and_the_right_one_is_refused(app) {
        app.add_user_with_secret(ADA, S1).await;
        let mut browser = app.ticket(ADA).await;
        for _ in 0..200 {
            browser.code(WRONG).await;
        }
        assert_eq!(app.results("wrong_code").await, COMPARED);
        browser.code("732303").await.expect_error(429, "throttled");
        assert_eq!(browser.step().await, "code");
    }

    async fn r11_the_waits_for_codes_grow_up_to_15_minutes(app) {
        app.add_user_with_secret(ADA, S1).await;
        for _ in 0..4 {
            app.ticket(ADA).await.code(WRONG).await.expect_error(401, "invalid_code");
        }
        let mut waits = Vec::new();
        for _ in 0..9 {
            let mut browser = app.ticket(ADA).await;
            browser.code(WRONG).await.expect_error(401, "invalid_code");
            let refused = browser.code(&app.code(S1_KEY)).await.expect_error(429, "throttled").json();
            waits.push(refused["retry_after_s"].as_i64().unwrap());
            app.advance(waits[waits.len() - 1]);
        }
        assert_eq!(waits, [15, 30, 60, 120, 240, 480, 900, 900, 900]);
        app.ticket(ADA).await.code(&app.code(S1_KEY)).await.expect(200);
    }

    async fn c45_r11_the_wait_for_codes_survives_a_restart(app) {
        app.add_user_with_secret(ADA, S1).await;
        let mut browser = app.ticket(ADA).await;
        for _ in 0..COMPARED {
            browser.code(WRONG).await.expect_error(401, "invalid_code");
        }
        let mut browser = browser.moved_to(&app.node().await);
        browser.code("732303").await.expect_error(429, "throttled");
        app.advance(15);
        browser.code("732303").await.expect(200);
    }

    async fn c47_r11_of_200_parallel_wrong_codes_at_two_nodes_only_the_free_ones_are_compared(app) {
        app.add_user_with_secret(ADA, S1).await;
        let (here, node) = (app.ticket(ADA).await, app.node().await);
        let there = here.clone().moved_to(&node);
        let mut tabs = [vec![here; 100], vec![there; 100]].concat();
        let answers = join_all(tabs.iter_mut().map(|tab| tab.code(WRONG))).await;
        assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 401 | 429)));
        assert_eq!(app.results("wrong_code").await, COMPARED);
        assert_eq!(usize::try_from(counted(app).await).unwrap(), COMPARED);
    }

    async fn c48_r11_a_refused_code_is_counted_and_recorded_for_good(app) {
        app.add_user_with_secret(ADA, S1).await;
        let mut browser = app.ticket(ADA).await;
        for tries in [1, 2, 3, 4, 5, 5, 5, 5, 5] {
            browser.code(WRONG).await;
            assert_eq!((counted(app).await, app.results("wrong_code").await), (tries, tries as usize));
        }
    }

    async fn r11_neither_time_nor_the_clean_up_nor_a_right_password_clears_the_count(app) {
        app.add_user_with_secret(ADA, S1).await;
        for _ in 0..4 {
            app.ticket(ADA).await.code(WRONG).await.expect_error(401, "invalid_code");
        }
        app.advance(86_400 * 30);
        housekeeping::clean_up(&app.state).await.unwrap();
        app.ticket(ADA).await;
        assert_eq!(counted(app).await, 4);
    }

    async fn r11_who_does_not_know_the_password_cannot_touch_the_counter_of_codes(app) {
        app.add_user_with_secret(ADA, S1).await;
        let mut stranger = app.browser();
        for _ in 0..50 {
            stranger.sign_in_with(ADA, "wrong password").await;
            stranger.code(WRONG).await.expect_error(401, "session_expired");
        }
        assert_eq!(counted(app).await, 0);
    }

    async fn r11_codes_during_set_up_have_a_counter_of_their_own(app) {
        app.add_user_who_needs_a_factor(ADA).await;
        let mut browser = app.browser();
        let key = browser.begin_set_up(ADA).await;
        let wrong = app.wrong_code(&key);
        for _ in 0..11 {
            browser.confirm(&wrong).await.expect_error(401, "invalid_code");
        }
        browser.confirm(&app.code(&key)).await.expect_error(429, "throttled");
        assert_eq!(counted(app).await, 0);
        app.advance(5);
        browser.confirm(&app.code(&key)).await.expect(200);
    }
}
