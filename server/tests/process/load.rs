//! More work than the machine can do at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use futures::future::join_all;
use postern_testkit::{ADA, Answer, Browser, Installation, Server};
use postern_types::route;

/// Two hashes of 19 MiB each and the program, twice.
const MAX_MEMORY_KIB: u64 = 120 * 1024;

/// So many strangers wait for their turn at a time.
const WAITING: usize = 64;

/// A machine that takes longer for all has refused some for the time they would have waited.
const SLOW: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_log_ins_at_once_stay_within_memory_and_leave_health_alone() {
    let portal = Installation::on_sqlite().with_ada();
    let variables = [("POSTERN_TRUSTED_PROXIES", "127.0.0.1"), ("POSTERN_HASH_CONCURRENCY", "2")];
    let server = portal.start_with(&variables).await;
    let over = Arc::new(AtomicBool::new(false));
    let health = tokio::spawn(slowest_health(server.browser(), Arc::clone(&over)));
    let log_ins = async {
        let answers = join_all((0..200).map(|n| log_in(&server, n))).await;
        over.store(true, Ordering::Relaxed);
        answers
    };
    let begun = Instant::now();
    let (answers, memory) = tokio::join!(log_ins, most_memory(&server, &over));
    let took = begun.elapsed();
    let in_time = answers.iter().filter(|answer| answer.status == 200).count();
    assert!(in_time >= WAITING || took > SLOW && in_time > 0, "only {in_time} got in, in {took:?}");
    for answer in answers.into_iter().filter(|answer| answer.status != 200) {
        answer.expect_busy();
    }
    let slow = health.await.unwrap();
    assert!(slow < took / 2, "health took {slow:?} of {took:?}");
    let threads = std::fs::read_dir(format!("/proc/{}/task", server.id())).unwrap().count();
    assert!(memory < MAX_MEMORY_KIB, "{memory} KiB, {threads} threads");
    assert_eq!(server.browser().sign_in(ADA).await.status, 200);
}

async fn log_in(server: &Server, n: usize) -> Answer {
    server.browser().at(&format!("198.51.{}.{}", n / 100, n % 100)).sign_in(ADA).await
}

/// The most memory in use, in KiB.
async fn most_memory(server: &Server, over: &AtomicBool) -> u64 {
    let mut most = 0;
    while !over.load(Ordering::Relaxed) {
        most = most.max(server.memory_kib());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    most
}

/// The slowest answer of both health checks.
async fn slowest_health(mut browser: Browser, over: Arc<AtomicBool>) -> Duration {
    let mut slowest = Duration::ZERO;
    while !over.load(Ordering::Relaxed) {
        for path in ["/health/live", "/health/ready", route::FLOW] {
            let begun = Instant::now();
            browser.get(path).await.expect(200);
            slowest = slowest.max(begun.elapsed());
        }
    }
    slowest
}

#[tokio::test(flavor = "multi_thread")]
async fn parallel_log_ins_of_many_users_get_no_500_on_both_databases() {
    for portal in Installation::on_both().await {
        portal.add_account();
        let emails: Vec<String> = (0..8).map(|n| format!("user{n}@example.com")).collect();
        for email in &emails {
            portal.add_user(email);
        }
        let servers = [portal.start().await, portal.start().await];
        let clients = (0..32).map(async |n| {
            let mut browser = servers[n % 2].browser();
            let signed = browser.sign_in(&emails[n % 8]).await.status;
            [signed, browser.confirm("000000").await.status, browser.flow().await.status].map(|status| status.as_u16())
        });
        for [signed, confirmed, flow] in join_all(clients).await {
            assert_eq!((signed, flow), (200, 200));
            assert!(matches!(confirmed, 401 | 429), "{confirmed}");
        }
    }
}
