//! What accounts allow, what administrators see and reset, and that a log-in by passkey is a log-in like others.

use postern::config::PublicUrl;
use postern_testkit::passkeys::Key;
use postern_testkit::{ACCOUNT, ADA, PASSWORD, Portal, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::json;

use crate::passkeys::{ada_with_key, own, step_up, user_with_key};

async fn allow(portal: &Portal, account: &str, policy: &str) {
    portal.database.execute_with("update accounts set passkeys = $1 where name = $2", &[policy, account]).await;
}

async fn count(portal: &Portal, sql: &str) -> i64 {
    portal.database.count(&format!("select count(*) from {sql}")).await
}

on_both_databases! {
    async fn an_account_says_how_passkeys_can_be_used(portal) {
        let (mut browser, mut key) = ada_with_key(portal).await;
        allow(portal, ACCOUNT, "second_factor").await;
        portal.browser().show_key(&key).await.expect_error(403, "passkey_not_allowed");
        assert_eq!(portal.results("passkey_not_allowed").await, 1);
        portal.ticket(ADA).await.show_key(&key).await.expect(200);
        key.counter += 1;
        allow(portal, ACCOUNT, "not_allowed").await;
        let mut ticket = portal.ticket(ADA).await;
        assert_eq!(ticket.flow().await.json()["methods"], json!([]));
        ticket.post(route::SIGN_IN_PASSKEY_OPTIONS, json!({})).await.expect_error(403, "passkey_not_allowed");
        browser.post(route::MY_PASSKEYS_OPTIONS, json!({})).await.expect_error(403, "passkey_not_allowed");
        browser.post(route::STEP_UP_PASSKEY_OPTIONS, json!({})).await.expect_error(403, "passkey_not_allowed");
        assert_eq!(own(&mut browser).await["allowed"], "not_allowed");
        portal.add_user_who_needs_a_factor("bo@example.com").await;
        let mut bo = portal.browser();
        assert_eq!(bo.sign_in("bo@example.com").await.expect(200).json()["passkey"], false);
        bo.post(route::SET_UP_PASSKEY_OPTIONS, json!({})).await.expect_error(403, "passkey_not_allowed");
    }

    async fn what_was_allowed_when_the_options_were_made_is_checked_again(portal) {
        let (mut browser, key) = ada_with_key(portal).await;
        let mut ticket = portal.ticket(ADA).await;
        let shown = ticket.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
        let made = browser.options(route::MY_PASSKEYS_OPTIONS).await;
        allow(portal, ACCOUNT, "not_allowed").await;
        let body = json!({"credential": key.show(&shown)});
        ticket.post(route::SIGN_IN_PASSKEY, body).await.expect_error(403, "passkey_not_allowed");
        let body = json!({"credential": Key::number(2).make(&made)});
        browser.post(route::MY_PASSKEYS, body).await.expect_error(403, "passkey_not_allowed");
        assert_eq!(portal.database.count("select counter from passkeys").await, 1, "not used");
    }

    async fn of_several_accounts_the_strictest_counts(portal) {
        let (mut browser, key) = ada_with_key(portal).await;
        let id = portal.database.texts("select id from users").await.remove(0);
        portal.join("Bolt", &id).await;
        allow(portal, "Bolt", "second_factor").await;
        assert_eq!(own(&mut browser).await["allowed"], "second_factor");
        portal.browser().show_key(&key).await.expect_error(403, "passkey_not_allowed");
        portal.database.execute("update memberships set locked_at = 1 where account_id <> (select id from accounts where name = 'Acme')").await;
        portal.browser().show_key(&key).await.expect(200);
    }

    async fn the_setting_is_changed_beside_the_others_and_recorded(portal) {
        let mut admin = portal.admin(ACCOUNT, ADA).await;
        let path = admin.path(route::ACCOUNT_SECURITY);
        let before = admin.browser.get(&path).await.expect(200);
        assert_eq!(before.json()["passkeys"], "without_password");
        let body = json!({"passkeys": "second_factor"});
        let after = admin.browser.put(&path, before.header("etag"), body.clone()).await.expect(200);
        assert_eq!(after.json()["passkeys"], "second_factor");
        assert_eq!(after.json()["two_factor"], before.json()["two_factor"]);
        admin.browser.put(&path, before.header("etag"), body.clone()).await.expect(412);
        admin.browser.put(&path, after.header("etag"), body).await.expect(200);
        let details = portal.database.texts("select detail from events where what = 'passkey_policy_changed'").await;
        assert_eq!(details, [r#"{"detail":"passkeys","allowed":"second_factor"}"#], "once");
        admin.browser.put(&path, after.header("etag"), json!({"passkeys": "tea"})).await.expect_error(400, "malformed");
    }

    async fn administrators_see_both_factors_and_a_reset_removes_both(portal) {
        let mut admin = portal.admin(ACCOUNT, "admin@example.com").await;
        let ada = portal.add_user(ACCOUNT, ADA).await;
        let (mut browser, mut key) = user_with_key(portal, ADA, 1).await;
        let path = admin.user_path(route::ACCOUNT_USER, &ada);
        let seen = admin.browser.get(&path).await.expect(200).json();
        assert_eq!((&seen["two_factor"], &seen["authenticator"], &seen["passkeys"]), (&json!("set_up"), &json!(false), &json!(1)));
        portal.give_factor(&ada, RFC_6238_SECRET).await;
        browser.add_key(&mut Key::number(2)).await;
        let list = admin.browser.get(&admin.path(route::ACCOUNT_USERS)).await.expect(200).json();
        let listed = list["items"].as_array().unwrap().iter().find(|user| user["email"] == ADA).unwrap();
        assert_eq!((&listed["authenticator"], &listed["passkeys"]), (&json!(true), &json!(2)));
        admin.browser.post(&admin.user_path(route::ACCOUNT_USER_RESET, &ada), json!({})).await.expect(200);
        let seen = admin.browser.get(&path).await.expect(200).json();
        assert_eq!((&seen["two_factor"], &seen["authenticator"], &seen["passkeys"]), (&json!("none"), &json!(false), &json!(0)));
        assert_eq!(browser.step().await, "credentials");
        key.counter = 5;
        portal.browser().show_key(&key).await.expect_error(401, "unknown_passkey");
        assert_eq!(portal.browser().sign_in(ADA).await.expect(200).step(), "signed_in");
    }

    async fn an_administrator_learns_whom_a_setting_without_passkeys_would_keep_out(portal) {
        let mut admin = portal.admin(ACCOUNT, "admin@example.com").await;
        let ada = portal.add_user(ACCOUNT, ADA).await;
        user_with_key(portal, ADA, 1).await;
        let path = admin.path(route::ACCOUNT_SECURITY_EFFECT);
        let effect = admin.browser.get(&path).await.expect(200).json();
        assert_eq!((&effect["passkeys_alone"], &effect["own_passkeys_alone"]), (&json!(1), &json!(false)));
        portal.give_factor(&ada, RFC_6238_SECRET).await;
        admin.browser.add_key(&mut Key::number(2)).await;
        assert_eq!(admin.browser.get(&path).await.expect(200).json()["passkeys_alone"], 0, "everybody has an app, too");
        portal.database.execute("update totp_factors set disabled_at = 1").await;
        let effect = admin.browser.get(&path).await.expect(200).json();
        assert_eq!((&effect["passkeys_alone"], &effect["own_passkeys_alone"]), (&json!(2), &json!(true)));
    }

    async fn codes_are_seen_to_be_disabled_where_a_passkey_cannot_be_used_instead(portal) {
        let mut admin = portal.admin(ACCOUNT, ADA).await;
        admin.browser.add_key(&mut Key::number(1)).await;
        portal.database.execute("update totp_factors set disabled_at = 1").await;
        allow(portal, ACCOUNT, "not_allowed").await;
        let seen = admin.browser.get(&admin.user_path(route::ACCOUNT_USER, &admin.id)).await.expect(200).json();
        assert_eq!((&seen["two_factor"], &seen["passkeys"]), (&json!("disabled"), &json!(1)));
    }

    async fn a_user_with_a_passkey_alone_has_a_second_factor_everywhere(portal) {
        let mut admin = portal.admin(ACCOUNT, "admin@example.com").await;
        let ada = portal.add_user(ACCOUNT, ADA).await;
        let (mut browser, key) = user_with_key(portal, ADA, 1).await;
        portal.reset_policy(&admin.account, true, false, 0).await;
        admin.browser.post(&admin.user_path(route::ACCOUNT_USER_SET_UP_CODE, &ada), json!({})).await.expect_error(409, "out_of_step");
        let effect = admin.browser.get(&admin.path(route::ACCOUNT_SECURITY_EFFECT)).await.expect(200).json();
        assert_eq!((&effect["set_up"], &effect["to_be_asked"]), (&json!(2), &json!(0)));
        assert_eq!(count(portal, "roster where two_factor = 1").await, 2);
        portal.advance(600);
        browser.post(route::MY_RECOVERY_CODES, json!({})).await.expect_error(403, "step_up_required");
        step_up(&mut browser, &key).await.expect(200);
        browser.post(route::MY_RECOVERY_CODES, json!({})).await.expect(200);
        portal.browser().sign_in(ADA).await.expect(200);
        assert_eq!(count(portal, "unfinished_log_ins").await, 1, "a password without the passkey is reported");
    }

    async fn a_lone_passkey_is_a_log_in_like_others(portal) {
        let (_, mut key) = ada_with_key(portal).await;
        portal.ticket(ADA).await;
        let mut browser = portal.browser().at("198.51.100.7");
        browser.show_key(&key).await.expect(200);
        assert_eq!(count(portal, "outbox where kind = 'unfamiliar_sign_in'").await, 1);
        assert_eq!(count(portal, "events where what = 'unfamiliar_sign_in'").await, 1);
        assert_eq!(count(portal, "known_browsers").await, 1);
        key.counter += 1;
        browser.sign_out().await.expect(200);
        browser.show_key(&key).await.expect(200);
        assert_eq!(count(portal, "events where what = 'unfamiliar_sign_in'").await, 1, "the browser is known now");
        let old = browser.session().unwrap();
        key.counter += 1;
        browser.show_key(&key).await.expect(200);
        assert_eq!(portal.browser().with_session(&old).step().await, "credentials", "the session before it has ended");
    }

    async fn a_lone_passkey_respects_address_lists(portal) {
        let (_, key) = ada_with_key(portal).await;
        portal.database.execute("update accounts set allowed_addresses = '192.0.2.0/24'").await;
        portal.browser().at("198.51.100.7").show_key(&key).await.expect_error(403, "address_refused");
        assert_eq!(portal.results("address_refused").await, 1);
        portal.browser().at("192.0.2.7").show_key(&key).await.expect(200);
    }

    async fn where_a_new_password_is_due_a_passkey_is_not_enough_alone(portal) {
        let (mut browser, mut key) = ada_with_key(portal).await;
        browser.post(route::MY_LOCKDOWN, json!({"recovery_codes": false})).await.expect(200);
        portal.browser().show_key(&key).await.expect_error(403, "passkey_not_allowed");
        let mut later = portal.browser();
        later.sign_in(ADA).await.expect(200);
        assert_eq!(later.show_key(&key).await.expect(200).step(), "new_password");
        let new = "quiet harbour lamp anchor";
        let body = json!({"new_password": new});
        assert_eq!(later.post(route::SIGN_IN_NEW_PASSWORD, body).await.expect(200).step(), "signed_in");
        key.counter += 1;
        portal.browser().show_key(&key).await.expect_error(403, "passkey_not_allowed");
        let mut after = portal.browser();
        after.sign_in_with(ADA, new).await.expect(200);
        after.show_key(&key).await.expect(200);
        key.counter += 1;
        assert_eq!(portal.browser().show_key(&key).await.expect(200).step(), "signed_in");
        portal.database.execute("update users set password_temporary_since = 1").await;
        key.counter += 1;
        portal.browser().show_key(&key).await.expect_error(403, "passkey_not_allowed");
    }

    async fn recovery_codes_are_offered_with_a_passkey_too(portal) {
        let (_, key) = ada_with_key(portal).await;
        portal.database.execute("update users set recovery_codes_settled_at = null").await;
        let mut browser = portal.browser();
        let answer = browser.show_key(&key).await.expect(200);
        assert_eq!((answer.step().as_str(), answer.recovery_codes().len()), ("recovery_codes", 10));
        assert_eq!(browser.save_recovery_codes().await, answer.recovery_codes());
    }

    async fn this_was_not_me_removes_the_passkeys_of_the_last_days_but_never_the_last_factor(portal) {
        let (mut browser, _) = ada_with_key(portal).await;
        portal.advance(8 * 86_400);
        let mut later = portal.browser();
        later.sign_in(ADA).await.expect(200);
        let key = Key { counter: 2, user_handle: None, ..Key::number(1) };
        later.show_key(&key).await.expect(200);
        later.add_key(&mut Key::number(2)).await;
        let not_me = async |number: i64, alarm_at: i64| {
            let token = postern::auth::token::Token::random();
            let values = format!("$1, id, 'not_me', {alarm_at}, 9000000000");
            let sql = format!("insert into links (token_hash, user_id, kind, created_at, expires_at) select {values} from users");
            portal.database.execute_with(&sql, &[token.hash().as_str()]).await;
            let body = json!({"token": token.expose(), "new_password": format!("seven slow yellow trams {number}")});
            portal.browser().post(route::PASSWORD_RESET_CONFIRM, body).await.expect(200);
        };
        portal.advance(5 * 86_400);
        let alarm_at = portal.now();
        portal.advance(6 * 86_400);
        not_me(1, alarm_at).await;
        assert_eq!(count(portal, "passkeys").await, 1, "the older one stays");
        let removed = portal.database.texts("select detail from events where what = 'passkey_removed'").await;
        assert!(removed.len() == 1 && removed[0].contains("A key"), "{removed:?}");
        portal.database.execute("update passkeys set created_at = 9000000000").await;
        not_me(2, alarm_at).await;
        assert_eq!(count(portal, "passkeys").await, 1, "it is the last factor");
        let users = portal.database.texts("select id from users").await;
        portal.give_factor(&users[0], RFC_6238_SECRET).await;
        portal.database.execute("update totp_factors set confirmed_at = 9000000000").await;
        not_me(3, alarm_at).await;
        assert_eq!(count(portal, "passkeys").await, 1, "the app may be the thief's");
        portal.database.execute("update totp_factors set confirmed_at = 1").await;
        not_me(4, alarm_at).await;
        assert_eq!(count(portal, "passkeys").await, 0);
        assert_eq!(browser.step().await, "credentials");
    }

    async fn after_this_was_not_me_whoever_has_a_passkey_does_not_get_in_without_the_new_password(portal) {
        portal.add_user("Acme", ADA).await;
        let mut thief = portal.browser();
        thief.sign_in(ADA).await.expect(200);
        let mut key = Key::number(1);
        thief.add_key(&mut key).await;
        let token = postern::auth::token::Token::random();
        let sql = "insert into links (token_hash, user_id, kind, created_at, expires_at) select $1, id, 'not_me', 1, 9000000000 from users";
        portal.database.execute_with(sql, &[token.hash().as_str()]).await;
        let body = json!({"token": token.expose(), "new_password": "seven slow yellow trams"});
        portal.browser().post(route::PASSWORD_RESET_CONFIRM, body).await.expect(200);
        key.counter += 1;
        portal.browser().show_key(&key).await.expect_error(403, "passkey_not_allowed");
        portal.browser().sign_in(ADA).await.expect_error(401, "invalid_credentials");
    }

    async fn a_number_as_a_host_allows_no_passkeys_and_everything_else_works(portal) {
        let node = portal.node_with(|config| config.server.public_url = PublicUrl::parse("http://127.0.0.1:8080").unwrap()).await;
        let id = portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = node.browser();
        assert_eq!(browser.sign_in(ADA).await.expect(200).json()["passkey"], false);
        browser.post(route::SET_UP_PASSKEY_OPTIONS, json!({})).await.expect_error(403, "passkey_not_allowed");
        node.browser().post(route::SIGN_IN_PASSKEY_OPTIONS, json!({})).await.expect_error(403, "passkey_not_allowed");
        portal.give_factor(&id, RFC_6238_SECRET).await;
        let mut later = node.ticket(ADA).await;
        later.code(&portal.code(postern_testkit::RFC_6238_KEY)).await.expect(200);
        assert_eq!(own(&mut later).await["allowed"], "not_allowed");
    }

    async fn nothing_of_a_challenge_is_in_a_cookie_and_no_token_is_in_the_rows(portal) {
        let (mut session, key) = ada_with_key(portal).await;
        let mut browser = portal.browser();
        let options = browser.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
        let token = browser.cookies["__Host-postern-passkey"].clone();
        let rows = portal.database.texts("select challenge || state || coalesce(browser_hash, '') from passkey_ceremonies").await;
        assert!(rows.iter().all(|row| !row.contains(&token)));
        assert!(!browser.cookies.values().any(|value| value.contains(options["public_key"]["challenge"].as_str().unwrap())));
        let answer = browser.post(route::SIGN_IN_PASSKEY_OPTIONS, json!({})).await.expect(200);
        let cookie = answer.header("set-cookie").to_owned();
        for attribute in ["__Host-postern-passkey=", "HttpOnly", "Secure", "SameSite=Lax", "Path=/", "Max-Age=300"] {
            assert!(cookie.contains(attribute), "{cookie}");
        }
        assert!(cookie.contains(&token), "the other tabs keep their challenges");
        session.options(route::MY_PASSKEYS_OPTIONS).await;
        let handle = own(&mut session).await["user_handle"].as_str().unwrap().to_owned();
        assert_eq!(handle.len(), 22, "16 bytes");
        assert!(!handle.contains(ADA) && !PASSWORD.contains(&handle));
        assert_eq!(key.user_handle.unwrap().len(), 16);
    }
}
