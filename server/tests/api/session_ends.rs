//! How sessions end: by time, by sign-out, by a lock, at another node (R14, R26, R27).

use postern_testkit::{ADA, Browser, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};

/// A browser that is logged in, of a user without a second factor.
async fn signed_in(portal: &Portal) -> Browser {
    let mut browser = portal.browser();
    assert_eq!(browser.sign_in(ADA).await.expect(200).step(), "signed_in");
    browser
}

on_both_databases! {
    async fn r23_set_up_ends_with_a_new_token(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        let ticket = browser.session().unwrap();
        browser.confirm(&portal.code(&key)).await.expect(200);
        assert_ne!(browser.session().unwrap(), ticket);
        assert_eq!(portal.browser().with_session(&ticket).step().await, "credentials");
    }

    async fn signing_in_again_ends_the_session_that_the_browser_had(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = signed_in(portal).await;
        let mut old = browser.clone();
        browser.sign_in(ADA).await.expect(200);
        assert_eq!(old.step().await, "credentials");
    }

    async fn r14_a_ticket_dies_10_minutes_after_the_password_and_its_cookie_is_taken_away(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        portal.advance(599);
        assert_eq!(browser.step().await, "code", "looking at it does not prolong it");
        portal.advance(1);
        browser.clone().code(&portal.code(RFC_6238_KEY)).await.expect_error(401, "session_expired");
        assert_eq!((browser.step().await.as_str(), browser.session()), ("credentials", None));
    }

    async fn r14_a_set_up_dies_10_minutes_after_the_password(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        portal.advance(600);
        browser.confirm(&portal.code(&key)).await.expect_error(401, "session_expired");
    }

    async fn r14_a_ticket_belongs_to_one_attempt(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let (mut one, mut other) = (portal.ticket(ADA).await, portal.ticket(ADA).await);
        one.code("732303").await.expect(200);
        assert_eq!(other.step().await, "code", "another browser's success does not complete it");
    }

    async fn r26_the_limits_are_settings(portal) {
        portal.add_user("Acme", ADA).await;
        let node = portal.node_with(|config| (config.sessions.idle_s, config.sessions.absolute_s) = (60, 100)).await;
        let (mut idle, mut busy) = (signed_in(&node).await, signed_in(&node).await);
        portal.advance(59);
        assert_eq!(busy.step().await, "signed_in");
        portal.advance(1);
        assert_eq!((idle.step().await.as_str(), busy.step().await.as_str()), ("credentials", "signed_in"));
        portal.advance(40);
        assert_eq!(busy.step().await, "credentials");
    }

    async fn r27_sign_out_leaves_the_users_other_sessions_alone(portal) {
        portal.add_user("Acme", ADA).await;
        let (mut one, mut other) = (signed_in(portal).await, signed_in(portal).await);
        one.sign_out().await.expect(200);
        assert_eq!(other.step().await, "signed_in");
    }

    async fn r27_sign_out_during_a_log_in_ends_it(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        let mut copy = browser.clone();
        browser.sign_out().await.expect(200);
        copy.code("732303").await.expect_error(401, "session_expired");
    }

    async fn r27_a_lock_ends_every_session_and_an_unlock_brings_none_back(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browsers = [signed_in(portal).await, signed_in(portal).await];
        portal.lock(ADA).await;
        portal.unlock(ADA).await;
        for browser in &mut browsers {
            assert_eq!(browser.step().await, "credentials");
        }
        signed_in(portal).await;
    }

    async fn r27_a_lock_ends_a_log_in_that_was_begun(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut ticket = portal.ticket(ADA).await;
        portal.lock(ADA).await;
        ticket.code("732303").await.expect_error(401, "session_expired");
        portal.unlock(ADA).await;
        assert_eq!(ticket.step().await, "credentials");
    }

    async fn r27_a_lock_during_the_last_step_wins_without_a_fault(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        for _ in 0..20 {
            portal.advance(30);
            portal.database.execute("delete from attempts").await;
            let (mut browser, code) = (portal.ticket(ADA).await, portal.code(RFC_6238_KEY));
            let (answer, ()) = tokio::join!(browser.code(&code), portal.lock(ADA));
            assert!(matches!(answer.status.as_u16(), 200 | 401), "{}: {}", answer.status, answer.json());
            portal.unlock(ADA).await;
            assert_eq!(browser.step().await, "credentials");
        }
    }

    async fn a_restart_in_the_middle_of_a_log_in_changes_nothing(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await.moved_to(&portal.node().await);
        assert_eq!(browser.step().await, "code");
        browser.code("732303").await.expect(200);
    }

    async fn a_wrong_password_leaves_the_session_of_the_browser_alone(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = signed_in(portal).await;
        browser.sign_in_with(ADA, "wrong password").await.expect(401);
        assert_eq!(browser.step().await, "signed_in");
    }
}
