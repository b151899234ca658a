//! The table of routes: what is at a path, and what is at none.

use axum::http::Method;
use postern::http::cookies::SESSION_COOKIE;
use postern_testkit::{ADA, Browser, PASSWORD, Portal, RFC_6238_SECRET, on_both_databases};
use postern_types::route;
use serde_json::{Value, json};

/// What a log-in that was begun may reach: where it stands, and its ends. All else answers without 2xx.
const OPEN_TO_A_TICKET: [&str; 5] =
    [route::FLOW, route::SIGN_IN_CANCEL, route::SIGN_OUT, "/health/live", "/health/ready"];

pub(crate) async fn document(portal: &Portal) -> Value {
    portal.browser().get("/api/openapi.json").await.expect(200).json()
}

/// Every route of our own API in the document. Those of OpenID Connect have rules of their own (`oidc_routes.rs`).
pub(crate) async fn all(portal: &Portal) -> Vec<(Method, String)> {
    let document = document(portal).await;
    let is_own = |path: &str| path.starts_with("/api/") || path.starts_with("/health/");
    let paths = document["paths"].as_object().unwrap().iter().filter(|(path, _)| is_own(path));
    let routes = paths.flat_map(|(path, methods)| methods.as_object().unwrap().keys().map(move |it| (it, path)));
    routes.map(|(method, path)| (method.to_uppercase().parse().unwrap(), path.clone())).collect()
}

/// Every route that changes something.
pub(crate) async fn mutating(portal: &Portal) -> Vec<(Method, String)> {
    all(portal).await.into_iter().filter(|(method, _)| !method.is_safe()).collect()
}

/// Whether any route but the open ones and the next step answers this client with 2xx.
async fn expect_closed(portal: &Portal, client: &Browser, next: &str) {
    let is_open = |path: &str| OPEN_TO_A_TICKET.contains(&path) || path == next;
    for (method, path) in all(portal).await.into_iter().filter(|(_, path)| !is_open(path)) {
        for body in ["", "{}", r#"{"code":"000000"}"#, r#"{"email":"ada@example.com","password":"x"}"#] {
            let answer = client.clone().send(method.clone(), &path, body).await;
            assert!(!answer.status.is_success(), "{method} {path} {body}: {answer:?}");
        }
    }
}

