//! Wrong one-time codes in a row, at once, at two nodes, after a restart (R11).

use futures::future::join_all;
use postern::housekeeping;
use postern_testkit::{ADA, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};

/// Codes that are compared while the clock stands still: four free ones, and the one that costs the first wait.
const COMPARED: usize = 5;
/// Wrong for `RFC_6238_SECRET` at every time that occurs here.
const WRONG: &str = "000000";

async fn counted(portal: &Portal) -> i64 {
    portal
        .database
        .count("select cast(coalesce(sum(failures), 0) as bigint) from attempts where key like 'code:%'")
        .await
}

on_both_databases! {
    async fn r11_of_200_wrong_codes_in_a_row_few_are_compared_and_the_right_one_is_refused(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        for _ in 0..200 {
            browser.code(WRONG).await;
        }
        assert_eq!(portal.results("wrong_code").await, COMPARED);
        browser.code("732303").await.expect_error(429, "throttled");
        assert_eq!(browser.step().await, "code");
    }

    async fn r11_the_waits_for_codes_grow_up_to_15_minutes(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        for _ in 0..4 {
            portal.ticket(ADA).await.code(WRONG).await.expect_error(401, "invalid_code");
        }
        let mut waits = Vec::new();
        for _ in 0..9 {
            let mut browser = portal.ticket(ADA).await;
            browser.code(WRONG).await.expect_error(401, "invalid_code");
            let refused = browser.code(&portal.code(RFC_6238_KEY)).await.expect_error(429, "throttled").json();
            waits.push(refused["retry_after_s"].as_i64().unwrap());
            portal.advance(waits[waits.len() - 1]);
        }
        assert_eq!(waits, [15, 30, 60, 120, 240, 480, 900, 900, 900]);
        portal.ticket(ADA).await.code(&portal.code(RFC_6238_KEY)).await.expect(200);
    }

    async fn r11_the_wait_for_codes_survives_a_restart(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        for _ in 0..COMPARED {
            browser.code(WRONG).await.expect_error(401, "invalid_code");
        }
        let mut browser = browser.moved_to(&portal.node().await);
        browser.code("732303").await.expect_error(429, "throttled");
        portal.advance(15);
        browser.code("732303").await.expect(200);
    }

    async fn r11_of_200_parallel_wrong_codes_at_two_nodes_only_the_free_ones_are_compared(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let (here, node) = (portal.ticket(ADA).await, portal.node().await);
        let there = here.clone().moved_to(&node);
        let mut tabs = [vec![here; 100], vec![there; 100]].concat();
        let answers = join_all(tabs.iter_mut().map(|tab| tab.code(WRONG))).await;
        assert!(answers.iter().all(|answer| matches!(answer.status.as_u16(), 401 | 429)));
        assert_eq!(portal.results("wrong_code").await, COMPARED);
        assert_eq!(usize::try_from(counted(portal).await).unwrap(), COMPARED);
    }

    async fn r11_a_refused_code_is_counted_and_recorded_for_good(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        for tries in [1, 2, 3, 4, 5, 5, 5, 5, 5] {
            browser.code(WRONG).await;
            assert_eq!((counted(portal).await, portal.results("wrong_code").await), (tries, tries as usize));
        }
    }

    async fn r11_neither_time_nor_the_clean_up_nor_a_right_password_clears_the_count(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        for _ in 0..4 {
            portal.ticket(ADA).await.code(WRONG).await.expect_error(401, "invalid_code");
        }
        portal.advance(86_400 * 30);
        housekeeping::clean_up(&portal.state).await.unwrap();
        portal.ticket(ADA).await;
        assert_eq!(counted(portal).await, 4);
    }

    async fn r11_who_does_not_know_the_password_cannot_touch_the_counter_of_codes(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut stranger = portal.browser();
        for _ in 0..50 {
            stranger.sign_in_with(ADA, "wrong password").await;
            stranger.code(WRONG).await.expect_error(401, "session_expired");
        }
        assert_eq!(counted(portal).await, 0);
    }

    async fn r11_codes_during_set_up_have_a_counter_of_their_own(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        let wrong = portal.wrong_code(&key);
        for _ in 0..11 {
            browser.confirm(&wrong).await.expect_error(401, "invalid_code");
        }
        browser.confirm(&portal.code(&key)).await.expect_error(429, "throttled");
        assert_eq!(counted(portal).await, 0);
        portal.advance(5);
        browser.confirm(&portal.code(&key)).await.expect(200);
    }
}
