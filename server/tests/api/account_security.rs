//! Settings → Security Settings of an account.

use futures::future::join_all;
use postern_testkit::{ADA, Admin, on_both_databases};
use postern_types::route;
use serde_json::json;

async fn etag(admin: &mut Admin) -> String {
    admin.browser.get(&admin.path(route::ACCOUNT_SECURITY)).await.expect(200).header("etag").to_owned()
}

on_both_databases! {
    async fn enabling_two_factor_authentication_forces_set_up_at_the_next_log_in_and_cuts_nobody_off(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.add_user("Acme", "bo@example.com").await;
        let mut before = portal.browser();
        assert_eq!(before.sign_in("bo@example.com").await.step(), "signed_in");
        let path = admin.path(route::ACCOUNT_SECURITY);
        let answer = admin.browser.get(&path).await.expect(200);
        assert_eq!(answer.json(), json!({
            "two_factor": {"required": false}, "passkeys": "without_password", "password": {"max_age_days": null},
            "addresses": {"allowed": [], "confirm_until": null},
            "reset": {"set_up_code": false, "second_administrator": false, "delay_h": 0},
        }));
        let changed = admin.browser.put(&path, answer.header("etag"), json!({"two_factor": {"required": true}})).await.expect(200);
        assert_eq!(changed.json()["two_factor"]["required"], true);
        assert_ne!(changed.header("etag"), answer.header("etag"));
        assert_eq!(before.step().await, "signed_in");
        assert_eq!(portal.browser().sign_in("bo@example.com").await.step(), "set_up");
    }

    async fn whoever_has_shown_no_second_factor_is_cut_off_where_the_administrator_says_so(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.add_user("Acme", "bo@example.com").await;
        portal.add_user("Bolt", "cy@example.com").await;
        let (mut bo, mut cy) = (portal.browser(), portal.browser());
        bo.sign_in("bo@example.com").await.expect(200);
        cy.sign_in("cy@example.com").await.expect(200);
        let (path, version) = (admin.path(route::ACCOUNT_SECURITY), etag(&mut admin).await);
        let body = json!({"two_factor": {"required": true, "end_sessions": true}});
        let answer = admin.browser.put(&path, &version, body).await.expect(200);
        assert_eq!(answer.json()["two_factor"], json!({"required": true}));
        assert_eq!((bo.step().await, cy.step().await), ("credentials".to_owned(), "signed_in".to_owned()));
        assert_eq!(admin.browser.step().await, "signed_in");
    }

    async fn what_was_read_can_be_put_back_as_it_is(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let path = admin.path(route::ACCOUNT_SECURITY);
        let answer = admin.browser.get(&path).await.expect(200);
        let again = admin.browser.put(&path, answer.header("etag"), answer.json()).await.expect(200);
        assert_eq!(again.json(), answer.json());
        assert!(portal.database.texts("select what from events where actor <> ''").await.is_empty(), "nothing has changed");
    }

    async fn of_two_administrators_who_save_at_once_the_second_is_told_and_sees_the_first_ones_version(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let (path, version) = (admin.path(route::ACCOUNT_SECURITY), etag(&mut admin).await);
        let saves = [json!({"two_factor": {"required": true}}), json!({"password": {"max_age_days": 90}})];
        let answers = join_all(saves.map(|body| {
            let (mut browser, path, version) = (admin.browser.clone(), path.clone(), version.clone());
            async move { browser.put(&path, &version, body).await }
        })).await;
        let mut statuses: Vec<_> = answers.iter().map(|answer| answer.status.as_u16()).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412]);
        let (won, lost) = if answers[0].status == 200 { (&answers[0], &answers[1]) } else { (&answers[1], &answers[0]) };
        assert_eq!(lost.json()["error"], "conflict");
        assert_eq!(lost.json()["current"], won.json());
        assert_eq!(lost.header("etag"), won.header("etag"), "saving over it is possible at once");
    }

    async fn a_change_says_which_version_it_is_based_on(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let path = admin.path(route::ACCOUNT_SECURITY);
        let body = json!({"two_factor": {"required": true}});
        admin.browser.send(axum::http::Method::PUT, &path, body.to_string()).await
            .expect_error(428, "precondition_required");
        for version in ["\"0\"", "\"x\"", "1", "*", "W/\"99\""] {
            admin.browser.put(&path, version, body.clone()).await.expect_error(412, "conflict");
        }
        assert!(portal.database.texts("select what from events where actor <> ''").await.is_empty());
    }

    async fn wrong_settings_are_refused_by_field(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let (path, version) = (admin.path(route::ACCOUNT_SECURITY), etag(&mut admin).await);
        for (body, field) in [
            (json!({"password": {"max_age_days": 31}}), "password.max_age_days"),
            (json!({"password": {"max_age_days": -1}}), "password.max_age_days"),
            (json!({"two_factor": {"required": "yes"}}), "two_factor.required"),
            (json!({"addresses": {"allowed": ["office"]}}), "addresses.allowed"),
            (json!({"addresses": {"allowed": ["192.0.2.0/33"]}}), "addresses.allowed"),
        ] {
            let answer = admin.browser.put(&path, &version, body.clone()).await.expect_error(400, "malformed");
            assert_eq!(answer.json()["field"], field, "{body}");
        }
        admin.browser.put(&path, &version, json!({"two_factor": {}, "x": 1})).await.expect_error(400, "malformed");
    }

    async fn the_effect_counts_whom_a_requirement_concerns(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        portal.add_user("Acme", "bo@example.com").await;
        portal.add_user("Acme", "cy@example.com").await;
        portal.add_user("Bolt", "elsewhere@example.com").await;
        portal.browser().sign_in("bo@example.com").await.expect(200);
        let answer = admin.browser.get(&admin.path(route::ACCOUNT_SECURITY_EFFECT)).await.expect(200);
        assert_eq!(answer.json(), json!({
            "users": 3, "set_up": 1, "to_be_asked": 2, "never_signed_in": 1, "passkeys_alone": 0, "own_passkeys_alone": false, "own_address": "198.51.100.7",
        }));
    }

    async fn a_change_of_the_settings_is_recorded_with_who_did_it(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let (path, version) = (admin.path(route::ACCOUNT_SECURITY), etag(&mut admin).await);
        let body = json!({"two_factor": {"required": true}, "password": {"max_age_days": 60}});
        admin.browser.put(&path, &version, body).await.expect(200);
        let events = admin.browser.get(&admin.path(route::ACCOUNT_EVENTS)).await.expect(200).json();
        let mut what: Vec<_> = events["items"].as_array().unwrap().iter()
            .filter(|event| event["actor"] == ADA)
            .map(|event| (event["what"].as_str().unwrap(), event["detail"].clone())).collect();
        what.sort_by_key(|(what, _)| *what);
        assert_eq!(what, [
            ("password_expiry_changed", json!({"detail": "max_age", "days": 60})),
            ("two_factor_required", json!({"detail": "none"})),
        ]);
    }
}
