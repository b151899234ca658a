//! One code is accepted once (R8): in sequence, in parallel, at two nodes, however it is written.

use futures::future::join_all;
use postern_testkit::{ADA, Answer, Browser, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::json;

/// Sends one code from many browsers at once.
async fn all_at_once(browsers: &mut [Browser], code: &str) -> Vec<Answer> {
    join_all(browsers.iter_mut().map(|browser| browser.code(code))).await
}

async fn tickets(portal: &Portal, count: usize) -> Vec<Browser> {
    let mut tickets = Vec::new();
    for _ in 0..count {
        tickets.push(portal.ticket(ADA).await);
    }
    tickets
}

fn let_in(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == 200).count()
}

async fn full_sessions(portal: &Portal) -> i64 {
    portal.database.count("select count(*) from sessions where authenticated_at is not null").await
}

on_both_databases! {
    async fn r8_a_used_code_and_an_older_one_are_refused_and_a_newer_one_works(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.ticket(ADA).await.code("732303").await.expect(200);
        let mut other = portal.ticket(ADA).await;
        other.code("732303").await.expect_error(401, "invalid_code");
        other.code("921300").await.expect_error(401, "invalid_code");
        portal.advance(30);
        other.code("732303").await.expect_error(401, "invalid_code");
        other.code("136087").await.expect(200);
    }

    async fn a_replayed_code_and_a_wrong_one_get_the_same_bytes(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.ticket(ADA).await.code("732303").await.expect(200);
        let mut other = portal.ticket(ADA).await;
        let (replayed, wrong) = (other.code("732303").await, other.code("000000").await);
        assert_eq!((replayed.status, &replayed.body), (wrong.status, &wrong.body));
    }

    async fn r8_of_50_parallel_requests_with_one_right_code_exactly_one_gets_in(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let answers = all_at_once(&mut tickets(portal, 50).await, "732303").await;
        assert_eq!((let_in(&answers), full_sessions(portal).await), (1, 1));
    }

    async fn of_50_parallel_requests_at_two_nodes_exactly_one_gets_in(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let node = portal.node().await;
        let mut browsers = tickets(portal, 25).await;
        browsers.extend(tickets(portal, 25).await.into_iter().map(|browser| browser.moved_to(&node)));
        let answers = all_at_once(&mut browsers, "732303").await;
        assert_eq!((let_in(&answers), full_sessions(portal).await), (1, 1));
    }

    async fn of_20_parallel_requests_with_one_session_exactly_one_gets_a_session(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut tabs = vec![portal.ticket(ADA).await; 20];
        let answers = all_at_once(&mut tabs, "732303").await;
        let with_session = answers.iter().filter(|answer| answer.headers.contains_key("set-cookie")).count();
        assert_eq!((with_session, full_sessions(portal).await), (1, 1));
    }

    async fn a_used_code_is_refused_however_it_is_written(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.ticket(ADA).await.code("732303").await.expect(200);
        let mut other = portal.ticket(ADA).await;
        for text in ["732303 ", "732 303", "\u{FF17}\u{FF13}\u{FF12}\u{FF13}\u{FF10}\u{FF13}", " 732303"] {
            other.code(text).await.expect_error(401, "invalid_code");
        }
        assert_eq!(portal.results("replayed").await, 4);
        assert_eq!(portal.database.count("select failures from attempts where key like 'code:%'").await, 4);
    }

    async fn r8_a_code_used_at_set_up_cannot_be_used_to_log_in(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        let code = portal.code(&key);
        assert_eq!(browser.confirm(&code).await.expect(200).step(), "recovery_codes");
        browser.sign_out().await.expect(200);
        assert_eq!(browser.sign_in(ADA).await.step(), "code");
        let refused = browser.code(&code).await.expect_error(401, "invalid_code").json();
        assert_eq!(refused["next_code_in_s"], 30);
        portal.advance(30);
        browser.code(&portal.code(&key)).await.expect(200);
    }

    async fn one_code_of_two_neighbouring_steps_is_accepted_once(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.set_clock(1_732_990_050);
        portal.ticket(ADA).await.code("251166").await.expect(200);
        let mut other = portal.ticket(ADA).await;
        other.code("251166").await.expect_error(401, "invalid_code");
        portal.set_clock(1_732_990_080);
        other.code("251166").await.expect_error(401, "invalid_code");
        portal.set_clock(1_732_990_110);
        other.code("463144").await.expect(200);
    }

    async fn of_two_steps_that_match_the_higher_is_used_up(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.set_clock(1_710_533_490);
        portal.ticket(ADA).await.code("882938").await.expect(200);
        assert_eq!(portal.database.count("select last_step from totp_factors").await, 57_017_784);
        let mut other = portal.ticket(ADA).await;
        other.code("882938").await.expect_error(401, "invalid_code");
        portal.set_clock(1_710_533_520);
        other.code("882938").await.expect_error(401, "invalid_code");
        portal.set_clock(1_710_533_550);
        other.code("090544").await.expect(200);
    }

    async fn r8_after_the_clock_went_back_an_hour_no_code_is_accepted_until_it_has_caught_up(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.advance(3600);
        let accepted = portal.now();
        portal.ticket(ADA).await.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        for seconds in [-3600, 600, 2970, 30] {
            portal.advance(seconds);
            portal.database.execute("delete from attempts").await;
            let code = portal.code(RFC_6238_KEY);
            portal.ticket(ADA).await.code(&code).await.expect_error(401, "invalid_code");
        }
        assert_eq!(portal.now(), accepted, "the code that was accepted is not accepted again");
        portal.advance(30);
        portal.ticket(ADA).await.code(&portal.code(RFC_6238_KEY)).await.expect(200);
    }

    async fn a_clock_that_went_back_is_told_to_whoever_enters_a_code_right_or_wrong(portal) {
        let mut admin = portal.admin("Acme", ADA).await.browser;
        portal.advance(3600);
        admin.sign_in(ADA).await.expect(200);
        admin.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        portal.advance(-3600);
        let mut ticket = portal.ticket(ADA).await;
        let right = ticket.code(&portal.code(RFC_6238_KEY)).await.expect_error(401, "invalid_code");
        let wrong = ticket.code("000000").await;
        assert_eq!(right.json()["refused_until"], "2023-11-14T23:14:30Z", "{}", right.text());
        assert_eq!(right.body, wrong.body);
        let step_up = admin.post(route::STEP_UP, json!({"code": portal.code(RFC_6238_KEY)})).await;
        assert_eq!(step_up.body, wrong.body);
        assert_eq!(portal.results("clock_set_back").await, 3);
        assert_eq!(portal.results("replayed").await + portal.results("wrong_code").await, 0);
    }

    async fn after_the_clock_went_back_a_reset_lets_the_user_in(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.advance(3600);
        portal.ticket(ADA).await.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        portal.advance(-3600);
        portal.reset(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        assert_eq!(browser.confirm(&portal.code(&key)).await.expect(200).step(), "recovery_codes");
    }

    async fn r8_a_clock_that_is_set_back_makes_no_used_code_valid_again(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.ticket(ADA).await.code("732303").await.expect(200);
        portal.advance(-30);
        portal.database.execute("delete from attempts").await;
        let mut other = portal.ticket(ADA).await;
        other.code("732303").await.expect_error(401, "invalid_code");
        other.code(&portal.code(RFC_6238_KEY)).await.expect_error(401, "invalid_code");
    }
}
