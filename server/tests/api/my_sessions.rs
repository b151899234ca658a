//! One's own sessions.

use postern_testkit::{ADA, Browser, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

async fn sessions(browser: &mut Browser) -> Vec<Value> {
    browser.get(route::MY_SESSIONS).await.expect(200).json().as_array().unwrap().clone()
}

on_both_databases! {
    async fn one_sees_ones_own_sessions_and_ends_them(portal) {
        portal.add_user("Acme", ADA).await;
        portal.add_user("Acme", "bo@example.com").await;
        let mut phone = portal.browser().at("192.0.2.1").with_header("user-agent", "Phone/1.0");
        phone.sign_in(ADA).await.expect(200);
        portal.advance(60);
        let (mut laptop, mut bo) = (portal.browser(), portal.browser());
        laptop.sign_in(ADA).await.expect(200);
        bo.sign_in("bo@example.com").await.expect(200);
        let mine = sessions(&mut laptop).await;
        assert_eq!(mine.len(), 2);
        assert_eq!((&mine[0]["current"], &mine[1]["current"]), (&json!(true), &json!(false)));
        assert_eq!((&mine[1]["address"], &mine[1]["user_agent"]), (&json!("192.0.2.1"), &json!("Phone/1.0")));
        let id = mine[1]["id"].as_str().unwrap();
        let path = route::fill(route::MY_SESSION, &[id]);
        bo.delete(&path).await.expect_error(404, "not_found");
        laptop.delete(&path).await.expect(204);
        laptop.delete(&path).await.expect_error(404, "not_found");
        assert_eq!(phone.step().await, "credentials");
        assert_eq!(laptop.step().await, "signed_in");
    }

    async fn all_others_end_at_once(portal) {
        portal.add_user("Acme", ADA).await;
        let (mut here, mut there) = (portal.browser(), portal.browser());
        here.sign_in(ADA).await.expect(200);
        there.sign_in(ADA).await.expect(200);
        here.delete(route::MY_SESSIONS).await.expect(204);
        assert_eq!((here.step().await, there.step().await), ("signed_in".to_owned(), "credentials".to_owned()));
    }

    async fn a_log_in_that_is_not_complete_is_no_session_of_ones_own(portal) {
        portal.add_user("Acme", ADA).await;
        let mut here = portal.browser();
        here.sign_in(ADA).await.expect(200);
        portal.require_two_factor("Acme").await;
        portal.browser().sign_in(ADA).await.expect(200);
        assert_eq!(sessions(&mut here).await.len(), 1);
    }
}
