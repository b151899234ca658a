//! Set-up codes: what a set-up needs besides the password, where an account's settings say so.

use futures::future::join_all;
use postern::alarms::raise_due;
use postern::auth::password::PasswordHasher;
use postern_testkit::passkeys::Key;
use postern_testkit::{ADA, Admin, Browser, PASSWORD, Portal, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

const BO: &str = "bo@example.com";
const WRONG: &str = "0000-0000";

/// An administrator of an account that demands set-up codes, and a user with a second factor.
async fn scene(portal: &Portal) -> (Admin, String) {
    let admin = portal.admin("Acme", ADA).await;
    portal.require_two_factor("Acme").await;
    let bo = portal.add_user("Acme", BO).await;
    portal.reset_policy(&admin.account, true, false, 0).await;
    (admin, bo)
}

async fn reset(admin: &mut Admin, user: &str) -> Value {
    let path = admin.user_path(route::ACCOUNT_USER_RESET, user);
    admin.browser.post(&path, json!({})).await.expect(200).json()
}

async fn make(admin: &mut Admin, user: &str) -> String {
    let path = admin.user_path(route::ACCOUNT_USER_SET_UP_CODE, user);
    let made = admin.browser.post(&path, json!({})).await.expect(200).json();
    made["set_up_code"].as_str().unwrap().to_owned()
}

/// A browser at the set-up of Bo's, and the security key.
async fn at_set_up(portal: &Portal) -> (Browser, String) {
    let mut browser = portal.browser();
    let key = browser.begin_set_up(BO).await;
    (browser, key)
}

/// From where the log-ins came that were reported.
async fn reports(portal: &Portal) -> Vec<String> {
    portal.database.texts("select address from events where what = 'second_factor_not_shown'").await
}

on_both_databases! {
    async fn after_a_reset_the_thief_with_the_password_does_not_get_through_the_set_up(portal) {
        let (mut admin, bo) = scene(portal).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        let code = reset(&mut admin, &bo).await["set_up_code"].as_str().unwrap().to_owned();
        let (mut thief, key) = at_set_up(portal).await;
        let step = thief.flow().await.json();
        assert_eq!((&step["needs_set_up_code"], &step["set_up_code_from"]), (&json!(true), &json!(["Acme"])));
        thief.confirm(&portal.code(&key)).await.expect_error(401, "invalid_set_up_code");
        for typed in [WRONG, "", "732303", "2f4k-9zqp-m7xa-c3dw"] {
            thief.confirm_with(&portal.code(&key), typed).await.expect_error(401, "invalid_set_up_code");
        }
        assert_eq!(portal.results("wrong_set_up_code").await, 5);
        let (mut owner, key) = at_set_up(portal).await;
        owner.confirm_with(&portal.code(&key), &format!(" {} ", code.to_uppercase().replace('-', " "))).await.expect(200);
        assert_eq!(thief.step().await, "credentials");
    }

    async fn a_wrong_set_up_code_does_not_use_up_the_one_time_code(portal) {
        let (mut admin, bo) = scene(portal).await;
        let code = make(&mut admin, &bo).await;
        let (mut browser, key) = at_set_up(portal).await;
        let shown = portal.code(&key);
        browser.confirm_with(&shown, WRONG).await.expect_error(401, "invalid_set_up_code");
        browser.confirm_with(&portal.wrong_code(&key), &code).await.expect_error(401, "invalid_code");
        browser.confirm_with(&shown, &code).await.expect(200);
    }

    async fn set_up_codes_are_counted_before_they_are_compared(portal) {
        let (mut admin, bo) = scene(portal).await;
        let code = make(&mut admin, &bo).await;
        let (mut thief, key) = at_set_up(portal).await;
        for _ in 0..11 {
            thief.confirm_with(&portal.code(&key), WRONG).await.expect_error(401, "invalid_set_up_code");
        }
        thief.confirm_with(&portal.code(&key), &code).await.expect_error(429, "throttled");
        portal.advance(5);
        thief.confirm_with(&portal.code(&key), &code).await.expect(200);
    }

    async fn a_code_works_once_and_for_24_hours(portal) {
        let (mut admin, bo) = scene(portal).await;
        let code = make(&mut admin, &bo).await;
        portal.advance(86_400);
        let (mut browser, key) = at_set_up(portal).await;
        browser.confirm_with(&portal.code(&key), &code).await.expect_error(401, "invalid_set_up_code");
        let mut admin = portal.admin("Acme", "cy@example.com").await;
        let newer = make(&mut admin, &bo).await;
        browser.confirm_with(&portal.code(&key), &newer).await.expect(200);
        let after = reset(&mut admin, &bo).await["set_up_code"].as_str().unwrap().to_owned();
        let (mut browser, key) = at_set_up(portal).await;
        browser.confirm_with(&portal.code(&key), &newer).await.expect_error(401, "invalid_set_up_code");
        browser.confirm_with(&portal.code(&key), &after).await.expect(200);
    }

    async fn a_new_code_replaces_the_one_before(portal) {
        let (mut admin, bo) = scene(portal).await;
        let (old, new) = (make(&mut admin, &bo).await, make(&mut admin, &bo).await);
        let (mut browser, key) = at_set_up(portal).await;
        browser.confirm_with(&portal.code(&key), &old).await.expect_error(401, "invalid_set_up_code");
        browser.confirm_with(&portal.code(&key), &new).await.expect(200);
    }

    async fn a_first_app_under_my_security_needs_the_code_too(portal) {
        let admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.reset_policy(&admin.account, true, false, 0).await;
        let mut admin = admin;
        let mut browser = portal.browser();
        assert_eq!(browser.sign_in(BO).await.expect(200).step(), "signed_in");
        let begun = browser.post(route::MY_AUTHENTICATOR, json!({"current_password": PASSWORD})).await.expect(200);
        assert_eq!(begun.json()["needs_set_up_code"], true);
        let code = portal.code(&begun.security_key());
        browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": code})).await.expect_error(401, "invalid_set_up_code");
        let set_up_code = make(&mut admin, &bo).await;
        browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": code, "set_up_code": set_up_code})).await.expect(200);
        browser.save_recovery_codes().await;
        portal.advance(30);
        let again = browser.post(route::MY_AUTHENTICATOR, json!({"current_password": PASSWORD})).await.expect(200);
        assert_eq!(again.json()["needs_set_up_code"], false, "a replacement needs a code of the app instead");
        let code = portal.code(&again.security_key());
        browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": code})).await.expect(200);
    }

    async fn the_code_of_an_invitation_is_the_code_of_whoever_accepts_it(portal) {
        let (mut admin, _) = scene(portal).await;
        let path = admin.path(route::ACCOUNT_USERS);
        let new = admin.browser.post(&path, json!({"email": "dee@example.com"})).await.expect(201).json();
        let id = new["id"].as_str().unwrap().to_owned();
        let code = make(&mut admin, &id).await;
        let path = admin.user_path(route::ACCOUNT_USER, &id);
        admin.browser.patch(&path, json!({"active": true})).await.expect(200);
        let token = postern::auth::token::Token::random();
        let replace = "update links set token_hash = $1 where invitation_id = $2";
        portal.database.execute_with(replace, &[token.hash().as_str(), &id]).await;
        let mut dee = portal.browser();
        let body = json!({"token": token.expose(), "new_password": "quiet harbour lamp anchor"});
        let step = dee.post(route::PASSWORD_RESET_CONFIRM, body).await.expect(200);
        assert_eq!((step.step().as_str(), &step.json()["needs_set_up_code"]), ("set_up", &json!(true)));
        let key = step.security_key();
        dee.confirm(&portal.code(&key)).await.expect_error(401, "invalid_set_up_code");
        dee.confirm_with(&portal.code(&key), &code).await.expect(200);
    }

    async fn only_where_the_setting_is_on_and_no_factor_is_there_is_a_code_made(portal) {
        let (mut admin, bo) = scene(portal).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        let path = admin.user_path(route::ACCOUNT_USER_SET_UP_CODE, &bo);
        admin.browser.post(&path, json!({})).await.expect_error(409, "out_of_step");
        portal.reset_policy(&admin.account, false, false, 0).await;
        assert_eq!(reset(&mut admin, &bo).await, json!({"set_up_code": null}));
        admin.browser.post(&path, json!({})).await.expect_error(409, "out_of_step");
        let (mut browser, key) = at_set_up(portal).await;
        assert_eq!(browser.flow().await.json()["needs_set_up_code"], false);
        browser.confirm(&portal.code(&key)).await.expect(200);
    }

    async fn an_account_makes_no_code_for_somebody_on_whose_factor_another_account_relies(portal) {
        let (_, bo) = scene(portal).await;
        let mut bolt = portal.admin("Bolt", "eve@example.com").await;
        portal.join("Bolt", &bo).await;
        portal.reset_policy(&bolt.account, true, false, 0).await;
        let path = bolt.user_path(route::ACCOUNT_USER_SET_UP_CODE, &bo);
        bolt.browser.post(&path, json!({})).await.expect_error(409, "shared_user");
        assert_eq!(portal.database.count("select count(*) from set_up_codes").await, 0);
    }

    async fn a_code_is_stored_hashed_and_removed_when_it_expires(portal) {
        let (mut admin, bo) = scene(portal).await;
        let code = make(&mut admin, &bo).await;
        let stored = portal.database.texts("select code_hash from set_up_codes").await;
        assert!(stored[0].starts_with("$argon2id$") && !stored[0].contains(&code.replace('-', "")));
        postern::housekeeping::clean_up(&portal.state).await.unwrap();
        portal.advance(86_400);
        for _ in 0..25 {
            postern::housekeeping::clean_up(&portal.state).await.unwrap();
        }
        assert_eq!(portal.database.count("select count(*) from set_up_codes").await, 0);
    }

    async fn of_500_who_use_one_code_at_once_at_two_nodes_one_gets_in(portal) {
        let (mut admin, bo) = scene(portal).await;
        let code = make(&mut admin, &bo).await;
        let hasher = PasswordHasher::new(64, 1, 100).unwrap();
        let nodes = [portal.node_with_hasher(hasher.clone()).await, portal.node_with_hasher(hasher).await];
        let mut browsers = Vec::new();
        for number in 0..10 {
            let (browser, key) = at_set_up(portal).await;
            browsers.push((browser.moved_to(&nodes[number % 2]), portal.code(&key)));
        }
        let answers = join_all((0..500).map(|number| {
            let (browser, shown) = &browsers[number % 10];
            let (mut browser, shown, code) = (browser.clone(), shown.clone(), code.clone());
            async move { browser.confirm_with(&shown, &code).await }
        }));
        let answers = answers.await;
        let sessions = answers.iter().filter(|answer| answer.headers.contains_key("set-cookie") && answer.status == 200);
        assert_eq!(sessions.count(), 1);
        assert_eq!(portal.results("set_up").await, 1);
        assert_eq!(portal.database.count("select count(*) from set_up_codes").await, 0);
    }

    async fn a_thief_who_tries_set_up_codes_without_a_pause_holds_up_nobody_elsewhere(portal) {
        let (mut admin, bo) = scene(portal).await;
        let code = make(&mut admin, &bo).await;
        let mut thief = portal.browser().at("203.0.113.9");
        let key = thief.begin_set_up(BO).await;
        for _ in 0..40 {
            thief.confirm_with(&portal.code(&key), WRONG).await;
        }
        let mut owner = portal.browser().at("198.51.100.7");
        let key = owner.begin_set_up(BO).await;
        owner.confirm_with(&portal.code(&key), WRONG).await.expect_error(401, "invalid_set_up_code");
        owner.confirm_with(&portal.code(&key), &code).await.expect(200);
    }

    async fn a_wrong_set_up_code_is_reported_unless_the_set_up_is_completed_and_a_slow_owner_is_not(portal) {
        let (mut admin, bo) = scene(portal).await;
        let code = make(&mut admin, &bo).await;
        let mails = async || portal.database.count("select count(*) from outbox where kind = 'second_factor_not_shown'").await;
        let mut owner = portal.browser().at("198.51.100.7");
        let key = owner.begin_set_up(BO).await;
        portal.advance(200);
        raise_due(&portal.state).await.unwrap();
        assert_eq!(mails().await, 0, "the owner waits for the code");
        owner.confirm_with(&portal.code(&key), WRONG).await.expect_error(401, "invalid_set_up_code");
        let mut thief = portal.browser().at("203.0.113.9");
        let other = thief.begin_set_up(BO).await;
        thief.confirm_with(&portal.code(&other), WRONG).await.expect_error(401, "invalid_set_up_code");
        owner.confirm_with(&portal.code(&key), &code).await.expect(200);
        portal.advance(180);
        raise_due(&portal.state).await.unwrap();
        assert_eq!(mails().await, 1);
        assert_eq!(reports(portal).await, ["203.0.113.9"]);
    }

    async fn a_thief_beside_the_owner_does_not_hold_up_a_browser_that_the_owner_has_used_before(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        let mut owner = portal.browser();
        owner.sign_in(BO).await.expect(200);
        portal.require_two_factor("Acme").await;
        portal.reset_policy(&admin.account, true, false, 0).await;
        portal.advance(1);
        let code = make(&mut admin, &bo).await;
        let (mut thief, key) = at_set_up(portal).await;
        while thief.confirm_with(&portal.code(&key), WRONG).await.status == 401 {}
        let key = owner.begin_set_up(BO).await;
        owner.confirm_with(&portal.code(&key), WRONG).await.expect_error(401, "invalid_set_up_code");
        owner.confirm_with(&portal.code(&key), &code).await.expect(200);
    }

    async fn a_browser_in_which_a_thief_logs_in_after_the_code_was_made_brings_no_further_guesses(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.reset_policy(&admin.account, true, false, 0).await;
        make(&mut admin, &bo).await;
        portal.advance(1);
        let mut guesses = 0;
        for _ in 0..3 {
            let mut thief = portal.browser();
            thief.sign_in(BO).await.expect(200);
            let begun = thief.post(route::MY_AUTHENTICATOR, json!({"current_password": PASSWORD})).await.expect(200);
            let wrong = json!({"code": portal.code(&begun.security_key()), "set_up_code": WRONG});
            while thief.post(route::MY_AUTHENTICATOR_CONFIRM, wrong.clone()).await.status == 401 {
                guesses += 1;
            }
        }
        assert_eq!(guesses, 11);
    }

    async fn all_guesses_at_a_set_up_code_together_are_limited_wherever_they_come_from(portal) {
        let (mut admin, bo) = scene(portal).await;
        let code = make(&mut admin, &bo).await;
        let (mut thief, key) = at_set_up(portal).await;
        thief.confirm_with(&portal.code(&key), WRONG).await.expect_error(401, "invalid_set_up_code");
        portal.database.execute(&format!("update attempts set failures = 100000 where key = 'set-up:{bo}'")).await;
        thief.confirm_with(&portal.code(&key), WRONG).await.expect_error(401, "invalid_set_up_code");
        let mut other = portal.browser().at("203.0.113.9");
        let key = other.begin_set_up(BO).await;
        let refused = other.confirm_with(&portal.code(&key), WRONG).await.expect_error(429, "throttled").json();
        assert_eq!(refused["retry_after_s"], 2);
        portal.advance(2);
        other.confirm_with(&portal.code(&key), &code).await.expect(200);
        assert_eq!(portal.database.count("select count(*) from attempts where key like 'set-up%'").await, 1, "the thief's network");
    }

    async fn a_wrong_set_up_code_under_my_security_is_reported_unless_that_set_up_is_completed(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.reset_policy(&admin.account, true, false, 0).await;
        let code = make(&mut admin, &bo).await;
        for (address, typed) in [("203.0.113.9", vec![WRONG]), ("198.51.100.7", vec![WRONG, &code])] {
            let mut browser = portal.browser().at(address);
            browser.sign_in(BO).await.expect(200);
            let begun = browser.post(route::MY_AUTHENTICATOR, json!({"current_password": PASSWORD})).await.expect(200);
            let shown = portal.code(&begun.security_key());
            portal.advance(1);
            for typed in typed {
                browser.post(route::MY_AUTHENTICATOR_CONFIRM, json!({"code": shown, "set_up_code": typed})).await;
            }
        }
        portal.advance(180);
        raise_due(&portal.state).await.unwrap();
        assert_eq!(reports(portal).await, ["203.0.113.9"]);
    }

    async fn a_wrong_set_up_code_is_not_reported_once_a_first_passkey_is_added_from_there(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.reset_policy(&admin.account, true, false, 0).await;
        let code = make(&mut admin, &bo).await;
        let (mut browser, mut key) = (portal.browser(), Key::number(1));
        browser.sign_in(BO).await.expect(200);
        for (typed, status) in [(WRONG, 401), (code.as_str(), 201)] {
            let begin = json!({"current_password": PASSWORD});
            let options = browser.post(route::MY_PASSKEYS_OPTIONS, begin).await.expect(200).json();
            let body = json!({"credential": key.make(&options), "set_up_code": typed});
            browser.post(route::MY_PASSKEYS, body).await.expect(status);
        }
        portal.advance(180);
        raise_due(&portal.state).await.unwrap();
        assert_eq!(reports(portal).await, Vec::<String>::new());
    }

    async fn whoever_leaves_out_the_set_up_code_is_not_reported(portal) {
        scene(portal).await;
        let (mut browser, key) = at_set_up(portal).await;
        for typed in ["", " "] {
            browser.confirm_with(&portal.code(&key), typed).await.expect_error(401, "invalid_set_up_code");
        }
        browser.confirm(&portal.code(&key)).await.expect_error(401, "invalid_set_up_code");
        portal.advance(180);
        raise_due(&portal.state).await.unwrap();
        assert_eq!(reports(portal).await, Vec::<String>::new());
    }
}
