//! More work than the machine can do at once.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use crate::browser::credentials;
use crate::portal::{ADA, PASSWORD, Portal, Server, expect_busy};
use postern_types::route;

/// Two hashes of 19 MiB each and the program, twice.
const MAX_MEMORY_KIB: u64 = 120 * 1024;

#[test]
fn c98_200_log_ins_at_once_stay_within_memory_and_leave_health_alone() {
    let portal = Portal::on_sqlite().with_ada();
    let variables = [("POSTERN_TRUSTED_PROXIES", "127.0.0.1"), ("POSTERN_HASH_CONCURRENCY", "2")];
    let server = portal.start_with(&variables);
    let (over, most_memory) = (AtomicBool::new(false), AtomicU64::new(0));
    thread::scope(|scope| {
        let memory = scope.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                most_memory.fetch_max(server.memory_kib(), Ordering::Relaxed);
                sleep(Duration::from_millis(5));
            }
        });
        let health = scope.spawn(|| health_while(&server, &over));
        let clients: Vec<_> = (0..200)
            .map(|n| {
                let mut browser = server.browser().at_address(&format!("198.51.{}.{}", n / 100, n % 100));
                scope.spawn(move || browser.try_post(route::SIGN_IN, &credentials(ADA, PASSWORD)).unwrap())
            })
            .collect();
        let answers: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
        over.store(true, Ordering::Relaxed);
        memory.join().unwrap();
        let in_time = answers.iter().filter(|answer| answer.status == 200).count();
        assert!(in_time >= 64, "only {in_time} got in");
        answers.into_iter().filter(|answer| answer.status != 200).for_each(expect_busy);
        let slow = health.join().unwrap();
        assert!(slow < Duration::from_secs(1), "health took {slow:?}");
    });
    let memory = most_memory.load(Ordering::Relaxed);
    let threads = std::fs::read_dir(format!("/proc/{}/task", server.id())).unwrap().count();
    assert!(memory < MAX_MEMORY_KIB, "{memory} KiB, {threads} threads");
    assert_eq!(server.browser().sign_in(ADA, PASSWORD).status, 200);
}

/// The slowest answer of both health checks.
fn health_while(server: &Server, over: &AtomicBool) -> Duration {
    let mut slowest = Duration::ZERO;
    while !over.load(Ordering::Relaxed) {
        for path in ["/health/live", "/health/ready", route::FLOW] {
            let begun = Instant::now();
            server.browser().get(path).expect(200);
            slowest = slowest.max(begun.elapsed());
        }
    }
    slowest
}

#[test]
fn c100_c101_parallel_log_ins_of_many_users_get_no_500_on_both_databases() {
    for portal in Portal::on_both() {
        portal.add_account();
        let emails: Vec<String> = (0..8).map(|n| format!("user{n}@example.com")).collect();
        emails.iter().for_each(|email| portal.add_user(email));
        let servers = [portal.start(), portal.start()];
        let statuses = thread::scope(|scope| {
            let clients: Vec<_> = (0..32)
                .map(|n| {
                    let (server, email) = (&servers[n % 2], &emails[n % 8]);
                    scope.spawn(move || {
                        let mut browser = server.browser();
                        let signed = browser.sign_in(email, PASSWORD).status;
                        [signed, browser.confirm("000000").status, browser.flow().status]
                    })
                })
                .collect();
            clients.into_iter().map(|client| client.join().unwrap()).collect::<Vec<_>>()
        });
        for [signed, confirmed, flow] in statuses {
            assert_eq!((signed, flow), (200, 200));
            assert!(matches!(confirmed, 401 | 429), "{confirmed}");
        }
    }
}
