//! One code is accepted once (R8): in sequence, in parallel, at two nodes, however it is written.

use futures::future::join_all;

use crate::app::{ADA, S1, S1_KEY, TestApp};
use crate::browser::{Answer, Browser};
use crate::on_both_databases;

/// Sends one code from many browsers at once.
async fn all_at_once(browsers: &mut [Browser], code: &str) -> Vec<Answer> {
    join_all(browsers.iter_mut().map(|browser| browser.code(code))).await
}

async fn tickets(app: &TestApp, count: usize) -> Vec<Browser> {
    let mut tickets = Vec::new();
    for _ in 0..count {
        tickets.push(app.ticket(ADA).await);
    }
    tickets
}

fn let_in(answers: &[Answer]) -> usize {
    answers.iter().filter(|answer| answer.status == 200).count()
}

async fn full_sessions(app: &TestApp) -> i64 {
    app.count("select count(*) from sessions where authenticated_at is not null").await
}

on_both_databases! {
    async fn c34_r8_a_used_code_and_an_older_one_are_refused_and_a_newer_one_works(app) {
        app.add_user_with_secret(ADA, S1).await;
        app.ticket(ADA).await.code("732303").await.expect(200);
        let mut other = app.ticket(ADA).await;
        other.code("732303").await.expect_error(401, "invalid_code");
        other.code("921300").await.expect_error(401, "invalid_code");
        app.advance(30);
        other.code("732303").await.expect_error(401, "invalid_code");
        other.code("136087").await.expect(200);
    }

    async fn c34_a_replayed_code_and_a_wrong_one_get_the_same_bytes(app) {
        app.add_user_with_secret(ADA, S1).await;
        app.ticket(ADA).await.code("732303").await.expect(200);
        let mut other = app.ticket(ADA).await;
        let (replayed, wrong) = (other.code("732303").await, other.code("000000").await);
        assert_eq!((replayed.status, &replayed.body), (wrong.status, &wrong.body));
    }

    async fn c35_r8_of_50_parallel_requests_with_one_right_code_exactly_one_gets_in(app) {
        app.add_user_with_secret(ADA, S1).await;
        let answers = all_at_once(&mut tickets(app, 50).await, "732303").await;
        assert_eq!((let_in(&answers), full_sessions(app).await), (1, 1));
    }

    async fn c35_of_50_parallel_requests_at_two_nodes_exactly_one_gets_in(app) {
        app.add_user_with_secret(ADA, S1).await;
        let node = app.node().await;
        let mut browsers = tickets(app, 25).await;
        browsers.extend(tickets(app, 25).await.into_iter().map(|browser| browser.moved_to(&node)));
        let answers = all_at_once(&mut browsers, "732303").await;
        assert_eq!((let_in(&answers), full_sessions(app).await), (1, 1));
    }

    async fn c35_of_20_parallel_requests_with_one_session_exactly_one_gets_in(app) {
        app.add_user_with_secret(ADA, S1).await;
        let mut tabs = vec![app.ticket(ADA).await; 20];
        let answers = all_at_once(&mut tabs, "732303").await;
        assert_eq!((let_in(&answers), full_sessions(app).await), (1, 1));
    }

    async fn c36_a_used_code_is_refused_however_it_is_written(app) {
        app.add_user_with_secret(ADA, S1).await;
        app.ticket(ADA).await.code("732303").await.expect(200);
        let mut other = app.ticket(ADA).await;
        for text in ["732303 ", "732 303", "\u{FF17}\u{FF13}\u{FF12}\u{FF13}\u{FF10}\u{FF13}", " 732303"] {
            other.code(text).await.expect_error(401, "invalid_code");
        }
        assert_eq!(app.results("replayed").await, 4);
        assert_eq!(app.count("select failures from attempts where key like 'code:%'").await, 4);
    }

    async fn c38_c39_r8_a_code_used_at_set_up_cannot_be_used_to_log_in(app) {
        app.add_user_who_needs_a_factor(ADA).await;
        let mut browser = app.browser();
        let key = browser.begin_set_up(ADA).await;
        let code = app.code(&key);
        assert_eq!(browser.confirm(&code).await.expect(200).step(), "signed_in");
        browser.sign_out().await.expect(200);
        assert_eq!(browser.sign_in(ADA).await.step(), "code");
        let refused = browser.code(&code).await.expect_error(401, "invalid_code").json();
        assert_eq!(refused["next_code_in_s"], 30);
        app.advance(30);
        browser.code(&app.code(&key)).await.expect(200);
    }

    async fn c40_one_code_of_two_neighbouring_steps_is_accepted_once(app) {
        app.add_user_with_secret(ADA, S1).await;
        app.set_clock(1_732_990_050);
        app.ticket(ADA).await.code("251166").await.expect(200);
        let mut other = app.ticket(ADA).await;
        other.code("251166").await.expect_error(401, "invalid_code");
        app.set_clock(1_732_990_080);
        other.code("251166").await.expect_error(401, "invalid_code");
        app.set_clock(1_732_990_110);
        other.code("463144").await.expect(200);
    }

    async fn c40_of_two_steps_that_match_the_higher_is_used_up(app) {
        app.add_user_with_secret(ADA, S1).await;
        app.set_clock(1_710_533_490);
        app.ticket(ADA).await.code("882938").await.expect(200);
        assert_eq!(app.count("select last_step from totp_factors").await, 57_017_784);
        let mut other = app.ticket(ADA).await;
        other.code("882938").await.expect_error(401, "invalid_code");
        app.set_clock(1_710_533_520);
        other.code("882938").await.expect_error(401, "invalid_code");
        app.set_clock(1_710_533_550);
        other.code("090544").await.expect(200);
    }

    async fn r8_a_clock_that_is_set_back_makes_no_used_code_valid_again(app) {
        app.add_user_with_secret(ADA, S1).await;
        app.ticket(ADA).await.code("732303").await.expect(200);
        app.advance(-30);
        app.execute("delete from attempts").await;
        let mut other = app.ticket(ADA).await;
        other.code("732303").await.expect_error(401, "invalid_code");
        other.code(&app.code(S1_KEY)).await.expect_error(401, "invalid_code");
    }
}
