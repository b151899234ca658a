//! Setting up an authenticator app during the first log-in.

use postern_testkit::{ADA, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

fn key(step: &Value) -> String {
    step["security_key"].as_str().unwrap().to_owned()
}

on_both_databases! {
    async fn the_first_log_in_sets_up_a_factor_and_later_ones_ask_for_its_code(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let answer = browser.sign_in(ADA).await.expect(200).json();
        assert_eq!(answer["step"], "set_up");
        assert_eq!(browser.confirm(&portal.code(&key(&answer))).await.expect(200).step(), "recovery_codes");
        browser.save_recovery_codes().await;
        portal.advance(30);
        let mut later = portal.browser();
        assert_eq!(later.sign_in(ADA).await.expect(200).step(), "code");
        assert_eq!(later.code(&portal.code(&key(&answer))).await.expect(200).step(), "signed_in");
        assert_eq!(later.step().await, "signed_in");
    }

    async fn r5_the_secret_is_shown_after_the_password_only_and_never_again(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        assert_eq!(browser.flow().await.json(), json!({"step": "credentials"}));
        let answer = browser.sign_in(ADA).await.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        let key = key(&answer.json());
        let confirmed = browser.confirm(&portal.code(&key)).await.expect(200);
        for answer in [confirmed, browser.flow().await, portal.browser().sign_in(ADA).await.expect(200)] {
            assert!(!String::from_utf8(answer.body).unwrap().contains(&key));
        }
    }

    async fn a_set_up_says_whether_an_older_entry_works_is_dead_or_never_was(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let body = json!({"current_password": postern_testkit::PASSWORD});
        let replacement = admin.browser.post(route::MY_AUTHENTICATOR, body).await.expect(200);
        assert_eq!(replacement.json()["occasion"], "replacement");
        portal.add_user_who_needs_a_factor("bo@example.com").await;
        let mut browser = portal.browser();
        let first = browser.sign_in("bo@example.com").await.expect(200);
        assert_eq!(first.json()["occasion"], "first");
        browser.confirm(&portal.code(&first.security_key())).await.expect(200);
        portal.reset("bo@example.com").await;
        let again = portal.browser().sign_in("bo@example.com").await.expect(200);
        assert_eq!(again.json()["occasion"], "after_reset");
    }

    async fn r6_reloading_and_a_second_tab_show_the_same_secret(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let first = browser.sign_in(ADA).await.expect(200).json();
        assert_eq!(browser.flow().await.json(), first);
        let again = browser.sign_in(ADA).await.expect(200).json();
        assert_eq!(key(&again), key(&first), "the same browser sends the password again");
        browser.confirm(&portal.code(&key(&first))).await.expect(200);
    }

    async fn r14_another_browser_does_not_see_the_secret_and_the_first_to_confirm_wins(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let (mut owner, mut thief) = (portal.browser(), portal.browser());
        let own = owner.sign_in(ADA).await.expect(200).json();
        let other = thief.sign_in(ADA).await.expect(200).json();
        assert_ne!(key(&own), key(&other));
        owner.confirm(&portal.code(&key(&own))).await.expect(200);
        thief.confirm(&portal.code(&key(&other))).await.expect_error(401, "session_expired");
        portal.advance(30);
        assert_eq!(thief.sign_in(ADA).await.expect(200).step(), "code");
        thief.code(&portal.code(&key(&other))).await.expect_error(401, "invalid_code");
        thief.code(&portal.code(&key(&own))).await.expect(200);
    }

    async fn a_wrong_code_keeps_the_secret(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = key(&browser.sign_in(ADA).await.expect(200).json());
        let refused = browser.confirm(&portal.wrong_code(&key)).await.expect_error(401, "invalid_code").json();
        assert_eq!(refused["server_time"], "2023-11-14T22:13:30Z");
        assert_eq!(refused["next_code_in_s"], 30);
        assert_eq!(browser.flow().await.json()["security_key"], key.as_str());
        browser.confirm(&portal.code(&key)).await.expect(200);
    }

    async fn r4_an_abandoned_set_up_leaves_nothing_active(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let old = key(&browser.sign_in(ADA).await.expect(200).json());
        browser.post(route::SIGN_IN_CANCEL, json!({})).await.expect(200);
        browser.confirm(&portal.code(&old)).await.expect_error(401, "session_expired");
        assert_eq!(portal.database.count("select count(*) from totp_factors").await, 0);
        assert_eq!(portal.database.count("select count(*) from pending_totp_factors").await, 0);
        let new = browser.sign_in(ADA).await.expect(200).json();
        assert_eq!(new["step"], "set_up");
        assert_ne!(key(&new), old);
    }

    async fn with_a_factor_the_password_alone_sets_up_nothing(portal) {
        let key = portal.add_user_with_factor(ADA).await;
        let before = portal.database.texts("select secret_sealed from totp_factors").await;
        let mut thief = portal.browser();
        assert_eq!(thief.sign_in(ADA).await.expect(200).step(), "code");
        thief.confirm(&portal.code(&key)).await.expect_error(403, "forbidden");
        assert_eq!(portal.database.texts("select secret_sealed from totp_factors").await, before);
        assert_eq!(portal.database.count("select count(*) from login_history where result = 'set_up_refused'").await, 1);
        assert_eq!(portal.database.count("select count(*) from pending_totp_factors").await, 0);
    }

    async fn r27_a_new_factor_ends_the_sessions_that_were_begun_without_it(portal) {
        portal.add_user("Acme", ADA).await;
        let mut earlier = portal.browser();
        earlier.sign_in(ADA).await.expect(200);
        portal.require_two_factor("Acme").await;
        assert_eq!(earlier.step().await, "signed_in", "nobody is cut off by the switch");
        let mut browser = portal.browser();
        let key = key(&browser.sign_in(ADA).await.expect(200).json());
        browser.confirm(&portal.code(&key)).await.expect(200);
        assert_eq!(earlier.step().await, "credentials");
        assert_eq!(browser.step().await, "recovery_codes");
    }

    async fn r3_the_link_is_the_one_of_the_contract(portal) {
        portal.add_user_who_needs_a_factor("alice+test@example.org").await;
        let step = portal.browser().sign_in("alice+test@example.org").await.expect(200).json();
        let key = key(&step);
        assert_eq!(step["otpauth_uri"], format!(
            "otpauth://totp/Postern:alice%2Btest%40example.org?secret={key}&issuer=Postern&algorithm=SHA1&digits=6&period=30"
        ));
        assert_eq!((step["issuer"].as_str(), step["label"].as_str()), (Some("Postern"), Some("alice+test@example.org")));
        assert!(step["qr"]["size"].as_u64().unwrap() > 40 && step["qr"]["path"].as_str().unwrap().starts_with("M4 4h7"));
    }

    async fn of_20_parallel_confirmations_one_gets_a_session(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let code = portal.code(&key(&browser.sign_in(ADA).await.expect(200).json()));
        let mut tabs = vec![browser; 20];
        let answers = futures::future::join_all(tabs.iter_mut().map(|tab| tab.confirm(&code))).await;
        assert_eq!(answers.iter().filter(|answer| answer.headers.contains_key("set-cookie")).count(), 1);
        assert_eq!(portal.database.count("select count(*) from totp_factors").await, 1);
    }
}
