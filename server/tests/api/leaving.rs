//! Leaving an account.

use postern_testkit::{ADA, on_both_databases};
use postern_types::route;
use serde_json::json;

const BO: &str = "bo@example.com";

on_both_databases! {
    async fn a_user_leaves_one_of_two_accounts_and_stays_in_the_other(portal) {
        let mut acme = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        portal.join("Bolt", &bo).await;
        let mut browser = portal.browser();
        browser.sign_in(BO).await.expect(200);
        portal.advance(1);
        let leave = acme.path(route::MY_ACCOUNT_LEAVE);
        let step = browser.post(&leave, json!({})).await.expect(200).json();
        assert_eq!((&step["accounts"][0]["name"], &step["accounts"][1]), (&json!("Bolt"), &json!(null)));
        browser.post(&leave, json!({})).await.expect_error(404, "not_found");
        let event = acme.browser.get(&acme.path(route::ACCOUNT_EVENTS)).await.expect(200).json()["items"][0].clone();
        assert_eq!((&event["what"], &event["actor"], &event["subject"]), (&json!("user_left"), &json!(BO), &json!(BO)));
    }

    async fn whoever_leaves_the_only_account_is_deleted_and_logged_out(portal) {
        portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        let mut browser = portal.browser();
        browser.sign_in(BO).await.expect(200);
        let leave = route::fill(route::MY_ACCOUNT_LEAVE, &[&portal.account_id("Acme").await]);
        assert_eq!(browser.post(&leave, json!({})).await.expect(200).step(), "credentials");
        assert_eq!(browser.step().await, "credentials");
        assert_eq!(portal.database.count(&format!("select count(*) from users where id = '{bo}'")).await, 0);
    }

    async fn the_last_administrator_does_not_leave_and_a_code_has_to_be_fresh(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let leave = admin.path(route::MY_ACCOUNT_LEAVE);
        admin.browser.post(&leave, json!({})).await.expect_error(409, "last_administrator");
        portal.make_admin(&portal.add_user("Acme", BO).await).await;
        portal.advance(900);
        admin.browser.post(&leave, json!({})).await.expect_error(403, "step_up_required");
    }
}
