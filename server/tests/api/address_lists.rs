//! Access restriction by address: for an account and for single users.

use futures::future::join_all;
use postern::clock::rfc3339;
use postern_testkit::{ADA, Admin, Portal, RFC_6238_KEY, on_both_databases};
use postern_types::route;
use serde_json::json;

const HERE: &str = "198.51.100.7";
const ELSEWHERE: &str = "203.0.113.9";

/// Saves a list; returns until when it must be confirmed.
async fn allow(admin: &mut Admin, list: &[&str]) -> serde_json::Value {
    let path = admin.path(route::ACCOUNT_SECURITY);
    let version = admin.browser.get(&path).await.expect(200).header("etag").to_owned();
    let answer = admin.browser.put(&path, &version, json!({"addresses": {"allowed": list}})).await.expect(200);
    answer.json()["addresses"]["confirm_until"].clone()
}

async fn sign_in_status(portal: &Portal, email: &str, address: &str) -> (u16, String) {
    let answer = portal.browser().at(address).sign_in(email).await;
    let json = answer.json();
    (answer.status.as_u16(), json["step"].as_str().or(json["error"].as_str()).unwrap().to_owned())
}

on_both_databases! {
    async fn an_account_with_a_list_lets_its_addresses_in_and_no_others(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.add_user("Acme", "bo@example.com").await;
        assert!(allow(&mut admin, &["198.51.100.0/24", "2001:db8::/32"]).await.is_string());
        admin.browser.post(&admin.path(route::ACCOUNT_ADDRESSES_CONFIRM), json!({})).await.expect(200);
        portal.advance(3000);
        assert_eq!(sign_in_status(portal, "bo@example.com", HERE).await, (200, "signed_in".to_owned()));
        assert_eq!(sign_in_status(portal, "bo@example.com", "2001:db8::5").await, (200, "signed_in".to_owned()));
        assert_eq!(sign_in_status(portal, "bo@example.com", ELSEWHERE).await, (403, "address_refused".to_owned()));
        assert_eq!(portal.results("address_refused").await, 1);
    }

    async fn a_wrong_password_from_elsewhere_is_answered_like_any_wrong_password(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.add_user("Acme", "bo@example.com").await;
        allow(&mut admin, &[HERE]).await;
        portal.browser().at(ELSEWHERE).sign_in_with("bo@example.com", "wrong").await.expect_error(401, "invalid_credentials");
    }

    async fn with_a_second_factor_the_address_is_judged_after_the_code(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        allow(&mut admin, &[HERE]).await;
        let mut browser = portal.browser().at(ELSEWHERE);
        assert_eq!(browser.sign_in(ADA).await.expect(200).step(), "code");
        browser.code(&portal.code(RFC_6238_KEY)).await.expect_error(403, "address_refused");
    }

    async fn a_session_that_moves_to_another_network_cannot_administer_from_there(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        allow(&mut admin, &[HERE]).await;
        let mut moved = admin.browser.clone().at(ELSEWHERE);
        moved.get(&admin.path(route::ACCOUNT_USERS)).await.expect_error(403, "address_refused");
        assert_eq!(moved.flow().await.json()["accounts"], json!([]));
    }

    async fn a_change_that_is_not_confirmed_is_undone_after_60_seconds(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let path = admin.path(route::ACCOUNT_SECURITY);
        assert!(allow(&mut admin, &[ELSEWHERE]).await.is_string());
        portal.advance(59);
        admin.browser.get(&path).await.expect_error(403, "address_refused");
        let confirm = admin.path(route::ACCOUNT_ADDRESSES_CONFIRM);
        admin.browser.post(&confirm, json!({})).await.expect_error(403, "address_refused");
        portal.advance(1);
        let answer = admin.browser.get(&path).await.expect(200);
        assert_eq!(answer.json()["addresses"], json!({"allowed": [], "confirm_until": null}));
        admin.browser.post(&confirm, json!({})).await.expect_error(409, "out_of_step");
    }

    async fn a_list_that_is_undone_is_recorded_once_with_the_time_at_which_it_happened(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        allow(&mut admin, &[HERE]).await;
        let path = admin.path(route::ACCOUNT_EVENTS);
        portal.advance(60);
        let undone_at = rfc3339(portal.now());
        portal.advance(300);
        let readers = join_all([(); 8].map(|()| {
            let (mut browser, path) = (admin.browser.clone(), path.clone());
            async move { browser.get(&path).await.expect(200).json()["items"][0].clone() }
        }));
        for event in readers.await {
            assert_eq!(event["what"], "addresses_undone");
            assert_eq!((&event["at"], &event["actor"]), (&json!(undone_at), &json!(null)));
            assert_eq!(event["detail"], json!({"detail": "addresses", "allowed": []}));
        }
        allow(&mut admin, &[HERE]).await;
        admin.browser.post(&admin.path(route::ACCOUNT_ADDRESSES_CONFIRM), json!({})).await.expect(200);
        let undone = portal.database.texts("select what from events where what = 'addresses_undone'").await;
        assert_eq!(undone.len(), 1);
    }

    async fn a_list_that_is_undone_is_recorded_before_what_is_changed_next(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let path = admin.path(route::ACCOUNT_SECURITY);
        allow(&mut admin, &[HERE]).await;
        let version = admin.browser.get(&path).await.expect(200).header("etag").to_owned();
        portal.advance(61);
        admin.browser.put(&path, &version, json!({"password": {"max_age_days": 90}})).await.expect(200);
        let events = portal.database.texts("select what from events where actor = '' or what like 'pass%' order by at").await;
        assert_eq!(events.last_chunk(), Some(&["addresses_undone".to_owned(), "password_expiry_changed".to_owned()]));
        assert_eq!(admin.browser.get(&path).await.expect(200).json()["addresses"]["allowed"], json!([]));
    }

    async fn a_second_change_that_waits_still_falls_back_to_what_was_confirmed(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        allow(&mut admin, &["198.51.100.0/24"]).await;
        portal.advance(30);
        allow(&mut admin, &[HERE]).await;
        portal.advance(60);
        let answer = admin.browser.get(&admin.path(route::ACCOUNT_SECURITY)).await.expect(200);
        assert_eq!(answer.json()["addresses"]["allowed"], json!([]));
    }

    async fn a_confirmed_list_stays(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        allow(&mut admin, &[HERE]).await;
        let answer = admin.browser.post(&admin.path(route::ACCOUNT_ADDRESSES_CONFIRM), json!({})).await.expect(200);
        assert_eq!(answer.json()["addresses"], json!({"allowed": [HERE], "confirm_until": null}));
        portal.advance(120);
        let answer = admin.browser.get(&admin.path(route::ACCOUNT_SECURITY)).await.expect(200);
        assert_eq!(answer.json()["addresses"]["allowed"], json!([HERE]));
    }

    async fn a_users_own_list_binds_that_user_alone(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", "bo@example.com").await;
        portal.add_user("Acme", "cy@example.com").await;
        let path = admin.user_path(route::ACCOUNT_USER, &bo);
        let answer = admin.browser.patch(&path, json!({"allowed_addresses": [HERE]})).await.expect(200);
        assert_eq!(answer.json()["allowed_addresses"], json!([HERE]));
        assert_eq!(sign_in_status(portal, "bo@example.com", ELSEWHERE).await.0, 403);
        assert_eq!(sign_in_status(portal, "bo@example.com", HERE).await.0, 200);
        assert_eq!(sign_in_status(portal, "cy@example.com", ELSEWHERE).await.0, 200);
    }

    async fn an_administrator_cannot_shut_themselves_out_by_their_own_list(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let path = admin.user_path(route::ACCOUNT_USER, &admin.id);
        let answer = admin.browser.patch(&path, json!({"allowed_addresses": [ELSEWHERE]})).await;
        assert_eq!(answer.expect_error(400, "malformed").json()["field"], "allowed_addresses");
    }

    async fn a_member_of_another_account_still_gets_in_there(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", "bo@example.com").await;
        portal.join("Bolt", &bo).await;
        allow(&mut admin, &[HERE]).await;
        let mut browser = portal.browser().at(ELSEWHERE);
        let answer = browser.sign_in("bo@example.com").await.expect(200).json();
        let names: Vec<_> = answer["accounts"].as_array().unwrap().iter().map(|account| account["name"].clone()).collect();
        assert_eq!(names, ["Bolt"]);
    }
}
