//! Resets that wait: for a second administrator, for other accounts, or for the end of a delay.

use futures::future::join_all;
use postern::auth::password::PasswordHash;
use postern::auth::token::Token;
use postern::housekeeping::clean_up;
use postern::mail::Mail;
use postern::store::transactions;
use postern_testkit::{ADA, Admin, Answer, Portal, RFC_6238_SECRET, on_both_databases};
use postern_types::{Email, route};
use serde_json::{Value, json};

pub(crate) const BO: &str = "bo@example.com";
pub(crate) const CY: &str = "cy@example.com";
pub(crate) const EVE: &str = "eve@example.com";

pub(crate) async fn ask(admin: &mut Admin, user: &str) -> Answer {
    let path = admin.user_path(route::ACCOUNT_USER_RESET, user);
    admin.browser.post(&path, json!({})).await
}

/// Asks for a reset that has to wait; returns the request's id.
pub(crate) async fn request(admin: &mut Admin, user: &str) -> String {
    ask(admin, user).await.expect(202).json()["request"]["id"].as_str().unwrap().to_owned()
}

pub(crate) async fn approve(admin: &mut Admin, id: &str) -> Answer {
    let path = admin.user_path(route::ACCOUNT_RESET_APPROVE, id);
    admin.browser.post(&path, json!({})).await
}

pub(crate) async fn refuse(admin: &mut Admin, id: &str) -> Answer {
    let path = admin.user_path(route::ACCOUNT_RESET_REFUSE, id);
    admin.browser.post(&path, json!({})).await
}

pub(crate) async fn requests(admin: &mut Admin) -> Vec<Value> {
    let path = admin.path(route::ACCOUNT_RESET_REQUESTS);
    admin.browser.get(&path).await.expect(200).json().as_array().unwrap().clone()
}

/// What happened in an account, the latest first, with who did it and the detail.
pub(crate) async fn events(admin: &mut Admin) -> Vec<(String, Value, String)> {
    let path = format!("{}?per_page=100", admin.path(route::ACCOUNT_EVENTS));
    let page = admin.browser.get(&path).await.expect(200).json();
    let entry = |event: &Value| {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        (text(&event["what"]), event["actor"].clone(), text(&event["detail"]["detail"]))
    };
    page["items"].as_array().unwrap().iter().map(entry).collect()
}

pub(crate) async fn has_factor(portal: &Portal, user: &str) -> bool {
    let sql = format!("select count(*) from users where id = '{user}' and two_factor_since is not null");
    portal.database.count(&sql).await == 1
}

pub(crate) async fn mails(portal: &Portal, kind: &str) -> Vec<String> {
    portal.database.texts(&format!("select to_address from outbox where kind = '{kind}' order by to_address")).await
}

/// Two administrators of one account, and a user with a second factor.
pub(crate) async fn two_admins(portal: &Portal, delay_h: i64) -> (Admin, Admin, String) {
    let ada = portal.admin("Acme", ADA).await;
    let cy = portal.admin("Acme", CY).await;
    let bo = portal.add_user("Acme", BO).await;
    portal.give_factor(&bo, RFC_6238_SECRET).await;
    portal.reset_policy(&ada.account, false, delay_h == 0, delay_h).await;
    (ada, cy, bo)
}

/// The administrators of two accounts that require a second factor, and a user of both.
pub(crate) async fn two_accounts(portal: &Portal) -> (Admin, Admin, String) {
    let ada = portal.admin("Acme", ADA).await;
    let eve = portal.admin("Bolt", EVE).await;
    let bo = portal.add_user("Acme", BO).await;
    portal.join("Bolt", &bo).await;
    portal.give_factor(&bo, RFC_6238_SECRET).await;
    portal.require_two_factor("Acme").await;
    portal.require_two_factor("Bolt").await;
    (ada, eve, bo)
}

/// Cleans up so often that the time that is believed reaches the clock's.
async fn catch_up(portal: &Portal, hours: usize) {
    for _ in 0..=hours {
        clean_up(&portal.state).await.unwrap();
    }
}

/// Replaces the token of the link that was mailed, which nobody can read.
async fn cancel_token(portal: &Portal) -> String {
    let token = Token::random();
    portal.database.execute_with("update reset_requests set cancel_hash = $1", &[token.hash().as_str()]).await;
    token.expose().to_owned()
}

