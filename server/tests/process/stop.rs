//! Stops and restarts that nobody notices.

use std::time::{Duration, Instant};

use postern_testkit::authenticator::{code_in, wrong_code};
use postern_testkit::{ADA, Installation};

use crate::socket::connect;

/// Above the server's own grace of 10 s.
const LIMIT: Duration = Duration::from_secs(15);

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_lets_running_log_ins_finish_and_exits_with_0() {
    for (portal, signal) in Installation::on_both().await.into_iter().zip(["TERM", "INT"]) {
        let portal = portal.with_ada();
        // One hash after the other, so that most of them wait when the signal comes.
        let mut server =
            portal.start_with(&[("POSTERN_HASH_CONCURRENCY", "1"), ("POSTERN_TRUSTED_PROXIES", "127.0.0.1")]).await;
        let log_in = |n| {
            let mut browser = server.browser().at(&format!("198.51.100.{n}"));
            tokio::spawn(async move { browser.sign_in(ADA).await })
        };
        let clients: Vec<_> = (0..40).map(log_in).collect();
        tokio::time::sleep(Duration::from_millis(150)).await;
        server.signal(signal);
        let waited = clients.iter().filter(|client| !client.is_finished()).count();
        assert!(waited > 2, "all log-ins were over before the signal");
        for client in clients {
            assert_eq!(client.await.unwrap().expect(200).step(), "set_up");
        }
        let status = server.wait(LIMIT);
        assert_eq!(status.code(), Some(0), "{}", server.log());
        assert_eq!(portal.database.count("select count(*) from sessions").await, 40);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idle_or_slow_connection_does_not_hold_up_the_stop_for_long() {
    let portal = Installation::on_sqlite();
    let mut server = portal.start().await;
    let idle = connect(server.port);
    let begun = Instant::now();
    server.signal("TERM");
    assert_eq!(server.wait(LIMIT).code(), Some(0), "{}", server.log());
    assert!(begun.elapsed() < LIMIT);
    drop(idle);
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_survive_a_restart_on_both_databases() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        portal.add_user("bo@example.com");
        let mut server = portal.start().await;
        let (mut full, key) = server.set_up(ADA).await;
        let (mut pending, mut begun) = (server.browser(), server.browser());
        assert_eq!(pending.sign_in(ADA).await.expect(200).step(), "code");
        let shown = begun.sign_in("bo@example.com").await.expect(200).json();
        server.signal("TERM");
        assert_eq!(server.wait(LIMIT).code(), Some(0));
        let server = portal.start().await;
        for browser in [&mut full, &mut pending, &mut begun] {
            *browser = browser.moved_to(&server);
        }
        assert_eq!(full.flow().await.step(), "signed_in");
        assert_eq!(begun.flow().await.json()["security_key"], shown["security_key"]);
        assert_eq!(pending.flow().await.step(), "code");
        assert_eq!(pending.code(&code_in(&key, 30)).await.expect(200).step(), "signed_in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn waits_after_wrong_codes_survive_a_restart() {
    let portal = Installation::on_sqlite().with_ada();
    let mut server = portal.start().await;
    let (_, key) = server.set_up(ADA).await;
    let mut browser = server.browser();
    browser.sign_in(ADA).await.expect(200);
    let wrong = wrong_code(&key);
    for _ in 0..5 {
        browser.code(&wrong).await.expect_error(401, "invalid_code");
    }
    server.kill();
    let server = portal.start().await;
    let mut browser = browser.moved_to(&server);
    browser.code(&code_in(&key, 30)).await.expect_error(429, "throttled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_reader_is_gone_does_not_harm_log_ins() {
    let portal = Installation::on_sqlite().with_ada();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut server =
        portal.launch_logging_to(portal.command(&["serve"]), &[("POSTERN_LOG_LEVEL", "debug")], writer.into());
    server.wait_until_ready().await;
    drop(reader);
    for _ in 0..4 {
        server.browser().sign_in(ADA).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_reader_is_gone_does_not_hold_up_the_stop() {
    let portal = Installation::on_sqlite();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut server = portal.launch_logging_to(portal.command(&["serve"]), &[], writer.into());
    server.wait_until_ready().await;
    drop(reader);
    server.signal("TERM");
    assert_eq!(server.wait(LIMIT).code(), Some(0));
}
