//! Passkeys that are refused: each with one name, and nothing else happens.

use axum::http::StatusCode;
use futures::future::join_all;
use postern::auth::throttle::policy::NETWORK_CHALLENGES;
use postern_testkit::passkeys::{BACKUP_ELIGIBLE, Key, PRESENT, VERIFIED};
use postern_testkit::{ACCOUNT, ADA, Browser, PASSWORD, Portal, RFC_6238_KEY, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

use crate::passkeys::{ada_with_key, own, step_up, user_with_key};

const BO: &str = "bo@example.com";

/// How many mails of this kind wait.
async fn mails(portal: &Portal, kind: &str) -> i64 {
    portal.database.count(&format!("select count(*) from outbox where kind = '{kind}'")).await
}

/// Shows a key after the password and alone, and checks that both are refused with this error.
async fn expect_refused(portal: &Portal, key: &Key, status: u16, error: &str) {
    portal.ticket(ADA).await.show_key(key).await.expect_error(status, error);
    portal.browser().show_key(key).await.expect_error(status, error);
}

async fn show(browser: &mut Browser, credential: Value) -> postern_testkit::Answer {
    browser.post(route::SIGN_IN_PASSKEY, json!({"credential": credential})).await
}

on_both_databases! {
    async fn only_the_portals_own_address_counts(portal) {
        let (_, key) = ada_with_key(portal).await;
        for origin in ["http://localhost:8081", "https://localhost:8080", "http://evil.localhost:8080"] {
            let phished = Key { origin: origin.to_owned(), ..key.clone() };
            expect_refused(portal, &phished, 403, "passkey_wrong_origin").await;
            portal.database.execute("delete from attempts").await;
        }
        let answer = portal.browser().show_key(&Key { origin: "http://localhost:8081".to_owned(), ..key.clone() }).await;
        assert_eq!(answer.json()["public_url"], "http://localhost:8080");
        let foreign = Key { rp_id: "evil.example".to_owned(), ..key };
        expect_refused(portal, &foreign, 401, "invalid_passkey").await;
    }

    async fn a_frame_of_another_origin_is_refused(portal) {
        let (mut browser, key) = ada_with_key(portal).await;
        let framed = Key { cross_origin: true, ..key.clone() };
        expect_refused(portal, &framed, 401, "invalid_passkey").await;
        let options = browser.options(route::MY_PASSKEYS_OPTIONS).await;
        let made = json!({"credential": Key { cross_origin: true, ..Key::number(2) }.make(&options)});
        browser.post(route::MY_PASSKEYS, made).await.expect_error(401, "invalid_passkey");
    }

    async fn whoever_was_not_verified_is_refused(portal) {
        let (mut browser, key) = ada_with_key(portal).await;
        for flags in [PRESENT, VERIFIED, 0] {
            expect_refused(portal, &Key { flags, ..key.clone() }, 401, "passkey_not_verified").await;
            portal.database.execute("delete from attempts").await;
        }
        step_up(&mut browser, &Key { flags: PRESENT, ..key }).await.expect_error(401, "passkey_not_verified");
        let options = browser.options(route::MY_PASSKEYS_OPTIONS).await;
        let made = json!({"credential": Key { flags: PRESENT, ..Key::number(2) }.make(&options)});
        browser.post(route::MY_PASSKEYS, made).await.expect_error(401, "passkey_not_verified");
        assert_eq!(portal.results("wrong_passkey").await, 8);
    }

    async fn a_wrong_signature_is_refused(portal) {
        let (_, key) = ada_with_key(portal).await;
        let forged = Key { id: key.id.clone(), user_handle: key.user_handle.clone(), counter: 2, ..Key::number(9) };
        expect_refused(portal, &forged, 401, "invalid_passkey").await;
    }

    async fn what_is_no_answer_of_an_authenticator_is_malformed_and_not_counted(portal) {
        let (_, key) = ada_with_key(portal).await;
        let mut browser = portal.browser();
        let good = key.show(&browser.options(route::SIGN_IN_PASSKEY_OPTIONS).await);
        let changed = |path: &str, value: Value| {
            let mut bad = good.clone();
            *bad.pointer_mut(path).unwrap() = value;
            bad
        };
        let named = |id: &str| {
            let mut bad = changed("/id", json!(id));
            bad["rawId"] = json!(id);
            bad
        };
        for bad in [json!({}), json!(null), changed("/id", json!("qqo")), named(""), named(&"A".repeat(1366)), changed("/type", json!("x")),
            changed("/response/clientDataJSON", json!("e30")), changed("/response/clientDataJSON", json!("eyJjaGFsbGVuZ2UiOiJcdTAwMDAifQ"))] {
            show(&mut browser, bad).await.expect_error(400, "malformed");
        }
        let counted = "select count(*) from attempts where failures > 0 and key not like 'challenge-%'";
        assert_eq!(portal.database.count(counted).await, 0);
        show(&mut browser, good).await.expect(200);
    }

    async fn a_passkey_that_loses_its_backup_must_be_added_again(portal) {
        portal.add_user(ACCOUNT, ADA).await;
        let (mut browser, mut key) = (portal.browser(), Key::number(1));
        key.flags = PRESENT | VERIFIED | BACKUP_ELIGIBLE;
        browser.sign_in(ADA).await.expect(200);
        browser.add_key(&mut key).await;
        key.counter = 2;
        expect_refused(portal, &Key { flags: PRESENT | VERIFIED, ..key.clone() }, 401, "passkey_changed").await;
        portal.browser().show_key(&key).await.expect(200);
    }

    async fn a_counter_that_does_not_grow_refuses_this_attempt_alone_with_an_alarm(portal) {
        let (mut browser, mut key) = ada_with_key(portal).await;
        key.counter = 7;
        portal.browser().show_key(&key).await.expect(200);
        for counter in [7, 6] {
            portal.browser().show_key(&Key { counter, ..key.clone() }).await.expect_error(401, "passkey_counter");
        }
        portal.ticket(ADA).await.show_key(&key).await.expect_error(401, "passkey_counter");
        step_up(&mut browser, &key).await.expect_error(401, "passkey_counter");
        assert_eq!(portal.results("passkey_counter").await, 4);
        assert_eq!(portal.database.count("select count(*) from events where what = 'passkey_counter_stalled'").await, 4);
        assert!(mails(portal, "passkey_counter_stalled").await >= 1);
        key.counter = 8;
        portal.browser().show_key(&key).await.expect(200);
        portal.ticket(ADA).await.show_key(&Key { counter: 9, ..key.clone() }).await.expect(200);
        assert_eq!(portal.database.count("select counter from passkeys").await, 9);
    }

    async fn another_users_passkey_or_handle_is_refused(portal) {
        let (mut browser, ada) = ada_with_key(portal).await;
        portal.add_user(ACCOUNT, BO).await;
        let (_, bo) = user_with_key(portal, BO, 2).await;
        portal.ticket(ADA).await.show_key(&bo).await.expect_error(401, "invalid_passkey");
        step_up(&mut browser, &bo).await.expect_error(401, "invalid_passkey");
        portal.database.execute("delete from attempts").await;
        let as_bo = Key { user_handle: bo.user_handle.clone(), ..ada.clone() };
        expect_refused(portal, &as_bo, 401, "invalid_passkey").await;
        let of_nobody = Key { user_handle: None, ..ada.clone() };
        portal.browser().show_key(&of_nobody).await.expect_error(401, "invalid_passkey");
        portal.ticket(ADA).await.show_key(&of_nobody).await.expect(200);
        let answer = portal.browser().show_key(&Key { counter: 3, ..ada }).await.expect(200);
        assert_eq!(answer.json()["user"]["email"], ADA);
    }

    async fn an_assertion_works_once(portal) {
        let (_, mut key) = ada_with_key(portal).await;
        key.counter = 0;
        portal.database.execute("update passkeys set counter = 0").await;
        let mut alone = portal.browser();
        let shown = key.show(&alone.options(route::SIGN_IN_PASSKEY_OPTIONS).await);
        let mut thief = alone.clone();
        show(&mut alone, shown.clone()).await.expect(200);
        show(&mut thief, shown.clone()).await.expect_error(401, "passkey_expired");
        thief.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
        show(&mut thief, shown).await.expect_error(401, "passkey_expired");
        let mut second = portal.ticket(ADA).await;
        let shown = key.show(&second.options(route::SIGN_IN_PASSKEY_OPTIONS).await);
        let mut again = second.clone();
        show(&mut second, shown.clone()).await.expect(200);
        show(&mut again, shown).await.expect_error(401, "passkey_expired");
    }

    async fn a_registration_works_once(portal) {
        let (mut browser, _) = ada_with_key(portal).await;
        let options = browser.options(route::MY_PASSKEYS_OPTIONS).await;
        let made = json!({"credential": Key::number(2).make(&options)});
        browser.post(route::MY_PASSKEYS, made.clone()).await.expect(201);
        let id = own(&mut browser).await["items"][1]["id"].as_str().unwrap().to_owned();
        browser.delete(&route::fill(route::MY_PASSKEY, &[&id])).await.expect(204);
        browser.post(route::MY_PASSKEYS, made).await.expect_error(401, "passkey_expired");
    }

    async fn a_challenge_belongs_to_one_session_and_one_purpose_at_every_node(portal) {
        let (mut browser, ada) = ada_with_key(portal).await;
        portal.add_user(ACCOUNT, BO).await;
        let (_, bo) = user_with_key(portal, BO, 2).await;
        let (mut first, mut other) = (portal.ticket(ADA).await, portal.ticket(ADA).await);
        let options = first.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
        show(&mut other, ada.show(&options)).await.expect_error(401, "passkey_expired");
        show(&mut portal.ticket(BO).await, bo.show(&options)).await.expect_error(401, "passkey_expired");
        show(&mut portal.browser(), ada.show(&options)).await.expect_error(401, "passkey_expired");
        let body = json!({"credential": ada.show(&options)});
        browser.post(route::STEP_UP_PASSKEY, body).await.expect_error(401, "passkey_expired");
        let (mut tab, mut stranger) = (portal.browser(), portal.browser());
        let alone = tab.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
        stranger.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
        show(&mut stranger, ada.show(&alone)).await.expect_error(401, "passkey_expired");
        show(&mut other, ada.show(&alone)).await.expect_error(401, "passkey_expired");
        let node = portal.node().await;
        portal.database.execute("delete from attempts").await;
        show(&mut tab.moved_to(&node), ada.show(&alone)).await.expect(200);
        show(&mut tab, ada.show(&alone)).await.expect_error(401, "passkey_expired");
        show(&mut first.moved_to(&node), Key { counter: 3, ..ada }.show(&options)).await.expect(200);
    }

    async fn a_challenge_lasts_five_minutes(portal) {
        let (mut browser, key) = ada_with_key(portal).await;
        let mut alone = portal.browser();
        let options = alone.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
        let new = browser.options(route::MY_PASSKEYS_OPTIONS).await;
        portal.advance(300);
        show(&mut alone, key.show(&options)).await.expect_error(401, "passkey_expired");
        let made = json!({"credential": Key::number(2).make(&new)});
        browser.post(route::MY_PASSKEYS, made).await.expect_error(401, "passkey_expired");
        let options = alone.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
        portal.advance(299);
        show(&mut alone, key.show(&options)).await.expect(200);
    }

    async fn of_100_parallel_assertions_with_one_challenge_one_gets_in(portal) {
        let (_, mut key) = ada_with_key(portal).await;
        key.counter = 0;
        portal.database.execute("update passkeys set counter = 0").await;
        let node = portal.node().await;
        let mut browser = portal.browser();
        let shown = key.show(&browser.options(route::SIGN_IN_PASSKEY_OPTIONS).await);
        let tries = (0..100).map(|number| {
            let place = if number % 2 == 0 { portal } else { &node };
            let (mut browser, shown) = (browser.moved_to(place), shown.clone());
            async move { show(&mut browser, shown).await.status }
        });
        let winners = join_all(tries).await.into_iter().filter(StatusCode::is_success).count();
        assert_eq!(winners, 1);
        assert_eq!(portal.results("signed_in").await, 2, "one by password, one by passkey");
    }

    async fn wrong_passkeys_are_counted_with_codes_and_never_disable_them(portal) {
        let mut admin = portal.admin(ACCOUNT, ADA).await;
        let mut key = Key::number(1);
        admin.browser.add_key(&mut key).await;
        let mut thief = portal.ticket(ADA).await;
        let wrong = Key { flags: PRESENT, counter: 2, ..key.clone() };
        for _ in 0..5 {
            thief.show_key(&wrong).await.expect_error(401, "passkey_not_verified");
        }
        thief.show_key(&Key { counter: 2, ..key.clone() }).await.expect_error(429, "throttled");
        thief.code(&portal.code(RFC_6238_KEY)).await.expect_error(429, "throttled");
        portal.advance(15);
        thief.show_key(&Key { counter: 2, ..key }).await.expect(200);
        assert_eq!(portal.database.count("select count(*) from attempts where failures > 0").await, 0);
    }

    async fn strangers_are_counted_by_their_network_before_anything_is_compared(portal) {
        let (_, key) = ada_with_key(portal).await;
        let mut stranger = portal.browser().at("198.51.100.7");
        let unknown = Key::number(77);
        for _ in 0..101 {
            stranger.show_key(&unknown).await.expect_error(401, "invalid_passkey");
        }
        stranger.show_key(&unknown).await.expect_error(429, "throttled");
        stranger.show_key(&key).await.expect_error(429, "throttled");
        portal.browser().at("203.0.113.7").show_key(&key).await.expect(200);
    }

    async fn requests_for_challenges_without_a_session_are_counted(portal) {
        let (_, key) = ada_with_key(portal).await;
        let mut known = portal.browser();
        known.show_key(&key).await.expect(200);
        let mut stranger = portal.browser().at("203.0.113.7");
        stranger.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
        let address = NETWORK_CHALLENGES.free;
        portal.database.execute(&format!("update attempts set failures = {address} where key like 'challenge-network:%'")).await;
        stranger.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
        let ask = async |browser: &mut Browser| browser.post(route::SIGN_IN_PASSKEY_OPTIONS, json!({})).await;
        ask(&mut stranger).await.expect_error(429, "throttled");
        ask(&mut portal.browser().at("203.0.113.7")).await.expect_error(429, "throttled");
        assert_eq!(portal.database.count("select count(*) from passkey_ceremonies").await, 2, "nothing was stored for those");
        portal.browser().at("203.0.113.8").show_key(&Key { counter: 3, ..key.clone() }).await.expect(200);
        known.post(route::SIGN_OUT, json!({})).await.expect(200);
        let mut known = known.at("203.0.113.7");
        let options = ask(&mut known).await.expect(200).json();
        portal.advance(4);
        show(&mut known, Key { counter: 4, ..key }.show(&options)).await.expect(200);
        ask(&mut stranger).await.expect(200);
        portal.advance(301);
        postern::housekeeping::clean_up(&portal.state).await.unwrap();
        assert_eq!(portal.database.count("select count(*) from passkey_ceremonies").await, 0);
    }

    async fn a_passkey_of_another_service_on_the_host_is_not_forgotten(portal) {
        let (_, key) = ada_with_key(portal).await;
        let foreign = Key { user_handle: Some(vec![7; 16]), ..Key::number(77) };
        portal.browser().show_key(&foreign).await.expect_error(401, "invalid_passkey");
        let nameless = Key { user_handle: None, ..Key::number(77) };
        portal.browser().show_key(&nameless).await.expect_error(401, "invalid_passkey");
        let removed = Key { user_handle: key.user_handle.clone(), ..Key::number(77) };
        portal.browser().show_key(&removed).await.expect_error(401, "unknown_passkey");
    }

    async fn of_two_assertions_with_one_counter_one_gets_in(portal) {
        let (_, key) = ada_with_key(portal).await;
        let mut tabs = [portal.browser(), portal.browser()];
        let mut credentials = Vec::new();
        for tab in &mut tabs {
            let options = tab.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
            credentials.push(key.show(&options));
        }
        let answers = join_all(tabs.iter_mut().zip(credentials).map(|(tab, credential)| show(tab, credential))).await;
        let mut errors: Vec<_> = answers.iter().map(|answer| answer.json()["error"].clone()).collect();
        errors.sort_by_key(Value::to_string);
        assert_eq!(errors, [json!("passkey_counter"), Value::Null]);
    }

    async fn log_ins_and_step_ups_of_one_user_at_the_same_time_do_not_hold_up_one_another(portal) {
        let (mut browser, key) = ada_with_key(portal).await;
        portal.database.execute("update passkeys set counter = 0").await;
        let key = Key { counter: 0, ..key };
        let users = portal.database.texts("select id from users").await;
        // A network that is not clean: all counters count.
        let counted = format!("('code-network:{}:198.51.100.0/24', 3, 0, {})", users[0], portal.now());
        for _ in 0..25 {
            portal.database.execute("delete from attempts").await;
            portal.database.execute(&format!("insert into attempts (key, failures, retry_at, last_at) values {counted}")).await;
            let (mut one, mut two) = (portal.browser(), portal.browser());
            let answers = tokio::join!(step_up(&mut browser, &key), one.show_key(&key), two.show_key(&key));
            let statuses = [answers.0.status, answers.1.status, answers.2.status];
            let as_expected = |status: &StatusCode| [StatusCode::OK, StatusCode::TOO_MANY_REQUESTS].contains(status);
            assert!(statuses.iter().all(as_expected) && statuses.contains(&StatusCode::OK), "{statuses:?}");
        }
    }

    async fn a_locked_user_gets_in_by_no_passkey(portal) {
        let (mut browser, key) = ada_with_key(portal).await;
        portal.lock(ADA).await;
        portal.browser().show_key(&key).await.expect_error(401, "invalid_passkey");
        assert_eq!((browser.step().await, portal.results("locked").await), ("credentials".to_owned(), 1));
        portal.unlock(ADA).await;
        portal.browser().show_key(&key).await.expect(200);
    }

    async fn a_password_that_changes_meanwhile_does_not_matter_after_the_log_in(portal) {
        let (mut browser, key) = ada_with_key(portal).await;
        let body = json!({"current_password": PASSWORD, "new_password": "quiet harbour lamp anchor"});
        browser.post(route::MY_PASSWORD, body).await.expect(200);
        portal.browser().show_key(&key).await.expect(200);
    }
}
