//! What every answer carries: its request's id, what a browser must not do with it, and how long to wait.

use std::collections::BTreeSet;

use axum::http::Method;
use postern_testkit::{ADA, Answer, PASSWORD, Portal, RFC_6238_SECRET, on_both_databases};
use postern_types::route;

/// One answer of every kind: page, file, steps, refusals, nothing there.
async fn answers(portal: &Portal) -> Vec<Answer> {
    portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
    let mut browser = portal.browser().with_header("x-request-id", "chosen-by-the-client");
    let mut answers = vec![browser.sign_in(ADA).await.expect(200)];
    for _ in 0..6 {
        answers.push(browser.code("000000").await);
    }
    for path in [
        "/",
        "/nothing",
        "/robots.txt",
        "/health/live",
        "/api/openapi.json",
        "/api/nothing",
        route::FLOW,
        "/open",
        "/.postern/start",
        "/api/forward-auth/nginx",
        "/api/forward-auth/caddy",
    ] {
        answers.push(browser.get(path).await);
    }
    answers.push(browser.send(Method::PUT, route::SIGN_IN, "").await);
    answers.push(browser.send(Method::POST, "/", "").await);
    answers.push(browser.send(Method::POST, route::SIGN_IN, "x".repeat(20_000)).await);
    let mut foreign = browser.clone().with_header("sec-fetch-site", "cross-site");
    answers.push(foreign.sign_in_with(ADA, PASSWORD).await.expect(403));
    answers
}

on_both_databases! {
    async fn every_answer_has_a_fresh_request_id_and_never_the_clients_own(portal) {
        let answers = answers(portal).await;
        let ids: BTreeSet<&str> = answers.iter().map(|answer| answer.header("x-request-id")).collect();
        assert_eq!(ids.len(), answers.len());
        assert!(ids.iter().all(|id| id.len() == 32 && id.bytes().all(|byte| byte.is_ascii_hexdigit())));
    }

    async fn r29_every_answer_forbids_sniffing_framing_and_referrers(portal) {
        for answer in answers(portal).await {
            for (name, value) in [("x-content-type-options", "nosniff"), ("x-frame-options", "DENY"),
                ("referrer-policy", "no-referrer"), ("cross-origin-opener-policy", "same-origin"),
                ("cross-origin-resource-policy", "same-origin")] {
                assert_eq!(answer.header(name), value, "{answer:?}");
            }
            let policy = answer.header("content-security-policy");
            assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
            assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"), "{policy}");
            assert!(!answer.headers.contains_key("server"), "the program's name and version are nobody's business");
        }
    }

    async fn no_answer_of_the_api_or_page_is_ever_stored(portal) {
        for answer in answers(portal).await {
            assert_eq!(answer.header("cache-control"), "no-store", "{answer:?}");
        }
    }

    async fn r29_hsts_is_not_sent_where_the_portal_is_served_without_tls(portal) {
        assert_eq!(portal.browser().flow().await.header("strict-transport-security"), "");
    }

    async fn retry_after_is_what_the_body_says(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        for _ in 0..5 {
            browser.code("000000").await.expect(401);
        }
        let refused = browser.code("000000").await.expect_error(429, "throttled");
        assert_eq!((refused.header("retry-after"), refused.json()["retry_after_s"].as_u64()), ("15", Some(15)));
        portal.advance(14);
        assert_eq!(browser.code("000000").await.expect(429).header("retry-after"), "1");
    }
}
