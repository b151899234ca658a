//! What was refused is recorded too: wrong passwords and codes during a session, attempts that had to wait, and a second factor
//! that was disabled (R11, R30).

use futures::future::join_all;
use postern_testkit::{ADA, Browser, PASSWORD, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::json;

const BO: &str = "bo@example.com";
const WRONG: &str = "000000";

async fn wrong_password(browser: &mut Browser) -> u16 {
    browser.sign_in_with(ADA, "wrong password").await.status.as_u16()
}

/// Brings Ada to the limit of wrong codes, and tries once more.
async fn disable(portal: &Portal) {
    let mut ticket = portal.ticket(ADA).await;
    ticket.code(WRONG).await.expect_error(401, "invalid_code");
    portal.database.execute("update attempts set failures = 99 where key like 'code:%'").await;
    ticket.code(WRONG).await.expect_error(403, "second_factor_unusable");
}

on_both_databases! {
    async fn wrong_passwords_and_codes_during_a_session_are_recorded(portal) {
        let mut admin = portal.admin("Acme", ADA).await.browser;
        let change = json!({"current_password": "wrong", "new_password": "quiet harbour lamp anchor"});
        admin.post(route::MY_PASSWORD, change).await.expect_error(401, "invalid_credentials");
        assert_eq!(portal.results("wrong_password").await, 1);
        admin.post(route::MY_AUTHENTICATOR, json!({"current_password": "wrong"})).await.expect_error(401, "invalid_credentials");
        assert_eq!(portal.results("wrong_password").await, 2);
        admin.post(route::STEP_UP, json!({"code": WRONG})).await.expect_error(401, "invalid_code");
        assert_eq!(portal.results("wrong_code").await, 1);
        let key = admin.post(route::MY_AUTHENTICATOR, json!({"current_password": PASSWORD})).await.expect(200).security_key();
        let wrong = json!({"code": portal.wrong_code(&key)});
        admin.post(route::MY_AUTHENTICATOR_CONFIRM, wrong).await.expect_error(401, "invalid_code");
        assert_eq!(portal.results("wrong_code").await, 2);
    }

    async fn attempts_that_have_to_wait_are_recorded_once_in_15_minutes(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        for _ in 0..4 {
            assert_eq!(wrong_password(&mut browser).await, 401);
        }
        assert_eq!(portal.results("throttled").await, 0);
        let mut tabs = vec![browser.clone(); 20];
        let refused = join_all(tabs.iter_mut().map(wrong_password)).await;
        assert_eq!((refused, portal.results("throttled").await), (vec![429; 20], 1));
        portal.advance(901);
        while wrong_password(&mut browser).await == 401 {}
        assert_eq!(wrong_password(&mut browser).await, 429);
        assert_eq!(portal.results("throttled").await, 2);
        assert_eq!(portal.database.count("select count(*) from login_history where user_id is null").await, 0);
    }

    async fn a_success_ends_the_episode(portal) {
        portal.add_user("Acme", ADA).await;
        for episodes in 1..3 {
            let mut browser = portal.browser();
            while wrong_password(&mut browser).await == 401 {}
            assert_eq!(portal.results("throttled").await, episodes);
            portal.advance(60);
            browser.sign_in(ADA).await.expect(200);
        }
    }

    async fn every_counter_of_a_factor_records_its_refusals(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut stranger = portal.browser().at("192.0.2.9");
        while stranger.sign_in_with("nobody@example.com", "x").await.status == 401 {}
        let mut ticket = portal.ticket(ADA).await;
        while ticket.code(WRONG).await.status == 401 {}
        portal.add_user("Bolt", BO).await;
        let mut own = portal.browser();
        own.sign_in(BO).await.expect(200);
        while own.post(route::MY_AUTHENTICATOR, json!({"current_password": "wrong"})).await.status == 401 {}
        let rows = "select coalesce(user_id, '?') || ' ' || factor from login_history where result = 'throttled'";
        let rows = portal.database.texts(rows).await;
        assert_eq!(rows.len(), 3, "{rows:?}");
        assert!(rows[0] == "? password" && rows[1].ends_with(" totp") && rows[2].ends_with(" password"), "{rows:?}");
    }

    async fn r11_a_disabled_factor_is_recorded_in_every_account_and_told_to_its_user_and_the_administrators(portal) {
        let id = portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.join("Bolt", &id).await;
        let mut admin = portal.admin("Acme", BO).await;
        portal.make_admin(&portal.add_user("Bolt", "cy@example.com").await).await;
        portal.add_user("Bolt", "dee@example.com").await;
        disable(portal).await;
        portal.ticket(ADA).await.code(WRONG).await.expect_error(403, "second_factor_unusable");
        let events = portal.database.texts("select a.name || ' ' || e.subject || ' ' || e.actor from events e
            join accounts a on a.id = e.account_id where e.what = 'two_factor_disabled' order by 1").await;
        assert_eq!(events, ["Acme ada@example.com ", "Bolt ada@example.com "]);
        let mails = "select to_address from outbox where kind = 'two_factor_disabled' order by 1";
        assert_eq!(portal.database.texts(mails).await, [ADA, BO, "cy@example.com"]);
        assert_eq!(portal.results("factor_unusable").await, 2, "a row for each account");
        let users = admin.browser.get(&admin.path(route::ACCOUNT_USERS)).await.expect(200).json();
        assert_eq!(users["items"][0]["two_factor"], "disabled", "{users}");
        let reset = admin.user_path(route::ACCOUNT_USER_RESET, &id);
        portal.database.execute("update accounts set two_factor_required_at = null").await;
        admin.browser.post(&reset, json!({})).await.expect(200);
        let user = admin.browser.get(&admin.user_path(route::ACCOUNT_USER, &id)).await.expect(200).json();
        assert_eq!(user["two_factor"], "none");
    }

    async fn a_session_from_before_is_told_that_its_app_is_disabled(portal) {
        let mut session = portal.admin("Acme", ADA).await.browser;
        assert_eq!(session.get(route::MY_AUTHENTICATOR).await.expect(200).json()["disabled_since"], json!(null));
        disable(portal).await;
        assert!(session.get(route::MY_AUTHENTICATOR).await.expect(200).json()["disabled_since"].is_string());
        session.post(route::STEP_UP, json!({"code": portal.code(RFC_6238_KEY)})).await
            .expect_error(403, "second_factor_unusable");
    }
}
