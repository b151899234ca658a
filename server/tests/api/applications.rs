//! Applications behind the portal, for their users and for the administrators of accounts.

use postern_testkit::{ADA, Admin, ICON, Portal, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

const BO: &str = "bo@example.com";
const WIKI: &str = "https://wiki.example.com";

/// An administrator of Acme, the user Bo, and the application Wiki of Acme, with its id.
async fn scene(portal: &Portal) -> (Admin, String, String) {
    let admin = portal.admin("Acme", ADA).await;
    let bo = portal.add_user("Acme", BO).await;
    let wiki = portal.add_application(&portal.application("Acme", "Wiki", WIKI, &[])).await;
    (admin, bo, wiki)
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|application| application["name"].as_str().unwrap()).collect()
}

fn members(admin: &Admin, application: &str) -> String {
    route::fill(route::ACCOUNT_APPLICATION_MEMBERS, &[&admin.account, application])
}

async fn listed(admin: &mut Admin) -> Value {
    let path = admin.path(route::ACCOUNT_APPLICATIONS);
    admin.browser.get(&path).await.expect(200).json()["applications"].take()
}

on_both_databases! {
    async fn a_user_finds_the_applications_of_their_accounts_and_no_others(portal) {
        let (_, bo, wiki) = scene(portal).await;
        portal.add_user("Bolt", "cy@example.com").await;
        portal.add_application(&portal.application("Bolt", "Board", "https://board.example.com/start", &[])).await;
        let mut browser = portal.browser();
        browser.sign_in(BO).await.expect(200);
        let mine = browser.get(route::MY_APPLICATIONS).await.expect(200).json();
        let icon = format!("/api/applications/{wiki}/icon");
        assert_eq!(mine, json!([{"id": wiki, "name": "Wiki", "url": "https://wiki.example.com/", "icon": icon}]));
        portal.join("Bolt", &bo).await;
        assert_eq!(names(&browser.get(route::MY_APPLICATIONS).await.expect(200).json()), ["Board", "Wiki"]);
        portal.database.execute_with("update memberships set locked_at = 1 where account_id = $1", &[&portal.account_id("Acme").await]).await;
        assert_eq!(names(&browser.get(route::MY_APPLICATIONS).await.expect(200).json()), ["Board"], "locked in Acme");
    }

    async fn an_address_that_is_not_allowed_shows_no_application(portal) {
        let (_, bo, _) = scene(portal).await;
        portal.add_user("Bolt", "cy@example.com").await;
        portal.join("Bolt", &bo).await;
        let mut board = portal.application("Bolt", "Board", "https://board.example.com", &[]);
        board.application.excluded_networks = vec!["192.0.2.0/24".parse().unwrap()];
        portal.add_application(&board).await;
        let allow = "update accounts set allowed_addresses = '192.0.2.0/24' where name = 'Acme'";
        portal.database.execute(allow).await;
        for (address, expected) in [("192.0.2.7", ["Wiki"]), ("198.51.100.7", ["Board"])] {
            let mut browser = portal.browser().at(address);
            browser.sign_in(BO).await.expect(200);
            assert_eq!(names(&browser.get(route::MY_APPLICATIONS).await.expect(200).json()), expected, "{address}");
        }
    }

    async fn an_administrator_chooses_who_may_use_an_application(portal) {
        let (mut admin, bo, wiki) = scene(portal).await;
        let first = listed(&mut admin).await;
        assert_eq!((&first[0]["everyone"], &first[0]["users"], &first[0]["version"]), (&json!(true), &json!([]), &json!(1)));
        let mut browser = portal.browser();
        browser.sign_in(BO).await.expect(200);
        let path = members(&admin, &wiki);
        let answer = admin.browser.put(&path, "\"1\"", json!({"everyone": false, "users": []})).await.expect(200);
        assert_eq!((answer.header("etag"), &answer.json()["everyone"]), ("\"2\"", &json!(false)));
        assert_eq!(browser.get(route::MY_APPLICATIONS).await.expect(200).json(), json!([]));
        let chosen = admin.browser.put(&path, "\"2\"", json!({"everyone": false, "users": [bo, bo]})).await.expect(200).json();
        assert_eq!(chosen["users"], json!([bo]));
        assert_eq!(listed(&mut admin).await, json!([chosen]));
        assert_eq!(names(&browser.get(route::MY_APPLICATIONS).await.expect(200).json()), ["Wiki"]);
    }

    async fn who_was_chosen_and_who_not_is_recorded_by_name(portal) {
        let (mut admin, bo, wiki) = scene(portal).await;
        let path = members(&admin, &wiki);
        admin.browser.put(&path, "\"1\"", json!({"everyone": false, "users": [bo]})).await.expect(200);
        admin.browser.put(&path, "\"2\"", json!({"everyone": false, "users": [admin.id]})).await.expect(200);
        let events = admin.path(route::ACCOUNT_EVENTS);
        let events = admin.browser.get(&events).await.expect(200).json();
        assert_eq!(events["items"][0]["what"], "application_members_changed");
        assert_eq!(events["items"][0]["actor"], ADA);
        let detail = json!({"detail": "application_members", "name": "Wiki", "everyone": false, "added": [ADA], "removed": [BO]});
        assert_eq!(events["items"][0]["detail"], detail);
    }

    async fn of_two_administrators_the_second_is_told_what_the_first_has_chosen(portal) {
        let (mut admin, bo, wiki) = scene(portal).await;
        let path = members(&admin, &wiki);
        let body = json!({"everyone": false, "users": [bo]});
        admin.browser.put(&path, "\"1\"", body.clone()).await.expect(200);
        for version in ["\"1\"", "\"7\"", "nonsense"] {
            let conflict = admin.browser.put(&path, version, json!({"everyone": true, "users": []})).await.expect(412).json();
            assert_eq!((&conflict["error"], &conflict["current"]["users"]), (&json!("conflict"), &json!([bo])), "{version}");
        }
        let none = admin.browser.send(axum::http::Method::PUT, &path, body.to_string()).await;
        none.expect_error(428, "precondition_required");
    }

    async fn nobody_beyond_the_account_can_be_chosen_and_nothing_is_changed_then(portal) {
        let (mut admin, bo, wiki) = scene(portal).await;
        let stranger = portal.add_user("Bolt", "cy@example.com").await;
        let path = members(&admin, &wiki);
        for other in [stranger.as_str(), "nobody", "nul\0"] {
            let body = json!({"everyone": false, "users": [bo, other]});
            let refused = admin.browser.put(&path, "\"1\"", body).await.expect_error(400, "malformed").json();
            assert_eq!((&refused["field"], &refused["reason"]), (&json!("users[1]"), &json!("not_allowed")), "{other:?}");
        }
        let many: Vec<String> = (0..401).map(|number| number.to_string()).collect();
        admin.browser.put(&path, "\"1\"", json!({"everyone": false, "users": many})).await.expect_error(400, "malformed");
        assert_eq!(listed(&mut admin).await[0]["version"], 1);
    }

    async fn an_application_of_another_account_is_none(portal) {
        let (mut admin, _, wiki) = scene(portal).await;
        let mut other = portal.admin("Bolt", "cy@example.com").await;
        assert_eq!(listed(&mut other).await, json!([]));
        let path = members(&other, &wiki);
        other.browser.put(&path, "\"1\"", json!({"everyone": false, "users": []})).await.expect_error(404, "not_found");
        other.browser.get(&format!("/api/applications/{wiki}/icon")).await.expect_error(404, "not_found");
        assert_eq!(listed(&mut admin).await[0]["version"], 1);
    }

    async fn whoever_leaves_an_account_is_no_longer_chosen_there(portal) {
        let (mut admin, bo, wiki) = scene(portal).await;
        let path = members(&admin, &wiki);
        admin.browser.put(&path, "\"1\"", json!({"everyone": false, "users": [bo]})).await.expect(200);
        admin.browser.delete(&admin.user_path(route::ACCOUNT_USER, &bo)).await.expect(204);
        assert_eq!(listed(&mut admin).await[0]["users"], json!([]));
    }

    async fn an_icon_is_an_image_that_can_do_nothing(portal) {
        let (mut admin, bo, wiki) = scene(portal).await;
        let path = format!("/api/applications/{wiki}/icon");
        let mut browser = portal.browser();
        browser.get(&path).await.expect_error(401, "session_expired");
        browser.sign_in(BO).await.expect(200);
        let icon = browser.get(&path).await.expect(200);
        assert_eq!(icon.text(), ICON);
        for (name, value) in [
            ("content-type", "image/svg+xml"), ("x-content-type-options", "nosniff"), ("cache-control", "no-store"),
            ("content-security-policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert_eq!(icon.header(name), value);
        }
        admin.browser.put(&members(&admin, &wiki), "\"1\"", json!({"everyone": false, "users": []})).await.expect(200);
        browser.get(&path).await.expect_error(404, "not_found");
        admin.browser.get(&path).await.expect(200);
        portal.database.execute_with("update memberships set admin_since = null where user_id <> $1", &[&bo]).await;
        admin.browser.get(&path).await.expect_error(404, "not_found");
    }

    async fn the_tester_says_of_every_rule_whether_it_decides(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        let bo = portal.add_user("Acme", BO).await;
        let rules = ["health: open GET /healthz", "admin: fresh /admin/*", "rest: members /*"];
        portal.add_application(&portal.application("Acme", "Wiki", WIKI, &rules)).await;
        let path = admin.path(route::ACCOUNT_APPLICATIONS_CHECK);
        for (url, method, user, verdict) in [
            ("https://wiki.example.com/healthz", "GET", &bo, "open"),
            ("https://WIKI.example.com:443/healthz?x", "GET", &bo, "open"),
            ("https://wiki.example.com/%61dmin", "GET", &bo, "second_factor_missing"),
            ("https://wiki.example.com/admin/x", "GET", &admin.id, "allowed"),
            ("https://wiki.example.com", "DELETE", &bo, "allowed"),
            ("https://wiki.example.com/a/../admin", "GET", &bo, "odd_path"),
        ] {
            let body = json!({"url": url, "method": method, "user": user});
            let answer = admin.browser.post(&path, body).await.expect(200).json();
            assert_eq!(answer["verdict"], verdict, "{method} {url}");
        }
        let body = json!({"url": "https://wiki.example.com/admin/x", "method": "GET", "user": bo, "address": "192.0.2.7"});
        let answer = admin.browser.post(&path, body).await.expect(200).json();
        let matched: Vec<&str> = answer["rules"].as_array().unwrap().iter().map(|rule| rule["matched"].as_str().unwrap()).collect();
        assert_eq!(matched, ["other_path", "decides", "not_reached"]);
    }

    async fn whoever_is_locked_may_use_nothing(portal) {
        let (mut admin, bo, _) = scene(portal).await;
        let path = admin.path(route::ACCOUNT_APPLICATIONS_CHECK);
        let body = json!({"url": WIKI, "method": "GET", "user": bo});
        for (change, verdict) in [
            ("update memberships set locked_at = 1 where user_id = $1", "not_given"),
            ("update memberships set locked_at = null where user_id = $1", "allowed"),
            ("update users set locked_at = 1 where id = $1", "not_given"),
        ] {
            portal.database.execute_with(change, &[&bo]).await;
            let answer = admin.browser.post(&path, body.clone()).await.expect(200).json();
            assert_eq!(answer["verdict"], verdict, "{change}");
        }
    }

    async fn the_tester_knows_only_this_account(portal) {
        let (mut admin, bo, wiki) = scene(portal).await;
        let stranger = portal.add_user("Bolt", "cy@example.com").await;
        portal.join("Bolt", &bo).await;
        portal.add_application(&portal.application("Bolt", "Board", "https://board.example.com", &[])).await;
        let give = "insert into application_accounts (application_id, account_id, everyone_since) values ($1, $2, 1)";
        portal.database.execute_with(give, &[&wiki, &portal.account_id("Bolt").await]).await;
        let path = admin.path(route::ACCOUNT_APPLICATIONS_CHECK);
        for (field, body) in [
            ("url", json!({"url": "https://board.example.com", "method": "GET", "user": bo})),
            ("url", json!({"url": "nonsense", "method": "GET", "user": bo})),
            ("user", json!({"url": WIKI, "method": "GET", "user": stranger})),
            ("user", json!({"url": WIKI, "method": "GET", "user": "nul\0"})),
            ("method", json!({"url": WIKI, "method": "TRACE", "user": bo})),
            ("address", json!({"url": WIKI, "method": "GET", "user": bo, "address": "office"})),
        ] {
            assert_eq!(admin.browser.post(&path, body).await.expect_error(400, "malformed").json()["field"], field);
        }
        admin.browser.put(&members(&admin, &wiki), "\"1\"", json!({"everyone": false, "users": []})).await.expect(200);
        let answer = admin.browser.post(&path, json!({"url": WIKI, "method": "GET", "user": bo})).await.expect(200).json();
        assert_eq!(answer["verdict"], "not_chosen", "that Bolt lets them in is not for Acme to know");
    }
}
