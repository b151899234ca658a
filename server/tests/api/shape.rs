//! The form of requests and answers: what api.md fixes for every route.

use axum::body::Body;
use axum::http::Method;
use postern_types::route;
use serde_json::{Value, json};

use crate::app::{ADA, PASSWORD};
use crate::on_both_databases;

on_both_databases! {
    async fn c78_only_json_is_taken(app) {
        let body = json!({"email": ADA, "password": PASSWORD}).to_string();
        for kind in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "application/jsonx", ""] {
            let mut browser = app.browser().with_header("content-type", kind);
            let answer = browser.send(Method::POST, route::SIGN_IN, Body::from(body.clone())).await;
            answer.expect_error(415, "unsupported_media_type");
        }
        let mut browser = app.browser().with_header("content-type", "application/json; charset=utf-8");
        browser.sign_in(ADA).await.expect_error(401, "invalid_credentials");
    }

    async fn c78_every_mutating_route_refuses_another_origin(app) {
        for path in [route::SIGN_IN, route::SIGN_IN_CODE, route::SIGN_IN_CANCEL, route::SET_UP_CONFIRM, route::SIGN_OUT] {
            for origin in ["null", "https://evil.example"] {
                let mut browser = app.browser().with_header("sec-fetch-site", "").with_header("origin", origin);
                let answer = browser.post(path, json!({})).await.expect_error(403, "forbidden");
                assert_eq!(answer.json()["public_url"], "http://localhost:8080");
            }
        }
    }

    async fn c25_c44_a_wrong_type_is_malformed_and_names_the_field(app) {
        app.add_user_with_factor(ADA).await;
        let mut browser = app.browser();
        browser.sign_in(ADA).await.expect(200);
        for code in [json!(47164), Value::Null, json!(true), json!([])] {
            let answer = browser.post(route::SIGN_IN_CODE, json!({"code": code})).await.expect_error(400, "malformed");
            assert_eq!(answer.json()["field"], "code");
        }
        browser.post(route::SIGN_IN_CODE, json!({})).await.expect_error(400, "malformed");
        browser.post(route::SIGN_IN_CODE, json!({"code": "123456", "x": 1})).await.expect_error(400, "malformed");
        let answer = browser.send(Method::POST, route::SIGN_IN, Body::from("{\"email\":")).await;
        assert_eq!(answer.expect_error(400, "malformed").json(), json!({"error": "malformed", "field": "body", "reason": "it is not JSON"}));
    }

    async fn c97_a_body_over_16_kib_is_refused(app) {
        let mut browser = app.browser();
        browser.sign_in_with(ADA, &"x".repeat(4096)).await.expect_error(401, "invalid_credentials");
        browser.sign_in_with(ADA, &"x".repeat(1 << 20)).await.expect_error(413, "too_large");
    }

    async fn every_answer_has_an_id_of_its_own_and_is_not_stored(app) {
        let mut browser = app.browser().with_header("x-request-id", "chosen-by-the-client");
        let mut ids = std::collections::HashSet::new();
        for path in [route::FLOW, "/api/nothing", "/health/live", "/health/ready", "/api/openapi.json", "/nothing"] {
            let answer = browser.get(path).await;
            assert_eq!(answer.header("cache-control"), "no-store", "{path}");
            assert_eq!(answer.header("x-request-id").len(), 32, "{path}");
            assert!(ids.insert(answer.header("x-request-id").to_owned()));
        }
    }

    async fn c111_what_is_unknown_below_api_is_a_json_404(app) {
        app.browser().get("/api/nothing").await.expect_error(404, "not_found");
        app.browser().get("/api").await.expect_error(404, "not_found");
        app.browser().get("/api/").await.expect_error(404, "not_found");
        app.browser().get(route::SIGN_IN).await.expect_error(405, "method_not_allowed");
    }

    async fn the_document_describes_every_route_of_the_log_in(app) {
        let document = app.browser().get("/api/openapi.json").await.expect(200).json();
        let posts = [route::SIGN_IN, route::SIGN_IN_CODE, route::SIGN_IN_CANCEL, route::SET_UP_CONFIRM, route::SIGN_OUT];
        assert!(document["paths"][route::FLOW]["get"].is_object());
        for path in posts {
            assert!(document["paths"][path]["post"].is_object(), "{path}");
        }
    }
}