on_both_databases! {
    async fn a_second_administrator_approves_and_then_it_is_done(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 0).await;
        let answer = ask(&mut ada, &bo).await.expect(202).json();
        assert_eq!((&answer["request"]["waits_for"], &answer["request"]["not_before"]), (&json!(["this_account"]), &Value::Null));
        assert!(has_factor(portal, &bo).await);
        let id = answer["request"]["id"].as_str().unwrap();
        let seen = &requests(&mut cy).await[0];
        assert_eq!((&seen["asked_by"], &seen["email"], &seen["may_approve"]), (&json!(ADA), &json!(BO), &json!(true)));
        assert_eq!(mails(portal, "two_factor_reset_asked").await, [BO]);
        assert_eq!(mails(portal, "two_factor_reset_approval").await, [CY]);
        assert_eq!(approve(&mut cy, id).await.expect(200).json(), json!({}), "nothing waits any more");
        assert!(!has_factor(portal, &bo).await);
        assert!(requests(&mut cy).await.is_empty());
        let what: Vec<_> = events(&mut ada).await.into_iter().take(3).map(|(what, actor, _)| (what, actor)).collect();
        assert_eq!(what, [
            ("two_factor_reset".to_owned(), json!(ADA)), ("reset_approved".to_owned(), json!(CY)), ("reset_asked".to_owned(), json!(ADA)),
        ]);
        assert_eq!(mails(portal, "two_factor_reset").await, [BO]);
    }

    async fn whoever_asked_does_not_approve_and_neither_does_the_user(portal) {
        let (mut ada, mut cy, _) = two_admins(portal, 0).await;
        let user = cy.id.clone();
        let id = request(&mut ada, &user).await;
        assert_eq!(requests(&mut ada).await[0]["may_approve"], false);
        approve(&mut ada, &id).await.expect_error(403, "forbidden");
        approve(&mut cy, &id).await.expect_error(403, "forbidden");
        assert!(has_factor(portal, &user).await);
    }

    async fn an_approval_needs_a_fresh_code(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 0).await;
        portal.advance(500);
        ada.browser.post(route::STEP_UP, json!({"code": portal.code(postern_testkit::RFC_6238_KEY)})).await.expect(200);
        portal.advance(100);
        let id = request(&mut ada, &bo).await;
        approve(&mut cy, &id).await.expect_error(403, "step_up_required");
        assert!(has_factor(portal, &bo).await);
    }

    async fn an_administrator_refuses_and_whoever_asked_withdraws(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 0).await;
        let id = request(&mut ada, &bo).await;
        refuse(&mut cy, &id).await.expect(204);
        approve(&mut cy, &id).await.expect_error(404, "not_found");
        let id = request(&mut ada, &bo).await;
        refuse(&mut ada, &id).await.expect(204);
        refuse(&mut ada, &id).await.expect_error(404, "not_found");
        assert!(has_factor(portal, &bo).await);
        assert_eq!(events(&mut cy).await[0], ("reset_refused".to_owned(), json!(ADA), "none".to_owned()));
        assert!(mails(portal, "two_factor_reset_stopped").await.contains(&BO.to_owned()));
    }

    async fn there_is_one_open_request_for_a_user(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 0).await;
        request(&mut ada, &bo).await;
        ask(&mut cy, &bo).await.expect_error(409, "out_of_step");
        assert_eq!(requests(&mut cy).await.len(), 1);
    }

    async fn an_approval_ends_with_the_role_of_whoever_gave_it(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 24).await;
        portal.reset_policy(&ada.account, false, true, 24).await;
        let id = request(&mut ada, &bo).await;
        approve(&mut cy, &id).await.expect(202);
        let path = ada.user_path(route::ACCOUNT_USER, &cy.id);
        ada.browser.patch(&path, json!({"admin": false})).await.expect(200);
        assert_eq!(requests(&mut ada).await[0]["waits_for"], json!(["this_account", "delay"]));
        clean_up(&portal.state).await.unwrap();
        portal.advance(24 * 3600);
        catch_up(portal, 25).await;
        assert!(has_factor(portal, &bo).await);
        let mut dan = portal.admin("Acme", "dan@example.com").await;
        approve(&mut dan, &id).await.expect(200);
        assert!(!has_factor(portal, &bo).await);
    }

    async fn a_request_ends_with_the_role_of_whoever_asked(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 0).await;
        let id = request(&mut ada, &bo).await;
        let path = cy.user_path(route::ACCOUNT_USER, &ada.id);
        cy.browser.patch(&path, json!({"admin": false})).await.expect(200);
        approve(&mut cy, &id).await.expect_error(404, "not_found");
        clean_up(&portal.state).await.unwrap();
        assert_eq!(events(&mut cy).await[0], ("reset_expired".to_owned(), Value::Null, "none".to_owned()));
        assert!(has_factor(portal, &bo).await);
    }

    async fn a_request_ends_when_the_user_leaves_the_account_that_asked(portal) {
        let (mut ada, mut eve, bo) = two_accounts(portal).await;
        let id = request(&mut eve, &bo).await;
        let path = eve.user_path(route::ACCOUNT_USER, &bo);
        eve.browser.delete(&path).await.expect(204);
        approve(&mut ada, &id).await.expect_error(404, "not_found");
        clean_up(&portal.state).await.unwrap();
        assert_eq!(events(&mut ada).await[0].0, "reset_expired");
        assert!(has_factor(portal, &bo).await);
    }

    async fn a_request_and_an_approval_do_not_come_back_with_the_user(portal) {
        let (mut ada, mut eve, bo) = two_accounts(portal).await;
        portal.reset_policy(&ada.account, false, true, 0).await;
        let id = request(&mut ada, &bo).await;
        approve(&mut eve, &id).await.expect(202);
        let path = eve.user_path(route::ACCOUNT_USER, &bo);
        eve.browser.delete(&path).await.expect(204);
        portal.join("Bolt", &bo).await;
        assert_eq!(requests(&mut ada).await[0]["waits_for"], json!(["this_account", "other_accounts"]));
        let path = ada.user_path(route::ACCOUNT_USER, &bo);
        ada.browser.delete(&path).await.expect(204);
        portal.join("Acme", &bo).await;
        assert!(requests(&mut ada).await.is_empty());
        approve(&mut eve, &id).await.expect_error(404, "not_found");
    }

    async fn a_request_expires_after_72_hours(portal) {
        let (mut ada, _, bo) = two_admins(portal, 0).await;
        let id = request(&mut ada, &bo).await;
        portal.advance(72 * 3600);
        let mut cy = portal.admin("Acme", "dan@example.com").await;
        approve(&mut cy, &id).await.expect_error(404, "not_found");
        clean_up(&portal.state).await.unwrap();
        assert_eq!(events(&mut cy).await[0].0, "reset_expired");
        assert!(has_factor(portal, &bo).await);
        assert_eq!(portal.database.count("select count(*) from reset_requests").await, 0);
    }

    async fn with_a_delay_the_reset_is_done_when_it_is_over_by_one_node(portal) {
        let (mut ada, _, bo) = two_admins(portal, 24).await;
        let answer = ask(&mut ada, &bo).await.expect(202).json();
        assert_eq!(answer["request"]["waits_for"], json!(["delay"]));
        clean_up(&portal.state).await.unwrap();
        portal.advance(24 * 3600 - 1);
        catch_up(portal, 25).await;
        assert!(has_factor(portal, &bo).await);
        portal.advance(1);
        let node = portal.node().await;
        let rounds = join_all([portal, &node, portal, &node].map(|node| clean_up(&node.state)));
        assert!(rounds.await.into_iter().all(|round| round.is_ok()));
        assert!(!has_factor(portal, &bo).await);
        assert_eq!(mails(portal, "two_factor_reset").await, [BO]);
        assert_eq!(portal.database.count("select count(*) from events where what = 'two_factor_reset'").await, 1);
    }

    async fn a_clock_that_jumps_ahead_does_not_end_a_delay(portal) {
        let (mut ada, _, bo) = two_admins(portal, 24).await;
        clean_up(&portal.state).await.unwrap();
        request(&mut ada, &bo).await;
        portal.advance(25 * 3600);
        catch_up(portal, 3).await;
        assert!(has_factor(portal, &bo).await);
    }

    async fn the_user_cancels_with_the_link_until_the_reset_is_done(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 24).await;
        request(&mut ada, &bo).await;
        let token = cancel_token(portal).await;
        portal.browser().post(route::RESET_CANCEL, json!({"token": token})).await.expect(200);
        portal.browser().post(route::RESET_CANCEL, json!({"token": token})).await.expect_error(404, "not_found");
        assert_eq!(events(&mut cy).await[0], ("reset_cancelled".to_owned(), json!(BO), "none".to_owned()));
        assert_eq!(mails(portal, "two_factor_reset_stopped").await, [ADA, BO]);
        clean_up(&portal.state).await.unwrap();
        portal.advance(48 * 3600);
        catch_up(portal, 49).await;
        assert!(has_factor(portal, &bo).await);
    }

    async fn the_set_up_code_of_a_request_is_worth_nothing_before_the_reset(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 0).await;
        portal.reset_policy(&ada.account, true, true, 0).await;
        portal.require_two_factor("Acme").await;
        let asked = ask(&mut ada, &bo).await.expect(202).json();
        let (id, code) = (asked["request"]["id"].as_str().unwrap(), asked["set_up_code"].as_str().unwrap());
        assert_eq!(portal.database.count("select count(*) from set_up_codes").await, 0);
        approve(&mut cy, id).await.expect(200);
        let mut browser = portal.browser();
        let key = browser.begin_set_up(BO).await;
        browser.confirm(&portal.code(&key)).await.expect_error(401, "invalid_set_up_code");
        browser.confirm_with(&portal.code(&key), code).await.expect(200);
    }

    async fn of_a_shared_person_an_administrator_of_each_account_approves_and_none_learns_of_the_other(portal) {
        let (mut ada, mut eve, bo) = two_accounts(portal).await;
        let id = request(&mut eve, &bo).await;
        approve(&mut eve, &id).await.expect_error(403, "forbidden");
        let seen = &requests(&mut ada).await[0];
        assert_eq!((&seen["asked_by"], &seen["waits_for"]), (&Value::Null, &json!(["this_account"])));
        assert_eq!(requests(&mut eve).await[0]["waits_for"], json!(["other_accounts"]));
        assert_eq!(mails(portal, "two_factor_reset_approval").await, [ADA]);
        approve(&mut ada, &id).await.expect(200);
        assert!(!has_factor(portal, &bo).await);
        let at_acme: Vec<_> = events(&mut ada).await.into_iter().take(3).collect();
        assert_eq!(at_acme, [
            ("two_factor_reset".to_owned(), Value::Null, "elsewhere".to_owned()),
            ("reset_approved".to_owned(), json!(ADA), "none".to_owned()),
            ("reset_asked".to_owned(), Value::Null, "elsewhere".to_owned()),
        ]);
        let at_bolt: Vec<_> = events(&mut eve).await.into_iter().take(3).collect();
        assert_eq!(at_bolt, [
            ("two_factor_reset".to_owned(), json!(EVE), "none".to_owned()),
            ("reset_approved".to_owned(), Value::Null, "elsewhere".to_owned()),
            ("reset_asked".to_owned(), json!(EVE), "none".to_owned()),
        ]);
    }

    async fn an_account_that_begins_to_rely_on_the_factor_has_a_say_in_an_open_request(portal) {
        let (mut ada, mut eve, bo) = two_accounts(portal).await;
        let mut dan = portal.admin("Core", "dan@example.com").await;
        portal.join("Core", &bo).await;
        let id = request(&mut eve, &bo).await;
        portal.require_two_factor("Core").await;
        approve(&mut ada, &id).await.expect(202);
        assert!(has_factor(portal, &bo).await);
        approve(&mut dan, &id).await.expect(200);
        assert!(!has_factor(portal, &bo).await);
    }

    async fn of_many_last_approvals_at_once_one_does_the_reset(portal) {
        let (mut ada, cy, bo) = two_admins(portal, 0).await;
        let id = request(&mut ada, &bo).await;
        let node = portal.node().await;
        let answers = join_all((0..20).map(|number| {
            let browser = cy.browser.clone();
            let mut browser = if number % 2 == 0 { browser } else { browser.moved_to(&node) };
            let path = cy.user_path(route::ACCOUNT_RESET_APPROVE, &id);
            async move { browser.post(&path, json!({})).await }
        }));
        assert_eq!(answers.await.iter().filter(|answer| answer.status == 200).count(), 1);
        assert_eq!(portal.database.count("select count(*) from events where what = 'two_factor_reset'").await, 1);
    }

    async fn the_operator_resets_at_once_and_closes_the_request(portal) {
        let (mut ada, mut eve, bo) = two_accounts(portal).await;
        request(&mut eve, &bo).await;
        let email = Email::parse(BO).unwrap();
        let seal = |to: &Email, mail: &Mail| portal.state.mail(to, mail);
        let code = PasswordHash::from_stored("x".to_owned());
        let act = portal.operator();
        let done = transactions::reset_user_two_factor(&portal.state.db, &act, &email, &code, ("x", &seal)).await;
        assert_eq!(done.unwrap(), transactions::Reset::Done { needs_code: false });
        assert!(requests(&mut eve).await.is_empty() && requests(&mut ada).await.is_empty());
        for admin in [&mut ada, &mut eve] {
            assert_eq!(events(admin).await[0], ("two_factor_reset".to_owned(), Value::Null, "none".to_owned()));
        }
    }

    async fn a_delay_is_at_most_a_week_and_each_change_is_recorded(portal) {
        let mut ada = portal.admin("Acme", ADA).await;
        let path = ada.path(route::ACCOUNT_SECURITY);
        let body = |delay_h: u32| json!({"reset": {"set_up_code": true, "second_administrator": false, "delay_h": delay_h}});
        let refused = ada.browser.put(&path, "\"1\"", body(169)).await.expect_error(400, "malformed");
        assert_eq!(refused.json()["field"], "reset.delay_h");
        let saved = ada.browser.put(&path, "\"1\"", body(168)).await.expect(200);
        assert_eq!(saved.json()["reset"], body(168)["reset"]);
        assert_eq!(events(&mut ada).await[0], ("reset_policy_changed".to_owned(), json!(ADA), "reset".to_owned()));
    }
}
