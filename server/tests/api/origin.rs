//! Requests that another web site caused, and bodies that a form can send (R28).

use axum::http::Method;
use postern_testkit::{ADA, Browser, PASSWORD, on_both_databases};
use postern_types::route;
use serde_json::json;

use crate::routes::mutating;

const OWN: &str = "http://localhost:8080";

/// A browser that sends no fetch metadata, but this `Origin`.
fn old(browser: Browser, origin: &str) -> Browser {
    browser.with_header("sec-fetch-site", "").with_header("origin", origin)
}

on_both_databases! {
    async fn r28_every_mutating_route_refuses_what_another_site_caused(portal) {
        for (method, path) in mutating(portal).await {
            for site in ["cross-site", "same-site", "none"] {
                let mut foreign = portal.browser().with_header("sec-fetch-site", site);
                let answer = foreign.send(method.clone(), &path, "{}").await.expect_error(403, "forbidden");
                assert_eq!(answer.json()["public_url"], OWN);
            }
        }
    }

    async fn r28_a_foreign_or_null_origin_is_refused_where_there_is_no_fetch_metadata(portal) {
        portal.add_user("Acme", ADA).await;
        for origin in ["https://evil.example", "null", "http://localhost:8081", "https://localhost:8080", "http://localhost"] {
            old(portal.browser(), origin).sign_in(ADA).await.expect_error(403, "forbidden");
        }
        assert_eq!(portal.database.count("select count(*) from sessions").await, 0);
        old(portal.browser(), OWN).sign_in(ADA).await.expect(200);
    }

    async fn a_client_that_is_no_browser_needs_neither_header(portal) {
        portal.add_user("Acme", ADA).await;
        portal.browser().with_header("sec-fetch-site", "").sign_in(ADA).await.expect(200);
    }

    async fn one_foreign_header_among_several_is_enough_to_refuse(portal) {
        portal.add_user("Acme", ADA).await;
        old(portal.browser(), OWN).with_header("origin", "https://evil.example").sign_in(ADA).await.expect(403);
        let both = portal.browser().with_header("sec-fetch-site", "same-origin").with_header("sec-fetch-site", "cross-site");
        both.clone().sign_in(ADA).await.expect(403);
    }

    async fn a_refused_request_costs_no_try_and_does_nothing(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = portal.browser();
        browser.sign_in(ADA).await.expect(200);
        let mut foreign = browser.clone().with_header("sec-fetch-site", "cross-site");
        foreign.sign_out().await.expect(403);
        foreign.sign_in_with(ADA, "wrong password").await.expect(403);
        assert_eq!(browser.step().await, "signed_in");
        assert_eq!(portal.database.count("select count(*) from attempts where failures > 0").await, 0);
    }

    async fn r28_a_body_that_is_not_declared_as_json_is_refused(portal) {
        portal.add_user("Acme", ADA).await;
        let body = json!({"email": ADA, "password": PASSWORD});
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "",
            "text/plain; application/json", "application/jsonx", "text/json"] {
            let mut form = portal.browser().with_header("content-type", kind);
            form.post(route::SIGN_IN, body.clone()).await.expect_error(415, "unsupported_media_type");
        }
        for kind in ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"] {
            portal.browser().with_header("content-type", kind).post(route::SIGN_IN, body.clone()).await.expect(200);
        }
    }

    async fn r28_every_mutating_route_takes_json_alone(portal) {
        portal.add_user_who_needs_a_factor(ADA).await;
        let mut browser = portal.browser();
        browser.begin_set_up(ADA).await;
        for (method, path) in mutating(portal).await {
            let mut form = browser.clone().with_header("content-type", "text/plain");
            let answer = form.send(method, &path, "{}").await;
            assert!(!answer.status.is_success(), "{path}");
        }
        assert_eq!(browser.step().await, "set_up");
    }

    async fn r28_every_mutating_route_is_declared_as_json_with_or_without_a_body(portal) {
        for (method, path) in mutating(portal).await {
            for kind in ["", "text/plain", "application/x-www-form-urlencoded"] {
                for body in ["", "{}"] {
                    let mut form = portal.browser().with_header("content-type", kind);
                    let answer = form.send(method.clone(), &path, body).await;
                    assert_eq!(answer.expect_error(415, "unsupported_media_type").status, 415, "{method} {path}");
                }
            }
        }
    }

    async fn no_answer_invites_another_origin(portal) {
        let mut foreign = portal.browser().with_header("origin", "https://evil.example");
        for (method, path) in [(Method::GET, route::FLOW), (Method::OPTIONS, route::SIGN_IN)] {
            let answer = foreign.send(method, path, "").await;
            assert!(!answer.headers.keys().any(|name| name.as_str().starts_with("access-control-")), "{path}");
        }
    }
}
