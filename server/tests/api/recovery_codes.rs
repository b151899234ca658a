//! Recovery codes: they are shown after a set-up until they are saved, each works once (R20), and they enable a disabled factor.

use futures::future::join_all;
use postern::auth::password::PasswordHasher;
use postern_testkit::{ADA, Browser, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::json;

/// A user with a factor, and the recovery codes of their set-up.
async fn user_with_codes(portal: &Portal) -> (String, Vec<String>) {
    portal.add_user_who_needs_a_factor(ADA).await;
    let mut browser = portal.browser();
    let key = browser.begin_set_up(ADA).await;
    browser.confirm(&portal.code(&key)).await.expect(200);
    let codes = browser.save_recovery_codes().await;
    portal.advance(30);
    (key, codes)
}

/// How many e-mails of this kind are waiting.
async fn mails(portal: &Portal, kind: &str) -> i64 {
    portal.database.count(&format!("select count(*) from outbox where kind = '{kind}'")).await
}

/// A browser in which Ada has entered her password, and is asked for a code.
async fn at_code(portal: &Portal) -> Browser {
    portal.ticket(ADA).await
}

on_both_databases! {
    async fn a_set_up_shows_ten_codes_until_they_are_saved_and_never_again(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        let answer = browser.confirm(&portal.code(&key)).await.expect(200);
        assert_eq!(answer.step(), "recovery_codes");
        let codes = answer.recovery_codes();
        assert_eq!(codes.len(), 10);
        portal.advance(1200);
        assert_eq!(browser.flow().await.recovery_codes(), codes, "the same at a reload");
        assert_eq!(browser.post(route::RECOVERY_CODES_SAVED, json!({})).await.expect(200).step(), "signed_in");
        assert_eq!(browser.step().await, "signed_in");
        browser.post(route::RECOVERY_CODES_SAVED, json!({})).await.expect_error(409, "out_of_step");
    }

    async fn every_code_of_a_set_works_in_any_order_and_once(portal) {
        let (_, codes) = user_with_codes(portal).await;
        for (at, code) in codes.iter().rev().enumerate() {
            let mut browser = at_code(portal).await;
            let answer = browser.recovery_code(code).await.expect(200);
            assert_eq!(answer.step(), "signed_in");
            assert_eq!(answer.json()["recovery_codes_left"], 9 - at);
            assert_eq!(answer.json()["session"]["amr"], json!(["pwd", "otp", "mfa"]));
            at_code(portal).await.recovery_code(code).await.expect_error(401, "invalid_code");
        }
        assert_eq!(at_code(portal).await.flow().await.json()["methods"], json!(["totp"]));
    }

    async fn a_code_is_accepted_however_it_is_typed(portal) {
        let (_, codes) = user_with_codes(portal).await;
        let spaced = format!("  {} ", codes[0].replace('-', " ").to_uppercase());
        let look_alike = codes[1].replace('0', "O").replace('1', "l").replace('v', "U");
        for typed in [spaced, look_alike, codes[2].replace('-', "")] {
            at_code(portal).await.recovery_code(&typed).await.expect(200);
        }
    }

    async fn what_is_no_recovery_code_is_malformed_and_not_counted(portal) {
        user_with_codes(portal).await;
        let mut browser = at_code(portal).await;
        for _ in 0..20 {
            let answer = browser.recovery_code("732303").await.expect_error(400, "malformed");
            assert_eq!(answer.json()["field"], "recovery_code");
            assert_eq!(answer.json()["reason"], "not_a_recovery_code");
        }
        browser.recovery_code("0000-0000-0000-0000").await.expect_error(401, "invalid_code");
    }

    async fn codes_and_recovery_codes_are_counted_together(portal) {
        let (key, codes) = user_with_codes(portal).await;
        let mut thief = portal.browser();
        thief.sign_in(ADA).await.expect(200);
        for attempt in 0..4 {
            let answer = match attempt % 2 {
                0 => thief.recovery_code("0000-0000-0000-0000").await,
                _ => thief.code("000000").await,
            };
            answer.expect_error(401, "invalid_code");
        }
        thief.recovery_code("0000-0000-0000-0000").await.expect_error(401, "invalid_code");
        thief.recovery_code(&codes[0]).await.expect_error(429, "throttled");
        thief.code(&portal.code(&key)).await.expect_error(429, "throttled");
        assert_eq!(portal.database.count("select count(*) from recovery_codes").await, 10, "nothing was used up");
    }

    async fn a_recovery_code_enables_a_factor_that_too_many_wrong_codes_have_disabled(portal) {
        let (key, codes) = user_with_codes(portal).await;
        let mut thief = at_code(portal).await;
        loop {
            let answer = thief.code("000000").await;
            match answer.status.as_u16() {
                429 => portal.advance(answer.json()["retry_after_s"].as_i64().unwrap()),
                401 if answer.json()["error"] == "invalid_code" => {}
                401 => thief = at_code(portal).await,
                _ => break,
            }
        }
        let mut owner = at_code(portal).await;
        owner.code(&portal.code(&key)).await.expect_error(403, "second_factor_unusable");
        assert_eq!(owner.flow().await.json()["methods"], json!(["recovery_code"]));
        owner.recovery_code(&codes[3]).await.expect(200);
        owner.sign_in(ADA).await.expect(200);
        owner.code(&portal.code(&key)).await.expect(200);
    }

    async fn wrong_recovery_codes_never_disable_the_codes_of_the_app(portal) {
        let (key, _) = user_with_codes(portal).await;
        for network in 0..40 {
            let mut thief = portal.browser().at(&format!("10.1.{network}.1"));
            thief.sign_in(ADA).await.expect(200);
            for _ in 0..4 {
                thief.recovery_code("0000-0000-0000-0000").await;
            }
        }
        assert_eq!(portal.database.count("select count(*) from attempts where key like 'code:%'").await, 0);
        portal.advance(901);
        at_code(portal).await.code(&portal.code(&key)).await.expect(200);
    }

    async fn codes_that_nobody_has_saved_are_replaced_at_the_next_log_in(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        let unsaved = browser.confirm(&portal.code(&key)).await.expect(200).recovery_codes();
        browser.sign_out().await.expect(200);
        portal.advance(30);
        let mut again = at_code(portal).await;
        let fresh = again.code(&portal.code(&key)).await.expect(200).recovery_codes();
        assert_eq!(again.save_recovery_codes().await, fresh);
        at_code(portal).await.recovery_code(&unsaved[0]).await.expect_error(401, "invalid_code");
        at_code(portal).await.recovery_code(&fresh[0]).await.expect(200);
    }

    async fn new_sets_are_limited(portal) {
        let (key, _) = user_with_codes(portal).await;
        let mut browser = at_code(portal).await;
        browser.code(&portal.code(&key)).await.expect(200);
        for _ in 0..4 {
            browser.post(route::MY_RECOVERY_CODES, json!({})).await.expect(200);
        }
        browser.post(route::MY_RECOVERY_CODES, json!({})).await.expect_error(429, "throttled");
    }

    async fn declined_codes_stop_working_and_are_not_offered_again(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        let codes = browser.confirm(&portal.code(&key)).await.expect(200).recovery_codes();
        assert_eq!(browser.post(route::RECOVERY_CODES_DECLINE, json!({})).await.expect(200).step(), "signed_in");
        at_code(portal).await.recovery_code(&codes[0]).await.expect_error(401, "invalid_code");
        portal.advance(30);
        let mut again = at_code(portal).await;
        assert_eq!(again.code(&portal.code(&key)).await.expect(200).step(), "signed_in");
    }

    async fn a_user_with_a_factor_and_no_codes_is_offered_some_once(portal) {
        let id = portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.database.execute_with("update users set recovery_codes_settled_at = null where id = $1", &[&id]).await;
        let mut browser = at_code(portal).await;
        let answer = browser.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        assert_eq!(answer.step(), "recovery_codes");
        let codes = browser.save_recovery_codes().await;
        assert_eq!(mails(portal, "recovery_codes_made").await, 1);
        at_code(portal).await.recovery_code(&codes[9]).await.expect(200);
        portal.advance(30);
        let mut again = at_code(portal).await;
        assert_eq!(again.code(&portal.code(RFC_6238_KEY)).await.expect(200).step(), "signed_in");
    }

    async fn a_new_set_needs_a_fresh_code_and_ends_the_old_one(portal) {
        let (key, codes) = user_with_codes(portal).await;
        let mut browser = at_code(portal).await;
        browser.code(&portal.code(&key)).await.expect(200);
        portal.advance(601);
        browser.post(route::MY_RECOVERY_CODES, json!({})).await.expect_error(403, "step_up_required");
        browser.post(route::STEP_UP, json!({"code": portal.code(&key)})).await.expect(200);
        let made = browser.post(route::MY_RECOVERY_CODES, json!({})).await.expect(200).recovery_codes();
        assert_eq!(made.len(), 10);
        assert_eq!(browser.get(route::MY_RECOVERY_CODES).await.expect(200).json()["left"], 10);
        assert_eq!(browser.step().await, "signed_in");
        at_code(portal).await.recovery_code(&codes[0]).await.expect_error(401, "invalid_code");
        at_code(portal).await.recovery_code(&made[0]).await.expect(200);
        assert_eq!(mails(portal, "recovery_codes_made").await, 1);
        assert_eq!(mails(portal, "recovery_code_used").await, 1);
    }

    async fn a_user_without_a_second_factor_gets_no_recovery_codes(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        browser.post(route::MY_RECOVERY_CODES, json!({})).await.expect_error(403, "second_factor_required");
        assert_eq!(browser.get(route::MY_RECOVERY_CODES).await.expect(200).json(), json!({"left": 0, "created_at": null}));
    }

    async fn a_reset_ends_the_codes_and_the_next_set_up_shows_new_ones(portal) {
        let (_, codes) = user_with_codes(portal).await;
        portal.reset(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        browser.recovery_code(&codes[0]).await.expect_error(409, "out_of_step");
        let answer = browser.confirm(&portal.code(&key)).await.expect(200);
        assert_eq!(answer.recovery_codes().len(), 10);
        at_code(portal).await.recovery_code(&codes[0]).await.expect_error(401, "invalid_code");
    }

    async fn of_500_who_use_one_code_at_once_at_two_nodes_one_gets_in(portal) {
        let (_, codes) = user_with_codes(portal).await;
        let hasher = PasswordHasher::new(64, 1, 100).unwrap();
        let nodes = [portal.node_with_hasher(hasher.clone()).await, portal.node_with_hasher(hasher).await];
        let mut browsers = Vec::new();
        for number in 0..20 {
            let mut browser = portal.browser().at(&format!("198.51.{number}.7"));
            browser.sign_in(ADA).await.expect(200);
            browsers.push(browser.moved_to(&nodes[number % 2]));
        }
        let answers = join_all((0..500).map(|number| {
            let (mut browser, code) = (browsers[number % 20].clone(), codes[0].clone());
            async move { browser.recovery_code(&code).await }
        }));
        let statuses: Vec<u16> = answers.await.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(portal.database.count("select count(*) from recovery_codes").await, 9);
    }

    async fn codes_of_one_user_are_worth_nothing_for_another(portal) {
        let (_, codes) = user_with_codes(portal).await;
        portal.add_user_with_secret("bo@example.com", RFC_6238_SECRET).await;
        let mut bo = portal.ticket("bo@example.com").await;
        for code in &codes[..3] {
            bo.recovery_code(code).await.expect_error(401, "invalid_code");
        }
        assert_eq!(portal.database.count("select count(*) from recovery_codes").await, 10);
    }

    async fn a_first_app_under_my_security_shows_codes_and_a_replacement_keeps_them(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let new_app = async |browser: &mut Browser| {
            let set_up = browser.post(route::MY_AUTHENTICATOR, json!({"current_password": postern_testkit::PASSWORD})).await;
            let key = set_up.expect(200).json()["security_key"].as_str().unwrap().to_owned();
            let code = portal.code(&key);
            browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": code})).await.expect(200)
        };
        assert_eq!(new_app(&mut browser).await.step(), "recovery_codes");
        let codes = browser.save_recovery_codes().await;
        portal.advance(30);
        assert_eq!(new_app(&mut browser).await.step(), "signed_in");
        at_code(portal).await.recovery_code(&codes[0]).await.expect(200);
    }

    async fn a_code_is_stored_hashed_and_while_it_is_shown_sealed(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        let key = browser.begin_set_up(ADA).await;
        let codes = browser.confirm(&portal.code(&key)).await.expect(200).recovery_codes();
        let mut stored = portal.database.texts("select recovery_codes_sealed from sessions").await;
        assert!(stored[0].starts_with(&format!("v1.{}.", portal.state.cipher.key_id())));
        stored.extend(portal.database.texts("select code_hash from recovery_codes").await);
        assert!(stored[1].starts_with("$argon2id$"));
        for code in codes {
            assert!(stored.iter().all(|text| !text.contains(&code) && !text.contains(&code.replace('-', ""))));
        }
        browser.save_recovery_codes().await;
        let left = "select count(*) from sessions where recovery_codes_sealed is not null";
        assert_eq!(portal.database.count(left).await, 0);
    }
}
