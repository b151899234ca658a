//! Logs for programs.

use std::time::Duration;

use postern_testkit::authenticator::wrong_code;
use postern_testkit::{ADA, Installation, eventually};
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
