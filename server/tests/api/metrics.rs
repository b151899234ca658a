//! The figures for Prometheus: what is counted, and that nobody is named.

use axum::body::Body;
use axum::http::{Method, Request};
use http_body_util::BodyExt;
use openmetrics_parser::openmetrics::parse_openmetrics;
use postern::auth::queue::Caller;
use postern::mail::delivery::deliver_due;
use postern_testkit::{ACCOUNT, ADA, Portal, RFC_6238_KEY, RFC_6238_SECRET, eventually, on_both_databases};
use postern_types::route;
use serde_json::json;
use tower::ServiceExt;

use crate::behind_proxy::{CLIENT, NEWS, WIKI, visiting};
use crate::oidc::scene;
use crate::passkeys::{ada_with_key, step_up};

/// Wrong for `RFC_6238_SECRET` at every time that occurs here.
const WRONG: &str = "000000";

/// What Prometheus gets. A parser that is not ours has accepted it.
pub(crate) async fn figures(portal: &Portal) -> String {
    let request = Request::get("/metrics").body(Body::empty()).unwrap();
    let response = postern::metrics_app(&portal.state).oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    assert_eq!(response.headers()["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let body = response.into_body().collect().await.unwrap().to_bytes();
    let text = String::from_utf8(body.to_vec()).unwrap();
    if let Err(error) = parse_openmetrics(&text) {
        panic!("{error:?}\n{text}");
    }
    text
}

/// The value of a series; `None` if there is none.
fn value(figures: &str, series: &str) -> Option<i64> {
    let line = figures.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '))?;
    Some(line.parse().unwrap())
}

async fn expect(portal: &Portal, expected: &[(&str, i64)]) {
    let figures = figures(portal).await;
    for (series, number) in expected {
        assert_eq!(value(&figures, series), Some(*number), "{series}\n{figures}");
    }
}

#[test]
fn the_parser_of_these_tests_refuses_what_prometheus_would() {
    let good = "# TYPE a counter\n# HELP a A.\na_total 1\n# EOF\n";
    assert!(parse_openmetrics(good).is_ok());
    for (from, to) in
        [("# EOF\n", ""), ("a_total 1", "a_total x"), ("a_total 1", "a 1"), ("a_total 1", "a_total{b=c} 1")]
    {
        assert!(parse_openmetrics(&good.replace(from, to)).is_err(), "{to}");
    }
}

on_both_databases! {
    async fn every_result_of_an_authentication_is_counted_by_its_factor(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.browser().sign_in_with(ADA, "wrong").await.expect(401);
        portal.browser().sign_in("nobody@example.com").await.expect(401);
        let mut browser = portal.ticket(ADA).await;
        browser.code(WRONG).await.expect(401);
        browser.code(&portal.code(RFC_6238_KEY)).await.expect(200);
        expect(portal, &[
            (r#"postern_authentications_total{factor="password",result="wrong_password"}"#, 1),
            (r#"postern_authentications_total{factor="password",result="unknown_user"}"#, 1),
            (r#"postern_authentications_total{factor="password",result="next_factor"}"#, 1),
            (r#"postern_authentications_total{factor="totp",result="wrong_code"}"#, 1),
            (r#"postern_authentications_total{factor="totp",result="signed_in"}"#, 1),
            (r#"postern_authentications_total{factor="passkey",result="signed_in"}"#, 0),
        ]).await;
    }

    async fn a_passkey_is_counted(portal) {
        let (mut browser, key) = ada_with_key(portal).await;
        step_up(&mut browser, &key).await.expect(200);
        expect(portal, &[(r#"postern_authentications_total{factor="passkey",result="stepped_up"}"#, 1)]).await;
    }

    async fn attempts_that_a_limit_refuses_and_disabled_factors_are_counted(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        let mut browser = portal.ticket(ADA).await;
        for _ in 0..5 {
            browser.code(WRONG).await.expect(401);
        }
        browser.code(WRONG).await.expect(429);
        expect(portal, &[
            (r#"postern_refused_attempts_total{limit="code-network"}"#, 1),
            ("postern_disabled_second_factors_total", 0),
        ]).await;
        portal.database.execute("update attempts set failures = 10000 where key like 'code:%'").await;
        portal.ticket(ADA).await.code(WRONG).await.expect_error(403, "second_factor_unusable");
        expect(portal, &[
            (r#"postern_refused_attempts_total{limit="code"}"#, 1),
            ("postern_disabled_second_factors_total", 1),
        ]).await;
    }

    async fn e_mails_are_counted_while_they_wait_and_when_they_leave(portal) {
        portal.add_user_with_secret(ADA, RFC_6238_SECRET).await;
        portal.reset(ADA).await;
        portal.advance(40);
        expect(portal, &[
            ("postern_outbox_mails", 1),
            ("postern_outbox_oldest_age_seconds", 40),
            (r#"postern_mails_total{result="written"}"#, 0),
        ]).await;
        deliver_due(&portal.state).await.unwrap();
        expect(portal, &[
            ("postern_outbox_mails", 0),
            ("postern_outbox_oldest_age_seconds", 0),
            (r#"postern_mails_total{result="written"}"#, 1),
        ]).await;
    }

    async fn answers_to_reverse_proxies_are_counted_with_the_look_ups_that_they_need(portal) {
        let (portal, _, mut visitor) = visiting(portal, "secret: refused /secret\nrest: members /*").await;
        let before = figures(&portal).await;
        visitor.script("nginx", "/").await.expect(200);
        visitor.script("envoy", "/secret").await.expect(403);
        visitor.script("nginx-answer", "/secret").await.expect(403);
        visitor.origin = NEWS;
        visitor.script("traefik", "/").await.expect(400);
        visitor.origin = WIKI;
        visitor.browser.cookies.clear();
        visitor.script("traefik", "/").await.expect(401);
        let after = figures(&portal).await;
        let more = |series: &str| value(&after, series).unwrap() - value(&before, series).unwrap();
        for (series, number) in [
            (r#"postern_forward_auth_checks_total{answer="allowed"}"#, 1),
            (r#"postern_forward_auth_checks_total{answer="refused"}"#, 1),
            (r#"postern_forward_auth_checks_total{answer="unclear"}"#, 1),
            (r#"postern_forward_auth_checks_total{answer="log_in"}"#, 1),
            (r#"postern_forward_auth_checks_total{answer="failed"}"#, 0),
            (r#"postern_cache_lookups_total{cache="application_sessions",result="hit"}"#, 1),
            (r#"postern_http_request_duration_seconds_count{route="/api/forward-auth/nginx",status="2xx"}"#, 1),
            (r#"postern_http_request_duration_seconds_count{route="/api/forward-auth/nginx-answer",status="4xx"}"#, 1),
            (r#"postern_http_request_duration_seconds_count{route="/api/forward-auth/envoy/{*path}",status="4xx"}"#, 1),
            (r#"postern_http_request_duration_seconds_count{route="/api/forward-auth/traefik",status="4xx"}"#, 2),
        ] {
            assert_eq!(more(series), number, "{series}\n{after}");
        }
        assert_eq!(value(&after, r#"postern_cache_entries{cache="application_sessions"}"#), Some(1));
    }

    async fn requests_for_tokens_are_counted(portal) {
        let (rp, mut browser) = scene(portal).await;
        let tokens = rp.tokens(&mut browser).await;
        rp.refresh(tokens["refresh_token"].as_str().unwrap_or("none")).await;
        rp.redeem("nonsense").await.expect(400);
        let figures = figures(portal).await;
        let of = |grant: &str, result: &str| {
            value(&figures, &format!("postern_oidc_token_requests_total{{grant=\"{grant}\",result=\"{result}\"}}"))
        };
        assert_eq!(of("authorization_code", "issued"), Some(1), "{figures}");
        assert_eq!(of("authorization_code", "refused"), Some(1));
        assert_eq!(of("refresh_token", "issued").zip(of("refresh_token", "refused")).map(|(a, b)| a + b), Some(1));
    }

    async fn a_request_is_counted_by_the_template_of_its_route(portal) {
        let mut admin = portal.admin(ACCOUNT, ADA).await;
        let path = admin.path(route::ACCOUNT_USERS);
        admin.browser.get(&path).await.expect(200);
        admin.browser.page("/nothing/here").await.expect(404);
        let count = |route: &str, status: &str| {
            format!("postern_http_request_duration_seconds_count{{route=\"{route}\",status=\"{status}\"}}")
        };
        expect(portal, &[(&count(route::ACCOUNT_USERS, "2xx"), 1), (&count("none", "4xx"), 1)]).await;
    }

    async fn the_queue_for_hashing_shows_who_waits_and_who_works(portal) {
        let stranger = |n: usize| Caller::Stranger { network: format!("network {n}") };
        let mut working = Vec::new();
        for n in 0..4 {
            working.push(portal.state.hasher.admit(stranger(n)).await.unwrap());
        }
        let hasher = portal.state.hasher.clone();
        let waiting = tokio::spawn(async move { hasher.admit(stranger(5)).await.map(drop) });
        let is_waiting = async || portal.state.hasher.queue_now().strangers == 1;
        eventually("the fifth waits", is_waiting).await;
        expect(portal, &[
            (r#"postern_hash_queue_waiting{lane="strangers"}"#, 1),
            (r#"postern_hash_queue_waiting{lane="known"}"#, 0),
            ("postern_hash_queue_working", 4),
            ("postern_hash_queue_refused_total", 0),
        ]).await;
        drop(working);
        waiting.await.unwrap().unwrap();
        expect(portal, &[("postern_hash_queue_working", 0)]).await;
    }

    async fn a_database_that_does_not_answer_is_a_figure_and_the_others_stay(portal) {
        let figures = figures(portal).await;
        assert_eq!(value(&figures, "postern_database_up"), Some(1));
        assert!(value(&figures, r#"postern_database_connections{pool="read",state="idle"}"#).is_some(), "{figures}");
        assert_eq!(value(&figures, "process_start_time_seconds"), Some(postern_testkit::T0));
        assert_eq!(value(&figures, &format!("postern_build_info{{version=\"{}\"}}", env!("CARGO_PKG_VERSION"))), Some(1));
        portal.state.db.close().await;
        let figures = self::figures(portal).await;
        assert_eq!(value(&figures, "postern_database_up"), Some(0));
        assert_eq!(value(&figures, "postern_outbox_mails"), None);
        assert!(value(&figures, "postern_hash_queue_working").is_some());
    }

    async fn nobody_is_named(portal) {
        let (rp, mut browser) = scene(portal).await;
        rp.tokens(&mut browser).await;
        portal.browser().at(CLIENT).sign_in_with(ADA, "wrong").await.expect(401);
        let user = portal.database.texts("select id from users").await.remove(0);
        let account = portal.account_id(ACCOUNT).await;
        browser.get(&route::fill(route::ACCOUNT_USER, &[&account, &user])).await;
        browser.send(Method::POST, route::MY_LOCKDOWN, json!({}).to_string()).await;
        browser.page(&format!("/{ADA}?{ADA}")).await;
        let figures = figures(portal).await;
        for secret in [ADA, "ada", "example.com", ACCOUNT, &user, &account, &rp.id, &rp.application, "Wiki", CLIENT] {
            assert!(!figures.contains(secret), "{secret}\n{figures}");
        }
    }
}
