//! Stops and restarts that nobody notices.

use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use crate::browser::code_in;
use crate::portal::{ADA, PASSWORD, Portal};

/// Above the server's own grace of 10 s.
const LIMIT: Duration = Duration::from_secs(15);

#[test]
fn sigterm_lets_running_log_ins_finish_and_exits_with_0() {
    for (portal, signal) in Portal::on_both().into_iter().zip(["TERM", "INT"]) {
        let portal = portal.with_ada();
        // One hash after the other, so that most of them wait when the signal comes.
        let mut server =
            portal.start_with(&[("POSTERN_HASH_CONCURRENCY", "1"), ("POSTERN_TRUSTED_PROXIES", "127.0.0.1")]);
        thread::scope(|scope| {
            let clients: Vec<_> = (0..40)
                .map(|n| {
                    let mut browser = server.browser().at_address(&format!("198.51.100.{n}"));
                    scope.spawn(move || browser.sign_in(ADA, PASSWORD))
                })
                .collect();
            sleep(Duration::from_millis(150));
            server.signal(signal);
            let waited = clients.iter().filter(|client| !client.is_finished()).count();
            assert!(waited > 2, "all log-ins were over before the signal");
            for client in clients {
                assert_eq!(client.join().unwrap().expect(200).step(), "set_up");
            }
        });
        let status = server.wait(LIMIT);
        assert_eq!(status.code(), Some(0), "{}", server.log());
        assert_eq!(portal.database.number("select count(*) from sessions"), 40);
    }
}

#[test]
fn an_idle_or_slow_connection_does_not_hold_up_the_stop_for_long() {
    let portal = Portal::on_sqlite();
    let mut server = portal.start();
    let idle = crate::answers::connect(server.port).unwrap();
    let begun = Instant::now();
    server.signal("TERM");
    assert_eq!(server.wait(LIMIT).code(), Some(0), "{}", server.log());
    assert!(begun.elapsed() < LIMIT);
    drop(idle);
}

#[test]
fn sessions_survive_a_restart_on_both_databases() {
    for portal in Portal::on_both() {
        let portal = portal.with_ada();
        portal.add_user("bo@example.com");
        let mut server = portal.start();
        let (mut full, key) = server.set_up(ADA);
        let (mut pending, mut begun) = (server.browser(), server.browser());
        assert_eq!(pending.sign_in(ADA, PASSWORD).expect(200).step(), "code");
        let shown = begun.sign_in("bo@example.com", PASSWORD).expect(200).json();
        server.signal("TERM");
        assert_eq!(server.wait(LIMIT).code(), Some(0));
        let server = portal.start();
        for browser in [&mut full, &mut pending, &mut begun] {
            *browser = browser.moved_to(server.port);
        }
        assert_eq!(full.flow().step(), "signed_in");
        assert_eq!(begun.flow().json()["security_key"], shown["security_key"]);
        assert_eq!(pending.flow().step(), "code");
        assert_eq!(pending.code(&code_in(&key, 30)).expect(200).step(), "signed_in");
    }
}

#[test]
fn c45_waits_after_wrong_codes_survive_a_restart() {
    let portal = Portal::on_sqlite().with_ada();
    let mut server = portal.start();
    let (_, key) = server.set_up(ADA);
    let mut browser = server.browser();
    browser.sign_in(ADA, PASSWORD).expect(200);
    let wrong = crate::browser::wrong_code(&key);
    (0..5).for_each(|_| drop(browser.code(&wrong).expect_error(401, "invalid_code")));
    server.kill();
    let server = portal.start();
    let mut browser = browser.moved_to(server.port);
    browser.code(&code_in(&key, 30)).expect_error(429, "throttled");
}

#[test]
fn a_log_whose_reader_is_gone_does_not_harm_log_ins() {
    let portal = Portal::on_sqlite().with_ada();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut server =
        portal.launch_logging_to(portal.command(&["serve"]), &[("POSTERN_LOG_LEVEL", "debug")], writer.into());
    server.wait_until_ready();
    drop(reader);
    let statuses: Vec<u16> = (0..4).map(|_| server.browser().sign_in(ADA, PASSWORD).status).collect();
    assert_eq!(statuses, [200; 4]);
}

#[test]
fn a_log_whose_reader_is_gone_does_not_hold_up_the_stop() {
    let portal = Portal::on_sqlite();
    let (reader, writer) = std::io::pipe().unwrap();
    let mut server = portal.launch_logging_to(portal.command(&["serve"]), &[], writer.into());
    server.wait_until_ready();
    drop(reader);
    server.signal("TERM");
    assert_eq!(server.wait(LIMIT).code(), Some(0));
}
