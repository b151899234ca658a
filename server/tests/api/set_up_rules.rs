//! What a set-up may and may not do: tabs, nodes, other users, odd confirmations, resets.

use std::collections::BTreeSet;

use futures::future::join_all;
use postern_testkit::{ADA, RFC_6238_SECRET, on_both_databases};

on_both_databases! {
    async fn r1_every_set_up_has_a_fresh_key_of_160_bits(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut keys = BTreeSet::new();
        for _ in 0..50 {
            keys.insert(portal.browser().begin_set_up(ADA).await);
        }
        assert_eq!(keys.len(), 50);
        let base32 = |key: &String| key.bytes().all(|byte| matches!(byte, b'A'..=b'Z' | b'2'..=b'7'));
        assert!(keys.iter().all(|key| key.len() == 32 && base32(key)));
    }

    async fn the_longest_user_name_sets_up_a_factor(portal) {
        let email = format!("{}@{}.{}.example", "a".repeat(64), "b".repeat(60), "c".repeat(60));
        portal.add_user_who_needs_a_factor(&email).await;
        let mut browser = portal.browser();
        let answer = browser.sign_in(&email).await.expect(200);
        assert_eq!(answer.json()["label"].as_str().unwrap().len(), 64);
        assert!(answer.json()["qr"]["size"].as_u64().unwrap() <= 65 + 8, "version 12 and the quiet zone");
        browser.confirm(&portal.code(&answer.security_key())).await.expect(200);
    }

    async fn r6_20_parallel_reloads_show_one_key(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        browser.begin_set_up(ADA).await;
        portal.database.execute("delete from pending_totp_factors").await;
        let mut tabs = vec![browser; 20];
        let answers = join_all(tabs.iter_mut().map(postern_testkit::Browser::flow)).await;
        let shown: BTreeSet<String> = answers.iter().map(|answer| answer.security_key()).collect();
        assert_eq!(shown.len(), 1);
    }

    async fn r6_of_two_tabs_the_first_confirms_and_the_second_is_out_of_step(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        browser.confirm(&portal.code(&key)).await.expect(200);
        browser.confirm(&portal.code(&key)).await.expect_error(409, "out_of_step");
        assert_eq!(browser.step().await, "recovery_codes");
    }

    async fn r6_signing_in_again_with_one_browser_keeps_the_key(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        portal.advance(300);
        assert_eq!(browser.begin_set_up(ADA).await, key);
        browser.confirm(&portal.code(&key)).await.expect(200);
    }

    async fn a_set_up_begun_at_one_node_is_confirmed_at_another(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        let mut browser = browser.moved_to(&portal.node().await);
        assert_eq!(browser.flow().await.security_key(), key);
        browser.confirm(&portal.code(&key)).await.expect(200);
    }

    async fn a_key_is_not_carried_over_to_another_user_of_the_same_browser(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        portal.add_user_who_needs_a_factor("bo@example.com").await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        assert_ne!(browser.begin_set_up("bo@example.com").await, key);
    }

    async fn odd_confirmations_activate_nothing(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        portal.browser().confirm("732303").await.expect_error(401, "session_expired");
        let (mut browser, mut other) = (portal.browser(), portal.browser());
        let (_, other_key) = (browser.begin_set_up(ADA).await, other.begin_set_up(ADA).await);
        browser.confirm("").await.expect_error(400, "malformed");
        browser.confirm(&portal.code(&other_key)).await.expect_error(401, "invalid_code");
        portal.database.execute("delete from pending_totp_factors").await;
        browser.confirm("732303").await.expect_error(409, "out_of_step");
        assert_eq!(portal.database.count("select count(*) from totp_factors").await, 0);
    }

    async fn a_set_up_that_was_begun_before_cannot_replace_a_confirmed_factor(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let (mut thief, mut ada) = (portal.browser(), portal.browser());
        let (thiefs_key, key) = (thief.begin_set_up(ADA).await, ada.begin_set_up(ADA).await);
        ada.confirm(&portal.code(&key)).await.expect(200);
        thief.confirm(&portal.code(&thiefs_key)).await.expect_error(401, "session_expired");
        assert_eq!(thief.step().await, "credentials");
    }

    async fn after_a_reset_the_old_app_and_the_old_ticket_are_dead(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut ticket = portal.ticket(ADA).await;
        portal.reset(ADA).await;
        ticket.code("732303").await.expect_error(401, "session_expired");
        let mut browser = portal.browser();
        browser.begin_set_up(ADA).await;
        browser.confirm("732303").await.expect_error(401, "invalid_code");
    }

    async fn after_a_reset_the_password_alone_opens_nothing_but_the_set_up(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.reset(ADA).await;
        assert_eq!(portal.browser().sign_in(ADA).await.expect(200).step(), "set_up");
        assert_eq!(portal.database.count("select count(*) from sessions where authenticated_at is not null").await, 0);
    }

    async fn r2_the_parameters_are_stored_with_the_factor(portal) {
        portal.add_user_with_factor(ADA).await;
        let stored = "select algorithm || ' ' || digits || ' ' || period_s from totp_factors";
        assert_eq!(portal.database.texts(stored).await, ["SHA1 6 30"]);
    }
}