on_both_databases! {
    async fn r14_after_the_password_no_route_but_the_next_step_opens(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        expect_closed(portal, &portal.ticket(ADA).await, "").await;
        portal.add_user_who_needs_a_factor("bo@example.com").await;
        let mut set_up = portal.browser();
        set_up.begin_set_up("bo@example.com").await;
        expect_closed(portal, &set_up, route::SET_UP_PASSKEY_OPTIONS).await;
    }

    async fn a_token_counts_in_the_cookie_alone(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let token = browser.session().unwrap();
        for (name, value) in [
            ("authorization", format!("Bearer {token}")), ("authorization", format!("Basic {token}")),
            ("x-session", token.clone()), ("x-auth-token", token.clone()), (SESSION_COOKIE, token.clone()),
        ] {
            let name: &'static str = if name == SESSION_COOKIE { "__host-postern" } else { name };
            assert_eq!(portal.browser().with_header(name, &value).step().await, "credentials", "{name}");
        }
        for query in ["token", "session", "ticket", SESSION_COOKIE] {
            let answer = portal.browser().get(&format!("{}?{query}={token}", route::FLOW)).await.expect(200);
            assert_eq!(answer.step(), "credentials", "{query}");
        }
    }

    async fn basic_authentication_is_no_way_in(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        // ada@example.com:correct horse battery staple
        let basic = "Basic YWRhQGV4YW1wbGUuY29tOmNvcnJlY3QgaG9yc2UgYmF0dGVyeSBzdGFwbGU=";
        let client = portal.browser().with_header("authorization", basic);
        expect_closed(portal, &client, route::SIGN_IN_PASSKEY_OPTIONS).await;
        assert_eq!(client.clone().step().await, "credentials");
        client.clone().code("732303").await.expect_error(401, "session_expired");
    }

    async fn no_header_names_a_user(portal) {
        portal.add_user("Acme", ADA).await;
        for name in ["remote-user", "x-remote-user", "x-authenticated-user", "remote_user", "x-forwarded-user"] {
            assert_eq!(portal.browser().with_header(name, ADA).step().await, "credentials", "{name}");
        }
    }

    async fn an_unknown_path_of_the_api_is_404_in_json(portal) {
        for path in ["/api/nothing", "/api/flow/", "/api/flow/x", "/api/sign-in/..%2fflow", "/api//flow", "/api/FLOW"] {
            portal.browser().get(path).await.expect_error(404, "not_found");
            portal.browser().post(path, json!({})).await.expect_error(404, "not_found");
        }
    }

    async fn a_path_that_is_nothing_is_404_in_json_unless_a_person_opens_it(portal) {
        for path in [
            "//api/flow", "///api/flow", "/API/flow", "/Api", "/%61pi/flow", "/api%2fflow", "/./api/flow", "/x/../api/flow", "//",
            "/health", "/health/", "/health/x", "/HEALTH/live", "/health//live", "/.well-known/x", "/%00", "/%ff", "/x%",
            "/.well-known/resource-that-should-not-exist-whose-status-code-should-not-be-200", "/nothing", "/index.html",
        ] {
            for method in [Method::GET, Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH] {
                portal.browser().send(method, path, "{}").await.expect_error(404, "not_found");
            }
            assert_eq!(portal.browser().send(Method::HEAD, path, "").await.status, 404, "{path}");
        }
        let mut person = portal.browser().with_header("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
        assert!(person.page("/nothing").await.expect(404).header("content-type").starts_with("text/"));
        for path in ["//api/flow", "/API/flow", "/health/x", "/.well-known/x"] {
            person.get(path).await.expect_error(404, "not_found");
        }
    }

    async fn every_route_answers_a_method_that_it_does_not_have_with_405_in_json(portal) {
        let all = all(portal).await;
        let pages = ["/", "/set-up", "/console", "/console/x", "/robots.txt", "/.well-known/change-password"];
        let paths = all.iter().map(|(_, path)| path.as_str()).chain(pages);
        for path in paths {
            for method in [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE, Method::OPTIONS, Method::TRACE] {
                if path.starts_with("/api/forward-auth/") {
                    continue; // Every method of a request to an application is asked about.
                }
                let has = |it: &Method| all.contains(&(it.clone(), path.to_owned()));
                if has(&method) || (method == Method::GET && pages.contains(&path)) {
                    continue;
                }
                let answer = portal.browser().send(method.clone(), path, "{}").await;
                assert!(!answer.header("allow").is_empty(), "{method} {path}: {answer:?}");
                answer.expect_error(405, "method_not_allowed");
            }
        }
    }

    async fn a_password_manager_finds_the_place_where_a_password_is_changed(portal) {
        let answer = portal.browser().page("/.well-known/change-password").await.expect(303);
        let place = answer.header("location").to_owned();
        assert_eq!(place, "/console/password");
        assert!(matches!(portal.browser().page(&place).await.status.as_u16(), 200 | 503));
    }

    async fn the_root_of_the_api_is_404_in_json(portal) {
        for path in ["/api/", "/api"] {
            let answer = portal.browser().with_header("accept", "*/*").get(path).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (404, "application/json"), "{path}");
        }
    }

    async fn a_wrong_method_is_405_in_json_and_names_the_right_one(portal) {
        for (method, path, allowed) in [
            (Method::GET, route::SIGN_IN, "POST"), (Method::PUT, route::SIGN_IN, "POST"),
            (Method::DELETE, route::FLOW, "GET,HEAD"), (Method::GET, route::SIGN_OUT, "POST"),
        ] {
            let answer = portal.browser().send(method, path, "{}").await;
            let answer = answer.expect_error(405, "method_not_allowed");
            assert_eq!(answer.header("allow"), allowed, "{path}");
        }
    }

    async fn nothing_is_changed_by_get(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        let read: Vec<String> =
            all(portal).await.into_iter().filter(|(method, _)| method == Method::GET).map(|(_, path)| path).collect();
        for (_, path) in mutating(portal).await.into_iter().filter(|(_, path)| !read.contains(path)) {
            browser.get(&path).await.expect_error(405, "method_not_allowed");
        }
        assert_eq!(browser.step().await, "code");
    }

    async fn an_unknown_field_is_refused(portal) {
        portal.add_user("Acme", ADA).await;
        for body in [
            json!({"email": ADA, "password": PASSWORD, "remember": true}),
            json!({"email": ADA, "password": PASSWORD, "Email": ADA}),
        ] {
            portal.browser().post(route::SIGN_IN, body).await.expect_error(400, "malformed");
        }
        portal.browser().post(route::SIGN_OUT, json!({"all": true})).await.expect_error(400, "malformed");
        portal.browser().post(route::SIGN_IN_CANCEL, json!({"all": true})).await.expect_error(400, "malformed");
    }

    async fn a_wrong_type_is_refused_with_the_field_and_what_would_be_right(portal) {
        for (body, field) in [
            (json!({"email": 1, "password": "x"}), "email"), (json!({"email": "x", "password": null}), "password"),
            (json!({"email": "x", "password": ["x"]}), "password"), (json!({"email": {}, "password": "x"}), "email"),
        ] {
            let answer = portal.browser().post(route::SIGN_IN, body).await.expect_error(400, "malformed").json();
            let right = json!({"error": "malformed", "field": field, "reason": "wrong_type", "expected": "string"});
            assert_eq!(answer, right);
        }
    }

    async fn a_missing_field_is_named(portal) {
        for (body, field) in [(json!({"email": "x"}), "password"), (json!({"password": "x"}), "email")] {
            let answer = portal.browser().post(route::SIGN_IN, body).await.expect_error(400, "malformed").json();
            assert_eq!(answer, json!({"error": "malformed", "field": field, "reason": "missing"}));
        }
    }

    async fn what_is_no_json_object_is_malformed(portal) {
        for body in ["", " ", "{", "nul", "[]", "\"x\"", "{\"email\":\"x\",\"password\":\"y\"} trailing", "{'email':1}",
            "{\"email\":\"x\",\"email\":\"y\",\"password\":\"z\"}", "\u{FEFF}{}", &"[".repeat(10_000)] {
            let answer = portal.browser().send(Method::POST, route::SIGN_IN, body.to_owned()).await;
            assert!(!answer.expect_error(400, "malformed").json()["reason"].as_str().unwrap().is_empty());
        }
        for bytes in [&b"\xff\xfe"[..], b"{\"email\":\"\xff\",\"password\":\"x\"}", b"\0"] {
            let answer = portal.browser().send(Method::POST, route::SIGN_IN, bytes.to_vec()).await;
            answer.expect_error(400, "malformed");
        }
    }

    async fn an_array_is_no_object_at_any_depth(portal) {
        let mut admin = portal.admin("Acme", ADA).await;
        admin.browser.headers.push(("if-match", "\"0\"".to_owned()));
        for (method, path, body) in [
            (Method::POST, route::SIGN_IN.to_owned(), json!([ADA, PASSWORD])),
            (Method::PATCH, admin.user_path(route::ACCOUNT_USER, "some-user"), json!([null, null])),
            (Method::PUT, admin.path(route::ACCOUNT_SECURITY), json!({"two_factor": [true]})),
        ] {
            let answer = admin.browser.send(method, &path, body.to_string()).await;
            let expected = answer.expect_error(400, "malformed").json()["expected"].clone();
            assert_eq!(expected, "object", "{path}");
        }
    }

    async fn the_health_of_the_server_needs_no_session(portal) {
        for path in ["/health/live", "/health/ready"] {
            assert_eq!(portal.browser().get(path).await.expect(200).body, b"ok");
        }
    }
}
