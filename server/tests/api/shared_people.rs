//! People who belong to several accounts: what the administrators of one account can do to them.

use futures::future::join;
use postern::auth::password::PasswordHash;
use postern::auth::token::Token;
use postern::store::events::Act;
use postern::store::transactions;
use postern_testkit::{ADA, Admin, Answer, PASSWORD, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::{Email, route};
use serde_json::{Value, json};

const BO: &str = "bo@example.com";
const EVE: &str = "eve@example.com";

async fn set_active(admin: &mut Admin, user: &str, active: bool) -> Answer {
    let path = admin.user_path(route::ACCOUNT_USER, user);
    admin.browser.patch(&path, json!({"active": active})).await
}

async fn reset(admin: &mut Admin, user: &str) -> Answer {
    let path = admin.user_path(route::ACCOUNT_USER_RESET, user);
    admin.browser.post(&path, json!({})).await
}

async fn seen(admin: &mut Admin, user: &str) -> Value {
    let path = admin.user_path(route::ACCOUNT_USER, user);
    admin.browser.get(&path).await.expect(200).json()
}

/// What happened in an account, the latest first.
async fn events(admin: &mut Admin) -> Vec<Value> {
    let path = admin.path(route::ACCOUNT_EVENTS);
    admin.browser.get(&path).await.expect(200).json()["items"].as_array().unwrap().clone()
}

/// The accounts that somebody can use after logging in with the password.
async fn usable(portal: &Portal, email: &str) -> Vec<String> {
    let answer = portal.browser().sign_in(email).await.expect(200).json();
    answer["accounts"].as_array().unwrap().iter().map(|account| account["name"].as_str().unwrap().to_owned()).collect()
}

/// Two administrators, and a user of both accounts.
async fn two_accounts(portal: &Portal) -> (Admin, Admin, String) {
    let acme = portal.admin("Acme", ADA).await;
    let bolt = portal.admin("Bolt", EVE).await;
    let bo = portal.add_user("Acme", BO).await;
    portal.join("Bolt", &bo).await;
    (acme, bolt, bo)
}

/// What `postern admin-link` does for Bo.
async fn break_glass_link(portal: &Portal) -> String {
    let (token, act) = (Token::random(), Act::of_operator(portal.state.clock.now()));
    let bo = Email::parse(BO).unwrap();
    assert!(
        transactions::issue_break_glass_link(
            &portal.state.db,
            &act,
            &bo,
            &token.hash(),
            &PasswordHash::from_stored(String::new())
        )
        .await
        .unwrap()
        .is_some()
    );
    token.expose().to_owned()
}

on_both_databases! {
    async fn a_lock_in_one_account_locks_nobody_out_of_another(portal) {
        let (mut acme, mut bolt, bo) = two_accounts(portal).await;
        let mut session = portal.browser();
        session.sign_in(BO).await.expect(200);
        set_active(&mut acme, &bo, false).await.expect(200);
        assert_eq!(session.flow().await.json()["accounts"], json!([{"id": bolt.account, "name": "Bolt", "admin": false}]));
        assert_eq!(usable(portal, BO).await, ["Bolt"]);
        assert_eq!((&seen(&mut acme, &bo).await["state"], &seen(&mut bolt, &bo).await["state"]), (&json!("locked"), &json!("active")));
        set_active(&mut bolt, &bo, false).await.expect(200);
        assert_eq!(session.step().await, "credentials", "no account is left");
        let (locked, wrong) = (
            portal.browser().sign_in(BO).await.expect_error(401, "invalid_credentials"),
            portal.browser().sign_in_with(BO, "wrong").await.expect_error(401, "invalid_credentials"),
        );
        assert_eq!(locked.json(), wrong.json());
        set_active(&mut bolt, &bo, true).await.expect(200);
        assert_eq!(session.step().await, "credentials", "an unlock brings no session back");
        assert_eq!(usable(portal, BO).await, ["Bolt"], "an unlock in one account is none in another");
    }

    async fn a_lock_ends_the_authority_in_that_account_at_once(portal) {
        let mut acme = portal.admin("Acme", ADA).await;
        let mut bolt = portal.admin("Bolt", EVE).await;
        portal.join("Acme", &bolt.id).await;
        portal.make_admin(&bolt.id).await;
        let users = acme.path(route::ACCOUNT_USERS);
        bolt.browser.get(&users).await.expect(200);
        let eve = bolt.id.clone();
        set_active(&mut acme, &eve, false).await.expect(200);
        bolt.browser.get(&users).await.expect_error(404, "not_found");
        bolt.browser.get(&bolt.path(route::ACCOUNT_USERS)).await.expect(200);
    }

    async fn an_account_that_has_locked_somebody_asks_them_for_nothing(portal) {
        let (mut acme, _, bo) = two_accounts(portal).await;
        portal.require_two_factor("Acme").await;
        assert_eq!(portal.browser().sign_in(BO).await.expect(200).step(), "set_up");
        set_active(&mut acme, &bo, false).await.expect(200);
        assert_eq!(portal.browser().sign_in(BO).await.expect(200).step(), "signed_in");
    }

    async fn only_the_operator_undoes_a_lock_of_the_operator(portal) {
        let (mut acme, mut bolt, bo) = two_accounts(portal).await;
        portal.advance(1);
        portal.lock(BO).await;
        for admin in [&mut acme, &mut bolt] {
            let after = set_active(admin, &bo, true).await.expect(200).json();
            assert_eq!((&after["state"], &after["locked_by_operator"]), (&json!("locked"), &json!(true)));
            assert_eq!(events(admin).await[0]["what"], "user_locked", "nothing was done, so nothing is recorded");
        }
        portal.browser().sign_in(BO).await.expect_error(401, "invalid_credentials");
        set_active(&mut acme, &bo, false).await.expect(200);
        portal.unlock(BO).await;
        assert_eq!(usable(portal, BO).await, ["Bolt"], "what an account has locked stays locked");
        assert_eq!(seen(&mut bolt, &bo).await["locked_by_operator"], false);
    }

    async fn an_account_that_requires_a_second_factor_is_not_opened_by_a_reset_in_another(portal) {
        let (mut acme, mut bolt, bo) = two_accounts(portal).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        portal.require_two_factor("Acme").await;
        for locked_in_acme in [false, true] {
            set_active(&mut acme, &bo, !locked_in_acme).await.expect(200);
            let waits = reset(&mut bolt, &bo).await.expect(202).json();
            assert_eq!(waits["request"]["waits_for"], json!(["other_accounts"]));
            let path = bolt.user_path(route::ACCOUNT_RESET_REFUSE, waits["request"]["id"].as_str().unwrap());
            bolt.browser.post(&path, json!({})).await.expect(204);
        }
        assert_eq!(seen(&mut acme, &bo).await["two_factor"], "set_up");
        reset(&mut acme, &bo).await.expect(200);
        assert_eq!(seen(&mut bolt, &bo).await["two_factor"], "none");
    }

    async fn a_reset_stands_in_every_account_of_the_person_without_a_name_of_another(portal) {
        let (mut acme, mut bolt, bo) = two_accounts(portal).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        portal.advance(1);
        reset(&mut acme, &bo).await.expect(200);
        let own = &events(&mut acme).await[0];
        assert_eq!((&own["what"], &own["actor"], &own["detail"]), (&json!("two_factor_reset"), &json!(ADA), &json!({"detail": "none"})));
        let elsewhere = &events(&mut bolt).await[0];
        assert_eq!((&elsewhere["what"], &elsewhere["subject"]), (&json!("two_factor_reset"), &json!(BO)));
        assert_eq!((&elsewhere["actor"], &elsewhere["address"], &elsewhere["detail"]), (&Value::Null, &Value::Null, &json!({"detail": "elsewhere"})));
    }

    async fn an_administrator_is_not_reset_by_another_account(portal) {
        let (mut acme, mut bolt, bo) = two_accounts(portal).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        portal.database.execute_with("update memberships set admin_since = 1 where user_id = $1 and account_id = $2", &[&bo, &acme.account]).await;
        let waits = reset(&mut bolt, &bo).await.expect(202).json();
        assert_eq!(waits["request"]["waits_for"], json!(["other_accounts"]));
        let path = bolt.user_path(route::ACCOUNT_RESET_REFUSE, waits["request"]["id"].as_str().unwrap());
        bolt.browser.post(&path, json!({})).await.expect(204);
        reset(&mut acme, &bo).await.expect(200);
    }

    async fn an_account_takes_no_break_glass_link_of_the_administrator_of_another_and_learns_of_none(portal) {
        let (mut acme, mut bolt, bo) = two_accounts(portal).await;
        portal.database.execute_with("update memberships set admin_since = 1 where user_id = $1 and account_id = $2", &[&bo, &acme.account]).await;
        let token = break_glass_link(portal).await;
        set_active(&mut bolt, &bo, false).await.expect(200);
        set_active(&mut acme, &bo, false).await.expect(200);
        set_active(&mut acme, &bo, true).await.expect(200);
        portal.browser().post(route::LINK, json!({"token": token})).await.expect(404);
        let token = break_glass_link(portal).await;
        set_active(&mut bolt, &bo, true).await.expect(200);
        set_active(&mut bolt, &bo, false).await.expect(200);
        portal.browser().post(route::LINK, json!({"token": token})).await.expect(200);
        assert!(events(&mut bolt).await.iter().all(|event| event["what"] != "admin_link_made"));
        assert!(events(&mut acme).await.iter().any(|event| event["what"] == "admin_link_made"));
    }

    async fn an_account_that_has_locked_somebody_sees_nothing_of_what_they_do(portal) {
        let (mut acme, mut bolt, bo) = two_accounts(portal).await;
        set_active(&mut bolt, &bo, false).await.expect(200);
        let before = events(&mut bolt).await.len();
        let mut browser = portal.browser();
        browser.sign_in(BO).await.expect(200);
        portal.browser().sign_in(BO).await.expect(200);
        browser.delete(route::MY_SESSIONS).await.expect(204);
        let change = json!({"current_password": PASSWORD, "new_password": "quiet harbour lamp anchor"});
        browser.post(route::MY_PASSWORD, change).await.expect(200);
        assert_eq!(events(&mut bolt).await.len(), before);
        for what in ["own_sessions_ended", "password_changed"] {
            assert!(events(&mut acme).await.iter().any(|event| event["what"] == what), "{what}");
        }
    }

    async fn the_last_log_in_is_the_last_one_while_active_in_the_account(portal) {
        let (mut acme, mut bolt, bo) = two_accounts(portal).await;
        let last = async |admin: &mut Admin| {
            let path = format!("{}?search=bo@&sort=-last_sign_in", admin.path(route::ACCOUNT_USERS));
            let listed = admin.browser.get(&path).await.expect(200).json()["items"][0]["last_sign_in"].clone();
            assert_eq!(listed, seen(admin, &bo).await["last_sign_in"]);
            listed
        };
        portal.browser().sign_in(BO).await.expect(200);
        let first = last(&mut acme).await;
        assert!(first.is_string() && first == last(&mut bolt).await);
        set_active(&mut acme, &bo, false).await.expect(200);
        portal.advance(60);
        portal.browser().sign_in(BO).await.expect(200);
        assert_eq!(last(&mut acme).await, first);
        assert_ne!(last(&mut bolt).await, first);
        set_active(&mut acme, &bo, true).await.expect(200);
        assert_eq!(last(&mut acme).await, first, "not even after the lock");
    }

    async fn whoever_joins_an_account_has_not_logged_in_there(portal) {
        let bo = portal.add_user("Acme", BO).await;
        portal.browser().sign_in(BO).await.expect(200);
        let mut bolt = portal.admin("Bolt", EVE).await;
        portal.join("Bolt", &bo).await;
        assert_eq!(seen(&mut bolt, &bo).await["last_sign_in"], Value::Null);
    }

    async fn sessions_that_are_none_are_not_recorded_as_ended(portal) {
        let (mut acme, _, _) = two_accounts(portal).await;
        let mut browser = portal.browser();
        browser.sign_in(BO).await.expect(200);
        for _ in 0..3 {
            browser.delete(route::MY_SESSIONS).await.expect(204);
        }
        assert!(events(&mut acme).await.iter().all(|event| event["what"] != "own_sessions_ended"));
    }

    async fn where_nothing_is_to_be_reset_nothing_is_recorded_or_mailed(portal) {
        let (mut acme, _, bo) = two_accounts(portal).await;
        let mails = portal.database.count("select count(*) from outbox").await;
        reset(&mut acme, &bo).await.expect_error(409, "no_second_factor");
        assert_ne!(events(&mut acme).await[0]["what"], "two_factor_reset");
        assert_eq!(portal.database.count("select count(*) from outbox").await, mails);
    }

    async fn of_a_last_lock_and_a_log_in_at_once_no_session_is_left(portal) {
        let (mut acme, _, bo) = two_accounts(portal).await;
        portal.database.execute_with("update memberships set locked_at = 1 where user_id = $1 and account_id <> $2", &[&bo, &acme.account]).await;
        for _ in 0..5 {
            set_active(&mut acme, &bo, true).await.expect(200);
            let mut browser = portal.browser();
            let (_, _) = join(set_active(&mut acme, &bo, false), browser.sign_in(BO)).await;
            assert_eq!(browser.step().await, "credentials");
            let left = format!("select count(*) from sessions where user_id = '{bo}'");
            assert_eq!(portal.database.count(&left).await, 0);
        }
    }

    async fn a_removal_from_the_only_account_that_has_not_locked_somebody_ends_their_sessions(portal) {
        let (mut acme, mut bolt, bo) = two_accounts(portal).await;
        set_active(&mut acme, &bo, false).await.expect(200);
        let mut session = portal.browser();
        session.sign_in(BO).await.expect(200);
        let path = bolt.user_path(route::ACCOUNT_USER, &bo);
        bolt.browser.delete(&path).await.expect(204);
        assert_eq!(session.step().await, "credentials");
        assert_eq!(portal.database.count(&format!("select count(*) from sessions where user_id = '{bo}'")).await, 0);
        portal.browser().sign_in(BO).await.expect_error(401, "invalid_credentials");
    }

    async fn a_code_does_not_complete_a_log_in_of_somebody_locked_meanwhile(portal) {
        let (mut acme, mut bolt, bo) = two_accounts(portal).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        let mut ticket = portal.ticket(BO).await;
        for admin in [&mut acme, &mut bolt] {
            set_active(admin, &bo, false).await.expect(200);
        }
        ticket.code(&portal.code(RFC_6238_KEY)).await.expect_error(401, "session_expired");
    }
}
