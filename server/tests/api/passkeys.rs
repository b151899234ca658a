//! Passkeys as they are meant: added, shown after the password, alone and in a session, renamed and removed.

use postern_testkit::passkeys::{BACKED_UP, BACKUP_ELIGIBLE, Key, PRESENT, Phone, VERIFIED};
use postern_testkit::{ACCOUNT, ADA, Browser, PASSWORD, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

/// The AAGUID of 1Password.
const MODEL: [u8; 16] = *b"\xba\xda\x55\x66\xa7\xaa\x40\x1f\xbd\x96\x45\x61\x9a\x55\x12\x0d";

/// Ada, logged in, with a security key as her only second factor. She has settled the question of recovery codes.
pub(crate) async fn ada_with_key(portal: &Portal) -> (Browser, Key) {
    portal.add_user(ACCOUNT, ADA).await;
    user_with_key(portal, ADA, 1).await
}

/// The same for a user who exists, with a key of this number.
pub(crate) async fn user_with_key(portal: &Portal, email: &str, number: u8) -> (Browser, Key) {
    let (mut browser, mut key) = (portal.browser(), Key::number(number));
    assert_eq!(browser.sign_in(email).await.expect(200).step(), "signed_in");
    portal.database.execute("update users set recovery_codes_settled_at = 1").await;
    browser.add_key(&mut key).await;
    key.counter += 1;
    (browser, key)
}

/// Shows a key in the middle of a session.
pub(crate) async fn step_up(browser: &mut Browser, key: &Key) -> postern_testkit::Answer {
    let options = browser.options(route::STEP_UP_PASSKEY_OPTIONS).await;
    browser.post(route::STEP_UP_PASSKEY, json!({"credential": key.show(&options)})).await
}

/// The user's passkeys.
pub(crate) async fn own(browser: &mut Browser) -> Value {
    browser.get(route::MY_PASSKEYS).await.expect(200).json()
}

on_both_databases! {
    async fn a_phone_logs_in_after_the_password_and_alone(portal) {
        portal.add_user(ACCOUNT, ADA).await;
        portal.database.execute("update users set recovery_codes_settled_at = 1").await;
        let (mut browser, mut phone) = (portal.browser(), Phone::new(MODEL));
        browser.sign_in(ADA).await.expect(200);
        let options = browser.post(route::MY_PASSKEYS_OPTIONS, json!({"current_password": PASSWORD})).await.expect(200).json();
        let selection = &options["public_key"]["authenticatorSelection"];
        assert_eq!((selection["residentKey"].as_str(), selection["userVerification"].as_str()), (Some("preferred"), Some("required")));
        let body = json!({"credential": phone.make(&options).await});
        let added = browser.post(route::MY_PASSKEYS, body).await.expect(201).json();
        assert_eq!((added["name"].as_str(), added["kind"].as_str()), (Some("1Password"), Some("1Password")));
        assert_eq!((&added["backed_up"], &added["device_bound"]), (&json!(true), &json!(false)));

        let mut second = portal.ticket(ADA).await;
        assert_eq!(second.flow().await.json()["methods"], json!(["passkey"]));
        let options = second.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
        assert_eq!(options["public_key"]["allowCredentials"].as_array().unwrap().len(), 1);
        let body = json!({"credential": phone.show(&options).await});
        let answer = second.post(route::SIGN_IN_PASSKEY, body).await.expect(200);
        assert_eq!(answer.step(), "signed_in");
        assert_eq!(answer.json()["session"]["amr"], json!(["pwd", "pop", "mfa"]));

        let mut alone = portal.browser();
        let options = alone.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
        assert_eq!(options["public_key"]["allowCredentials"], json!([]), "any passkey");
        let body = json!({"credential": phone.show(&options).await});
        let answer = alone.post(route::SIGN_IN_PASSKEY, body).await.expect(200);
        assert_eq!(answer.json()["user"]["email"], ADA);
        assert_eq!(answer.json()["session"]["amr"], json!(["pop", "mfa"]));
        assert_eq!(alone.step().await, "signed_in");
        let factors = portal.database.texts("select factor from login_history where result = 'signed_in' order by id").await;
        assert_eq!(factors, ["password", "passkey", "passkey"]);
    }

    async fn a_required_second_factor_may_be_a_passkey_from_the_set_up_on(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let (mut browser, mut key) = (portal.browser(), Key::number(1));
        assert_eq!(browser.sign_in(ADA).await.expect(200).json()["passkey"], true);
        let options = browser.options(route::SET_UP_PASSKEY_OPTIONS).await;
        let body = json!({"credential": key.make(&options), "name": "My key"});
        assert_eq!(browser.post(route::SET_UP_PASSKEY, body).await.expect(200).step(), "recovery_codes");
        browser.save_recovery_codes().await;
        assert_eq!(own(&mut browser).await["items"][0]["kind"], "Security key");
        let mut later = portal.ticket(ADA).await;
        assert_eq!(later.flow().await.json()["methods"], json!(["passkey", "recovery_code"]));
        later.code("000000").await.expect_error(409, "out_of_step");
        key.counter = 2;
        later.show_key(&key).await.expect(200);
        assert_eq!(portal.results("set_up").await, 1);
        assert_eq!(portal.database.count("select count(*) from pending_totp_factors").await, 0);
    }

    async fn a_set_up_that_needs_a_code_needs_it_for_a_passkey_too(portal) {
        let mut admin = portal.admin(ACCOUNT, "admin@example.com").await;
        let ada = portal.add_user_who_needs_a_factor(ADA).await;
        portal.reset_policy(&admin.account, true, false, 0).await;
        let code = admin.browser.post(&admin.user_path(route::ACCOUNT_USER_SET_UP_CODE, &ada), json!({})).await.expect(200).json();
        let (mut browser, mut key) = (portal.browser(), Key::number(1));
        browser.sign_in(ADA).await.expect(200);
        for (typed, expected) in [(json!(null), Some("invalid_set_up_code")), (json!("0000-0000"), Some("invalid_set_up_code")),
            (code["set_up_code"].clone(), None)] {
            let options = browser.options(route::SET_UP_PASSKEY_OPTIONS).await;
            let body = json!({"credential": key.make(&options), "set_up_code": typed});
            let answer = browser.post(route::SET_UP_PASSKEY, body).await;
            match expected {
                Some(error) => drop(answer.expect_error(401, error)),
                None => assert_eq!(answer.expect(200).step(), "recovery_codes"),
            }
        }
        assert_eq!(portal.database.count("select count(*) from set_up_codes").await, 0, "used up");
    }

    async fn a_session_alone_adds_no_first_passkey(portal) {
        portal.add_user(ACCOUNT, ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        browser.post(route::MY_PASSKEYS_OPTIONS, json!({})).await.expect_error(400, "malformed");
        let wrong = json!({"current_password": "x"});
        browser.post(route::MY_PASSKEYS_OPTIONS, wrong).await.expect_error(401, "invalid_credentials");
    }

    async fn the_first_passkey_ends_the_sessions_that_have_shown_no_second_factor(portal) {
        portal.add_user(ACCOUNT, ADA).await;
        let mut other = portal.browser();
        other.sign_in(ADA).await.expect(200);
        let (mut browser, key) = user_with_key(portal, ADA, 1).await;
        assert_eq!((other.step().await, browser.step().await), ("credentials".to_owned(), "signed_in".to_owned()));
        let path = own(&mut browser).await["items"][0]["id"].as_str().unwrap().to_owned();
        let mut second = portal.ticket(ADA).await;
        second.show_key(&key).await.expect(200);
        browser.delete(&route::fill(route::MY_PASSKEY, &[&path])).await.expect(204);
        assert_eq!(second.step().await, "credentials", "and so does removing one: its device may be lost");
    }

    async fn the_first_passkey_under_my_security_brings_recovery_codes_at_once(portal) {
        portal.add_user(ACCOUNT, ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        browser.add_key(&mut Key::number(1)).await;
        assert_eq!(browser.step().await, "recovery_codes");
        browser.save_recovery_codes().await;
        browser.add_key(&mut Key::number(2)).await;
        assert_eq!(browser.step().await, "signed_in", "a second one brings none");
    }

    async fn the_first_passkey_gives_the_session_a_new_token(portal) {
        portal.add_user(ACCOUNT, ADA).await;
        portal.database.execute("update users set recovery_codes_settled_at = 1").await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let mut thief = portal.browser();
        thief.cookies.clone_from(&browser.cookies);
        browser.add_key(&mut Key::number(1)).await;
        assert_eq!((thief.step().await, browser.step().await), ("credentials".to_owned(), "signed_in".to_owned()));
    }

    async fn a_name_that_is_refused_costs_no_attempt_and_no_challenge(portal) {
        let (mut browser, _) = ada_with_key(portal).await;
        let options = browser.post(route::MY_PASSKEYS_OPTIONS, json!({})).await.expect(200).json();
        let credential = Key::number(2).make(&options);
        let add = |name: &str| json!({"credential": credential, "name": name});
        browser.post(route::MY_PASSKEYS, add("\u{200b}")).await.expect_error(400, "malformed");
        assert_eq!(portal.database.count("select count(*) from attempts where key like 'set-up%' and failures > 0").await, 0);
        browser.post(route::MY_PASSKEYS, add("Blue key")).await.expect(201);
    }

    async fn the_list_says_which_accounts_demand_a_set_up_code(portal) {
        let admin = portal.admin(ACCOUNT, "admin@example.com").await;
        portal.add_user(ACCOUNT, ADA).await;
        portal.reset_policy(&admin.account, true, false, 0).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        assert_eq!(own(&mut browser).await["set_up_code_from"], json!([ACCOUNT]));
        let mut admin = admin.browser;
        assert_eq!(own(&mut admin).await["set_up_code_from"], json!([]), "who has a second factor needs none");
    }

    async fn adding_renaming_and_removing_need_a_fresh_factor_and_a_passkey_is_one(portal) {
        let (mut browser, key) = ada_with_key(portal).await;
        let id = own(&mut browser).await["items"][0]["id"].as_str().unwrap().to_owned();
        let path = route::fill(route::MY_PASSKEY, &[&id]);
        portal.advance(600);
        browser.post(route::MY_PASSKEYS_OPTIONS, json!({})).await.expect_error(403, "step_up_required");
        browser.post(route::MY_PASSKEYS, json!({"credential": {}})).await.expect_error(403, "step_up_required");
        browser.delete(&path).await.expect_error(403, "step_up_required");
        browser.patch(&path, json!({"name": "Blue key"})).await.expect_error(403, "step_up_required");
        step_up(&mut browser, &key).await.expect(200);
        assert_eq!(portal.results("stepped_up").await, 1);
        let mut more = Key::number(2);
        browser.add_key(&mut more).await;
        browser.delete(&path).await.expect(204);
        let left = own(&mut browser).await;
        assert_eq!(left["items"].as_array().unwrap().len(), 1);
        assert_eq!(left["credential_ids"].as_array().unwrap().len(), 1);
        assert_eq!((left["rp_id"].as_str(), left["allowed"].as_str()), (Some("localhost"), Some("without_password")));
    }

    async fn a_passkey_is_renamed_by_its_owner_alone(portal) {
        let (mut browser, _) = ada_with_key(portal).await;
        let id = own(&mut browser).await["items"][0]["id"].as_str().unwrap().to_owned();
        let path = route::fill(route::MY_PASSKEY, &[&id]);
        assert_eq!(browser.patch(&path, json!({"name": " Blue key "})).await.expect(200).json()["name"], "Blue key");
        browser.patch(&path, json!({"name": "  "})).await.expect_error(400, "malformed");
        browser.patch(&path, json!({"name": "a\u{202e}b"})).await.expect_error(400, "malformed");
        portal.add_user(ACCOUNT, "bo@example.com").await;
        let (mut bo, _) = user_with_key(portal, "bo@example.com", 2).await;
        bo.patch(&path, json!({"name": "Mine"})).await.expect_error(404, "not_found");
        bo.delete(&path).await.expect_error(404, "not_found");
        assert_eq!(own(&mut browser).await["items"][0]["name"], "Blue key");
    }

    async fn what_was_removed_is_unknown_and_the_browser_can_say_so(portal) {
        let (mut browser, key) = ada_with_key(portal).await;
        let id = own(&mut browser).await["items"][0]["id"].as_str().unwrap().to_owned();
        browser.delete(&route::fill(route::MY_PASSKEY, &[&id])).await.expect(204);
        let answer = portal.browser().show_key(&key).await.expect_error(401, "unknown_passkey").json();
        assert_eq!((answer["rp_id"].as_str(), &answer["credential_id"]), (Some("localhost"), &key.show(&json!({"public_key": {}}))["id"]));
        assert_eq!(portal.browser().sign_in(ADA).await.expect(200).step(), "signed_in", "it was the only second factor");
        assert_eq!(portal.results("unknown_user").await, 1);
    }

    async fn the_last_factor_of_whoever_must_have_one_stays(portal) {
        let (mut browser, key) = ada_with_key(portal).await;
        let id = own(&mut browser).await["items"][0]["id"].as_str().unwrap().to_owned();
        let path = route::fill(route::MY_PASSKEY, &[&id]);
        portal.require_two_factor(ACCOUNT).await;
        browser.delete(&path).await.expect_error(409, "last_factor");
        let begin = json!({"current_password": PASSWORD});
        let app = browser.post(route::MY_AUTHENTICATOR, begin).await.expect(200);
        assert_eq!(app.json()["occasion"], "first");
        let code = json!({"code": portal.code(&app.security_key())});
        browser.post(route::MY_AUTHENTICATOR_CONFIRM, code).await.expect(200);
        portal.database.execute("update totp_factors set disabled_at = 1").await;
        browser.delete(&path).await.expect_error(409, "last_factor");
        portal.database.execute("update totp_factors set disabled_at = null").await;
        browser.delete(&path).await.expect(204);
        let mut later = portal.ticket(ADA).await;
        assert_eq!(later.flow().await.json()["methods"], json!(["totp"]));
        later.post(route::SIGN_IN_PASSKEY_OPTIONS, json!({})).await.expect_error(409, "no_passkey");
        portal.browser().show_key(&key).await.expect_error(401, "unknown_passkey");
    }

    async fn a_device_that_has_a_passkey_makes_no_second_one(portal) {
        portal.add_user(ACCOUNT, ADA).await;
        let (mut browser, mut phone) = (portal.browser(), Phone::new(MODEL));
        browser.sign_in(ADA).await.expect(200);
        let body = json!({"current_password": PASSWORD});
        let options = browser.post(route::MY_PASSKEYS_OPTIONS, body).await.expect(200).json();
        let made = phone.make(&options).await;
        browser.post(route::MY_PASSKEYS, json!({"credential": made})).await.expect(201);
        let options = browser.options(route::MY_PASSKEYS_OPTIONS).await;
        assert_eq!(options["public_key"]["excludeCredentials"][0]["id"], made["id"]);
        assert_eq!(phone.try_to_make(&options).await.unwrap_err(), "AuthenticatorError(25)", "CTAP2_ERR_CREDENTIAL_EXCLUDED");
    }

    async fn a_credential_belongs_to_one_user_once(portal) {
        let (mut browser, mut key) = ada_with_key(portal).await;
        let options = browser.options(route::MY_PASSKEYS_OPTIONS).await;
        let again = json!({"credential": key.make(&options)});
        browser.post(route::MY_PASSKEYS, again).await.expect_error(409, "passkey_exists");
        portal.add_user(ACCOUNT, "bo@example.com").await;
        let mut bo = portal.browser();
        bo.sign_in("bo@example.com").await.expect(200);
        let options = bo.post(route::MY_PASSKEYS_OPTIONS, json!({"current_password": PASSWORD})).await.expect(200).json();
        let stolen = json!({"credential": key.make(&options)});
        bo.post(route::MY_PASSKEYS, stolen).await.expect_error(409, "passkey_exists");
        assert_eq!(portal.database.count("select count(*) from passkeys").await, 1);
    }

    async fn nobody_has_more_than_twenty(portal) {
        let (mut browser, _) = ada_with_key(portal).await;
        for number in 2..=20 {
            browser.add_key(&mut Key::number(number)).await;
        }
        let answer = browser.post(route::MY_PASSKEYS_OPTIONS, json!({})).await.expect_error(409, "too_many_passkeys");
        assert_eq!(answer.json()["most"], 20);
        let options = portal.ticket(ADA).await.options(route::SIGN_IN_PASSKEY_OPTIONS).await;
        assert_eq!(options["public_key"]["allowCredentials"].as_array().unwrap().len(), 20);
    }

    async fn a_passkey_that_begins_to_be_backed_up_is_accepted_and_noted(portal) {
        let (mut browser, mut key) = ada_with_key(portal).await;
        assert_eq!(own(&mut browser).await["items"][0]["device_bound"], true);
        key.flags = PRESENT | VERIFIED | BACKUP_ELIGIBLE | BACKED_UP;
        portal.browser().show_key(&key).await.expect(200);
        let noted = own(&mut browser).await["items"][0].clone();
        assert_eq!((&noted["device_bound"], &noted["backed_up"]), (&json!(false), &json!(true)));
        key.counter += 1;
        key.flags = PRESENT | VERIFIED | BACKUP_ELIGIBLE;
        portal.browser().show_key(&key).await.expect(200);
        assert_eq!(own(&mut browser).await["items"][0]["backed_up"], false);
    }

    async fn a_passkey_enables_codes_that_too_many_wrong_ones_have_disabled(portal) {
        let mut admin = portal.admin(ACCOUNT, ADA).await;
        let mut key = Key::number(1);
        admin.browser.add_key(&mut key).await;
        portal.database.execute("update totp_factors set disabled_at = 1").await;
        let mut later = portal.ticket(ADA).await;
        assert_eq!(later.flow().await.json()["methods"], json!(["passkey"]));
        let listed = admin.browser.get(&admin.user_path(route::ACCOUNT_USER, &admin.id)).await.expect(200).json();
        assert_eq!(listed["two_factor"], "set_up", "a passkey still works");
        key.counter = 2;
        later.show_key(&key).await.expect(200);
        portal.ticket(ADA).await.code(&portal.code(RFC_6238_KEY)).await.expect(200);
    }

    async fn a_user_with_both_uses_either(portal) {
        let id = portal.add_user(ACCOUNT, ADA).await;
        let (_, key) = user_with_key(portal, ADA, 1).await;
        portal.give_factor(&id, RFC_6238_SECRET).await;
        assert_eq!(portal.ticket(ADA).await.flow().await.json()["methods"], json!(["passkey", "totp"]));
        portal.ticket(ADA).await.show_key(&key).await.expect(200);
        portal.ticket(ADA).await.code(&portal.code(RFC_6238_KEY)).await.expect(200);
    }

    async fn password_managers_find_where_passkeys_are_managed(portal) {
        let answer = portal.browser().page("/.well-known/passkey-endpoints").await.expect(200).json();
        let place = "http://localhost:8080/console/security";
        assert_eq!(answer, json!({"enroll": place, "manage": place}));
    }
}
