//! Logs for programs.

use std::time::Duration;

use postern_testkit::authenticator::wrong_code;
use postern_testkit::{ADA, Installation, Server, eventually};
use serde_json::Value;

#[tokio::test(flavor = "multi_thread")]
async fn every_line_of_a_json_log_is_a_json_object() {
    let portal = Installation::on_sqlite();
    let mut server =
        portal.launch(portal.command(&["serve", "--set", "log_format=json", "--set", "log_level=trace"]), &[]);
    server.wait_until_ready().await;
    portal.add_account();
    portal.add_user(ADA);
    let (mut browser, key) = server.set_up(ADA).await;
    browser.headers.push(("user-agent", "two\tparts \"quoted\"".to_owned()));
    browser.sign_in("line\nbreak").await.expect(401);
    browser.sign_in(ADA).await.expect(200);
    browser.code(&wrong_code(&key)).await.expect(401);
    server.signal("TERM");
    server.wait(Duration::from_secs(15));
    let log = server.log();
    let lines: Vec<Value> =
        log.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no JSON: {line}"))).collect();
    assert!(lines.iter().all(|line| line["timestamp"].is_string() && line["level"].is_string()), "{log}");
    let results: Vec<&str> = lines.iter().filter_map(|line| line["result"].as_str()).collect();
    assert_eq!(results, ["next_factor", "set_up", "unknown_user", "next_factor", "wrong_code"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_is_opened_at_another_address_says_once_which_setting_to_change() {
    let portal = Installation::on_sqlite().with_ada();
    let server = portal.start().await;
    for _ in 0..2 {
        let mut browser = server.browser();
        // What browsers send over plain HTTP.
        browser.headers.push(("sec-fetch-site", String::new()));
        browser.headers.push(("origin", "http://portal.example:8080".to_owned()));
        browser.sign_in(ADA).await.expect_error(403, "forbidden");
    }
    let lines: Vec<String> =
        server.log().lines().filter(|line| line.contains("server.public_url")).map(String::from).collect();
    assert!(lines.len() == 1 && lines[0].contains("http://portal.example:8080"), "{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn r30_every_result_is_logged_with_who_where_and_which_factor() {
    let portal = Installation::on_sqlite().with_ada();
    let server = portal.start_with(&[("POSTERN_LOG_FORMAT", "json"), ("POSTERN_TRUSTED_PROXIES", "127.0.0.1")]).await;
    server.browser().at("198.51.100.9").sign_in_with(ADA, "wrong password").await.expect(401);
    let id = portal.database.texts("select id from users").await.remove(0);
    let is_there = async || {
        server.log().lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).any(|line| {
            (line["user"].as_str(), line["address"].as_str()) == (Some(&*id), Some("198.51.100.9"))
                && (line["factor"].as_str(), line["result"].as_str()) == (Some("password"), Some("wrong_password"))
        })
    };
    eventually("the line is there", is_there).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_level_that_cannot_be_read_is_refused_and_error_is_silent() {
    let portal = Installation::on_sqlite();
    let server = portal.start_with(&[("POSTERN_LOG_LEVEL", "error")]).await;
    assert_eq!(server.log(), "");
    let text = portal.refused(&["serve", "--set", "log_level=postern=loudest"]);
    assert!(text.contains("log_level"), "{text}");
}

/// The lines of a log in JSON with this message.
fn lines(server: &Server, message: &str) -> Vec<Value> {
    let log = server.log();
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    lines.filter(|line| line["message"] == message).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_logged_once_a_minute_with_who_where_and_why_and_without_what_was_sent() {
    let portal = Installation::on_sqlite().with_ada();
    let server = portal.start_with(&[("POSTERN_LOG_FORMAT", "json"), ("POSTERN_TRUSTED_PROXIES", "127.0.0.1")]).await;
    let (ada, _) = server.set_up(ADA).await;
    let mut ada = ada.at("198.51.100.9");
    for _ in 0..3 {
        ada.get("/api/accounts/of-somebody/users?search=SECRET").await.expect(404);
    }
    let mut page_of_others = server.browser().at("198.51.100.10");
    page_of_others.headers.push(("sec-fetch-site", "cross-site".to_owned()));
    page_of_others.headers.push(("origin", "https://evil.example/SECRET".to_owned()));
    page_of_others.sign_in_with(ADA, "SECRET").await.expect(403);
    let id = portal.database.texts("select id from users").await.remove(0);
    let shown = |line: &Value| {
        ["user", "address", "method", "path", "reason"].map(|field| line[field].as_str().unwrap().to_owned())
    };
    let refusals: Vec<_> = lines(&server, "a request was refused").iter().map(shown).collect();
    assert_eq!(
        refusals,
        [
            [&*id, "198.51.100.9", "GET", "/api/accounts/{account}/users", "not_found"],
            ["unknown", "198.51.100.10", "POST", "/api/sign-in", "forbidden"],
        ]
    );
    assert!(lines(&server, "a request was refused").iter().all(|line| !line.to_string().contains("SECRET")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_recorded_is_also_logged_unless_the_level_leaves_it_out() {
    for (level, is_logged) in [("info", true), ("info,postern::record=off", false)] {
        let portal = Installation::on_sqlite().with_ada();
        let server = portal.start_with(&[("POSTERN_LOG_FORMAT", "json"), ("POSTERN_LOG_LEVEL", level)]).await;
        server.set_up(ADA).await;
        let recorded =
            portal.database.texts("select what from events where actor = 'ada@example.com' order by what").await;
        assert!(!recorded.is_empty());
        let mut logged: Vec<_> = lines(&server, "event").into_iter().filter(|line| line["actor"] == ADA).collect();
        assert!(logged.iter().all(|line| line["address"] == "127.0.0.1" && line["account"].is_string()), "{logged:?}");
        logged.sort_by_key(|line| line["what"].to_string());
        let logged: Vec<_> = logged.iter().map(|line| line["what"].as_str().unwrap()).collect();
        assert_eq!(logged, if is_logged { recorded } else { Vec::new() });
    }
}
