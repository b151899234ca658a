//! What neither a thief with a password nor a single administrator gets by a reset.

use postern::housekeeping::clean_up;
use postern_testkit::{ADA, Admin, Answer, PASSWORD, Portal, RFC_6238_KEY, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

use crate::reset_requests::{
    BO, CY, EVE, approve, ask, events, has_factor, mails, refuse, request, requests, two_accounts, two_admins,
};

/// Changes what a reset needs, as the console does.
async fn set_policy(admin: &mut Admin, policy: Value) -> Answer {
    let path = admin.path(route::ACCOUNT_SECURITY);
    let version = admin.browser.get(&path).await.expect(200).header("etag").to_owned();
    admin.browser.put(&path, &version, json!({"reset": policy})).await
}

fn policy(set_up_code: bool, second_administrator: bool, delay_h: u16) -> Value {
    json!({"set_up_code": set_up_code, "second_administrator": second_administrator, "delay_h": delay_h})
}

async fn waiting(portal: &Portal) -> i64 {
    portal.database.count("select count(*) from reset_requests").await
}

on_both_databases! {
    async fn after_a_reset_with_a_set_up_code_the_password_alone_is_not_enough_although_2fa_is_not_required(portal) {
        let mut ada = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        assert_eq!(portal.browser().sign_in(BO).await.expect(200).step(), "signed_in", "who has had no factor needs none");
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        portal.reset_policy(&ada.account, true, false, 0).await;
        let code = ask(&mut ada, &bo).await.expect(200).json()["set_up_code"].as_str().unwrap().to_owned();
        let mut thief = portal.browser();
        let step = thief.sign_in(BO).await.expect(200).json();
        assert_eq!((&step["step"], &step["required_by"]), (&json!("set_up"), &json!(["Acme"])));
        thief.get(route::MY_SESSIONS).await.expect_error(403, "second_factor_required");
        let mut owner = portal.browser();
        let key = owner.begin_set_up(BO).await;
        owner.confirm_with(&portal.code(&key), &code).await.expect(200);
    }

    async fn an_administrator_without_a_second_factor_does_not_make_resets_easier(portal) {
        let mut ada = portal.admin("Acme", ADA).await;
        let id = portal.add_user("Acme", CY).await;
        portal.make_admin(&id).await;
        let mut browser = portal.browser();
        browser.sign_in(CY).await.expect(200);
        let mut cy = Admin { browser, id, account: ada.account.clone() };
        set_policy(&mut cy, policy(true, true, 24)).await.expect(200);
        for weaker in [policy(false, true, 24), policy(true, false, 24), policy(true, true, 23)] {
            set_policy(&mut cy, weaker).await.expect_error(403, "second_factor_required");
        }
        set_policy(&mut cy, policy(true, true, 48)).await.expect(200);
        set_policy(&mut ada, policy(false, false, 0)).await.expect(200);
    }

    async fn the_other_administrators_are_told_what_a_reset_needs_from_now_on(portal) {
        let (mut ada, _, _) = two_admins(portal, 0).await;
        set_policy(&mut ada, policy(true, true, 0)).await.expect(200);
        assert_eq!(mails(portal, "reset_policy_changed").await, [CY]);
        set_policy(&mut ada, policy(true, true, 0)).await.expect(200);
        assert_eq!(mails(portal, "reset_policy_changed").await, [CY], "nothing changed");
        for policy in [policy(false, false, 0), policy(true, true, 0)] {
            set_policy(&mut ada, policy).await.expect(200);
        }
        assert_eq!(mails(portal, "reset_policy_changed").await, [CY, CY], "that it was weaker meanwhile is not hidden");
    }

    async fn a_setting_that_is_switched_off_releases_no_request_that_waits(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 0).await;
        let id = request(&mut ada, &bo).await;
        set_policy(&mut ada, policy(false, false, 0)).await.expect(200);
        clean_up(&portal.state).await.unwrap();
        assert!(has_factor(portal, &bo).await);
        approve(&mut cy, &id).await.expect(200);
        assert!(!has_factor(portal, &bo).await);
    }

    async fn what_one_account_of_a_person_demands_holds_in_the_others_too(portal) {
        let acme = portal.admin("Acme", ADA).await;
        let mut bolt = portal.admin("Bolt", EVE).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.join("Bolt", &bo).await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        for (second, delay_h, waits) in [(true, 0, json!(["other_accounts"])), (false, 24, json!(["other_accounts", "delay"]))] {
            portal.reset_policy(&acme.account, false, second, delay_h).await;
            let answer = ask(&mut bolt, &bo).await.expect(202).json();
            assert_eq!(answer["request"]["waits_for"], waits);
            refuse(&mut bolt, answer["request"]["id"].as_str().unwrap()).await.expect(204);
        }
        assert!(has_factor(portal, &bo).await);
    }

    async fn a_lock_does_not_waive_the_set_up_code(portal) {
        let mut acme = portal.admin("Acme", ADA).await;
        portal.admin("Bolt", EVE).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.join("Bolt", &bo).await;
        portal.require_two_factor("Acme").await;
        portal.give_factor(&bo, RFC_6238_SECRET).await;
        portal.reset_policy(&acme.account, true, false, 0).await;
        ask(&mut acme, &bo).await.expect(200);
        let path = acme.user_path(route::ACCOUNT_USER, &bo);
        acme.browser.patch(&path, json!({"active": false})).await.expect(200);
        let mut thief = portal.browser();
        assert_eq!(thief.sign_in(BO).await.expect(200).step(), "signed_in", "at Bolt, which requires nothing");
        let begun = thief.post(route::MY_AUTHENTICATOR, json!({"current_password": PASSWORD})).await.expect(200);
        let code = json!({"code": portal.code(&begun.security_key())});
        thief.post(route::MY_AUTHENTICATOR_CONFIRM, code).await.expect_error(401, "invalid_set_up_code");
    }

    async fn a_request_ends_when_the_user_replaces_the_app(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 0).await;
        let id = request(&mut ada, &bo).await;
        let mut owner = portal.ticket(BO).await;
        owner.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        let begun = owner.post(route::MY_AUTHENTICATOR, json!({"current_password": PASSWORD})).await.expect(200);
        let code = json!({"code": portal.code(&begun.security_key())});
        owner.post(route::MY_AUTHENTICATOR_CONFIRM, code).await.expect(200);
        assert_eq!(events(&mut ada).await[0].0, "reset_cancelled");
        approve(&mut cy, &id).await.expect_error(404, "not_found");
        assert!(has_factor(portal, &bo).await);
    }

    async fn a_request_ends_with_a_lockdown(portal) {
        let (mut ada, _, bo) = two_admins(portal, 24).await;
        request(&mut ada, &bo).await;
        let mut owner = portal.ticket(BO).await;
        owner.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        owner.post(route::MY_LOCKDOWN, json!({"recovery_codes": false})).await.expect(200);
        assert_eq!((waiting(portal).await, events(&mut ada).await[1].0.as_str()), (0, "reset_cancelled"));
    }

    async fn other_accounts_of_the_person_see_the_request_that_stands_in_the_way_of_theirs(portal) {
        let (_, mut eve, bo) = two_accounts(portal).await;
        let mut dan = portal.admin("Core", "dan@example.com").await;
        portal.join("Core", &bo).await;
        let id = request(&mut eve, &bo).await;
        ask(&mut dan, &bo).await.expect_error(409, "out_of_step");
        let seen = &requests(&mut dan).await[0];
        let may = [&seen["may_approve"], &seen["may_refuse"], &seen["is_own"], &seen["asked_by"]];
        assert_eq!(may, [&json!(false), &json!(false), &json!(false), &Value::Null]);
        approve(&mut dan, &id).await.expect_error(404, "not_found");
        refuse(&mut dan, &id).await.expect_error(404, "not_found");
    }

    async fn a_longer_delay_that_is_set_meanwhile_counts_from_the_request_on(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 0).await;
        let id = request(&mut ada, &bo).await;
        portal.reset_policy(&ada.account, false, true, 48).await;
        let still = approve(&mut cy, &id).await.expect(202).json()["request"].clone();
        assert!(has_factor(portal, &bo).await);
        let seen = &requests(&mut ada).await[0];
        assert_eq!(seen["waits_for"], json!(["delay"]));
        assert_eq!(seen["not_before"], postern::clock::rfc3339(portal.now() + 48 * 3600).0);
        assert_eq!((&still["id"], &still["waits_for"]), (&json!(id), &json!(["delay"])), "the answer to the approval says so, too");
    }

    async fn neither_a_request_nor_an_approval_comes_back_with_the_role(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 24).await;
        portal.reset_policy(&ada.account, false, true, 24).await;
        let id = request(&mut ada, &bo).await;
        approve(&mut cy, &id).await.expect(202);
        let path = ada.user_path(route::ACCOUNT_USER, &cy.id);
        for admin in [false, true] {
            ada.browser.patch(&path, json!({"admin": admin})).await.expect(200);
        }
        assert_eq!(requests(&mut ada).await[0]["waits_for"], json!(["this_account", "delay"]));
        let path = cy.user_path(route::ACCOUNT_USER, &ada.id);
        for active in [false, true] {
            cy.browser.patch(&path, json!({"active": active})).await.expect(200);
        }
        assert!(requests(&mut cy).await.is_empty());
    }

    async fn the_end_of_a_request_is_recorded_and_told_although_whoever_asked_is_deleted(portal) {
        let (mut ada, mut cy, bo) = two_admins(portal, 0).await;
        request(&mut ada, &bo).await;
        let path = cy.user_path(route::ACCOUNT_USER, &ada.id);
        cy.browser.delete(&path).await.expect(204);
        clean_up(&portal.state).await.unwrap();
        assert_eq!(events(&mut cy).await[0].0, "reset_expired");
        assert_eq!(mails(portal, "two_factor_reset_stopped").await, [BO]);
        assert!(has_factor(portal, &bo).await);
    }

    async fn administrators_without_a_second_factor_are_not_asked_to_approve(portal) {
        let (mut ada, cy, bo) = two_admins(portal, 0).await;
        let id = portal.add_user("Acme", EVE).await;
        portal.make_admin(&id).await;
        let mut browser = portal.browser();
        browser.sign_in(EVE).await.expect(200);
        request(&mut ada, &bo).await;
        assert_eq!(mails(portal, "two_factor_reset_approval").await, [CY]);
        let mut eve = Admin { browser, id, account: cy.account };
        assert_eq!(requests(&mut eve).await[0]["may_approve"], false);
    }

    async fn a_code_that_one_account_made_ends_when_another_begins_to_rely_on_the_factor(portal) {
        let mut acme = portal.admin("Acme", ADA).await;
        let mut bolt = portal.admin("Bolt", EVE).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.join("Bolt", &bo).await;
        portal.reset_policy(&acme.account, true, false, 0).await;
        let make = acme.user_path(route::ACCOUNT_USER_SET_UP_CODE, &bo);
        acme.browser.post(&make, json!({})).await.expect(200);
        set_policy(&mut bolt, policy(true, false, 0)).await.expect(200);
        assert_eq!(portal.database.count("select count(*) from set_up_codes").await, 0);
    }

    async fn the_mail_with_the_link_that_cancels_goes_at_once_whatever_else_the_account_mails(portal) {
        let (mut ada, _, bo) = two_admins(portal, 1).await;
        let (account, now) = (&ada.account, portal.now());
        let busy = format!("insert into mail_pace (key, full_at, changed_at) values ('notices:{account}', {now} + 90000, {now})");
        portal.database.execute(&busy).await;
        request(&mut ada, &bo).await;
        let due = portal.database.count("select next_attempt_at from outbox where kind = 'two_factor_reset_asked'").await;
        assert!(due <= portal.now(), "{} s late", due - portal.now());
    }
}
