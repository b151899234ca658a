//! Setting up an authenticator app during the first log-in.

use postern_types::route;
use serde_json::{Value, json};

use crate::app::ADA;
use crate::on_both_databases;

fn key(step: &Value) -> String {
    step["security_key"].as_str().unwrap().to_owned()
}

on_both_databases! {
    async fn the_first_log_in_sets_up_a_factor_and_later_ones_ask_for_its_code(app) {
        app.add_user_who_needs_a_factor(ADA).await;
        let mut browser = app.browser();
        let answer = browser.sign_in(ADA).await.expect(200).json();
        assert_eq!(answer["step"], "set_up");
        assert_eq!(browser.confirm(&app.code(&key(&answer))).await.expect(200).step(), "signed_in");
        app.advance(30);
        let mut later = app.browser();
        assert_eq!(later.sign_in(ADA).await.expect(200).step(), "code");
        assert_eq!(later.code(&app.code(&key(&answer))).await.expect(200).step(), "signed_in");
        assert_eq!(later.step().await, "signed_in");
    }

    async fn r5_the_secret_is_shown_after_the_password_only_and_never_again(app) {
        app.add_user_who_needs_a_factor(ADA).await;
        let mut browser = app.browser();
        assert_eq!(browser.flow().await.json(), json!({"step": "credentials"}));
        let answer = browser.sign_in(ADA).await.expect(200);
        assert_eq!(answer.header("cache-control"), "no-store");
        let key = key(&answer.json());
        let confirmed = browser.confirm(&app.code(&key)).await.expect(200);
        for answer in [confirmed, browser.flow().await, app.browser().sign_in(ADA).await.expect(200)] {
            assert!(!String::from_utf8(answer.body).unwrap().contains(&key));
        }
    }

    async fn r6_c12_reloading_and_a_second_tab_show_the_same_secret(app) {
        app.add_user_who_needs_a_factor(ADA).await;
        let mut browser = app.browser();
        let first = browser.sign_in(ADA).await.expect(200).json();
        assert_eq!(browser.flow().await.json(), first);
        let again = browser.sign_in(ADA).await.expect(200).json();
        assert_eq!(key(&again), key(&first), "the same browser sends the password again");
        browser.confirm(&app.code(&key(&first))).await.expect(200);
    }

    async fn r14_another_browser_does_not_see_the_secret_and_the_first_to_confirm_wins(app) {
        app.add_user_who_needs_a_factor(ADA).await;
        let (mut owner, mut thief) = (app.browser(), app.browser());
        let own = owner.sign_in(ADA).await.expect(200).json();
        let other = thief.sign_in(ADA).await.expect(200).json();
        assert_ne!(key(&own), key(&other));
        owner.confirm(&app.code(&key(&own))).await.expect(200);
        thief.confirm(&app.code(&key(&other))).await.expect_error(401, "session_expired");
        app.advance(30);
        assert_eq!(thief.sign_in(ADA).await.expect(200).step(), "code");
        thief.code(&app.code(&key(&other))).await.expect_error(401, "invalid_code");
        thief.code(&app.code(&key(&own))).await.expect(200);
    }

    async fn c11_a_wrong_code_keeps_the_secret(app) {
        app.add_user_who_needs_a_factor(ADA).await;
        let mut browser = app.browser();
        let key = key(&browser.sign_in(ADA).await.expect(200).json());
        let refused = browser.confirm(&app.wrong_code(&key)).await.expect_error(401, "invalid_code").json();
        assert_eq!(refused["server_time"], "2023-11-14T22:13:30Z");
        assert_eq!(refused["next_code_in_s"], 30);
        assert_eq!(browser.flow().await.json()["security_key"], key.as_str());
        browser.confirm(&app.code(&key)).await.expect(200);
    }

    async fn r4_c14_an_abandoned_set_up_leaves_nothing_active(app) {
        app.add_user_who_needs_a_factor(ADA).await;
        let mut browser = app.browser();
        let old = key(&browser.sign_in(ADA).await.expect(200).json());
        browser.post(route::SIGN_IN_CANCEL, json!({})).await.expect(200);
        browser.confirm(&app.code(&old)).await.expect_error(401, "session_expired");
        assert_eq!(app.count("select count(*) from totp_factors").await, 0);
        assert_eq!(app.count("select count(*) from pending_totp_factors").await, 0);
        let new = browser.sign_in(ADA).await.expect(200).json();
        assert_eq!(new["step"], "set_up");
        assert_ne!(key(&new), old);
    }

    async fn c15_with_a_factor_the_password_alone_sets_up_nothing(app) {
        let key = app.add_user_with_factor(ADA).await;
        let before = app.texts("select secret_sealed from totp_factors").await;
        let mut thief = app.browser();
        assert_eq!(thief.sign_in(ADA).await.expect(200).step(), "code");
        thief.confirm(&app.code(&key)).await.expect_error(403, "forbidden");
        assert_eq!(app.texts("select secret_sealed from totp_factors").await, before);
        assert_eq!(app.count("select count(*) from login_history where result = 'set_up_refused'").await, 1);
        assert_eq!(app.count("select count(*) from pending_totp_factors").await, 0);
    }

    async fn r27_a_new_factor_ends_the_sessions_that_were_begun_without_it(app) {
        app.add_user("Acme", ADA).await;
        let mut earlier = app.browser();
        earlier.sign_in(ADA).await.expect(200);
        app.require_two_factor("Acme").await;
        assert_eq!(earlier.step().await, "signed_in", "nobody is cut off by the switch");
        let mut browser = app.browser();
        let key = key(&browser.sign_in(ADA).await.expect(200).json());
        browser.confirm(&app.code(&key)).await.expect(200);
        assert_eq!(earlier.step().await, "credentials");
        assert_eq!(browser.step().await, "signed_in");
    }

    async fn c05_r3_the_link_is_the_one_of_the_contract(app) {
        app.add_user_who_needs_a_factor("alice+test@example.org").await;
        let step = app.browser().sign_in("alice+test@example.org").await.expect(200).json();
        let key = key(&step);
        assert_eq!(step["otpauth_uri"], format!(
            "otpauth://totp/Postern:alice%2Btest%40example.org?secret={key}&issuer=Postern&algorithm=SHA1&digits=6&period=30"
        ));
        assert_eq!((step["issuer"].as_str(), step["label"].as_str()), (Some("Postern"), Some("alice+test@example.org")));
        assert!(step["qr"]["size"].as_u64().unwrap() > 40 && step["qr"]["path"].as_str().unwrap().starts_with("M4 4h7"));
    }

    async fn of_20_parallel_confirmations_one_gets_in(app) {
        app.add_user_who_needs_a_factor(ADA).await;
        let mut browser = app.browser();
        let code = app.code(&key(&browser.sign_in(ADA).await.expect(200).json()));
        let mut tabs = vec![browser; 20];
        let answers = futures::future::join_all(tabs.iter_mut().map(|tab| tab.confirm(&code))).await;
        assert_eq!(answers.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(app.count("select count(*) from totp_factors").await, 1);
    }
}
