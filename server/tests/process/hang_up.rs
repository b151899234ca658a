//! Clients that do not wait for the answer.

use std::io::Write;
use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use axum::http::Method;
use futures::future::join_all;
use postern_testkit::authenticator::{code, code_in, wrong_code};
use postern_testkit::{ADA, Browser, Database, Installation, Server, credentials, eventually};
use postern_types::route;
use serde_json::json;

use crate::socket::connect;

const PROXIED: [(&str, &str); 1] = [("POSTERN_TRUSTED_PROXIES", "127.0.0.1")];
const COMPARED: &str = "select count(*) from login_history where result = 'wrong_password'";
const COUNTED: &str = "select cast(coalesce(sum(failures), 0) as bigint) from attempts where key like 'wide-pair:%'";
const COUNTED_IN_PAIRS: &str =
    "select cast(coalesce(sum(failures), 0) as bigint) from attempts where key like 'pair:%'";

/// Sends a request and closes the connection some milliseconds later.
fn send_and_hang_up(port: u16, browser: &Browser, path: &str, body: &serde_json::Value, milliseconds: u64) {
    let mut stream = connect(port);
    stream.write_all(&browser.bytes_of(Method::POST, path, body, port)).unwrap();
    sleep(Duration::from_millis(milliseconds));
}

/// 100 guesses from 10 clients at once, each hanging up after 1 to 50 ms.
fn a_hundred_guesses(guess: impl Fn(u64) + Sync) {
    thread::scope(|scope| {
        for client in 0..10 {
            let guess = &guess;
            scope.spawn(move || (0..10).for_each(|n| guess(client * 10 + n)));
        }
    });
}

async fn counts<const N: usize>(database: &Database, statements: [&str; N]) -> [i64; N] {
    let mut counts = [0; N];
    for (count, sql) in counts.iter_mut().zip(statements) {
        *count = database.count(sql).await;
    }
    counts
}

#[tokio::test(flavor = "multi_thread")]
async fn passwords_whose_clients_hung_up_are_counted_on_both_databases() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let server = portal.start_with(&PROXIED).await;
        let wrong = credentials(ADA, "wrong password");
        a_hundred_guesses(|n| {
            let browser = server.browser().at(&format!("198.51.{n}.1"));
            send_and_hang_up(server.port, &browser, route::SIGN_IN, &wrong, n % 50 + 1);
        });
        let now = async || counts(&portal.database, [COUNTED, COUNTED_IN_PAIRS, COMPARED]).await;
        let mut before = now().await;
        eventually("counting and comparing come to rest", async || {
            tokio::time::sleep(Duration::from_millis(700)).await;
            let last = std::mem::replace(&mut before, now().await);
            last == before
        })
        .await;
        let [counted, in_pairs, compared] = now().await;
        // Those that found every place taken, or would have waited too long on a slow machine, were sent away before anything was compared.
        assert!(counted >= 10, "only {counted} of 100 were counted");
        assert_eq!([counted, counted], [in_pairs, compared], "counted for networks, counted for addresses, compared");
        every_place_is_free_again(&server).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_whose_clients_hung_up_are_counted_on_both_databases() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let server = portal.start().await;
        let (_, key) = server.set_up(ADA).await;
        let mut browser = server.browser();
        browser.sign_in(ADA).await.expect(200);
        let wrong = json!({"code": wrong_code(&key)});
        a_hundred_guesses(|n| send_and_hang_up(server.port, &browser, route::SIGN_IN_CODE, &wrong, n % 50 + 1));
        let compared = "select count(*) from login_history where result = 'wrong_code'";
        let counted = "select coalesce(max(failures), 0) from attempts where key like 'code:%'";
        let now = async || counts(&portal.database, [counted, compared]).await;
        eventually("five are counted and compared", async || now().await == [5, 5]).await;
        browser.code(&code(&key)).await.expect_error(429, "throttled");
        assert_eq!(now().await, [5, 5], "no more than the free ones are compared");
        portal.database.execute("update attempts set retry_at = 0").await;
        browser.code(&code_in(&key, 30)).await.expect(200);
        assert_eq!(browser.flow().await.step(), "signed_in");
    }
}

/// As many log-ins at once as there are places: none is told that the server is busy, unless the machine is too slow to hash that many
/// passwords within the time for which a log-in waits.
async fn every_place_is_free_again(server: &Server) {
    let log_in = async |n| server.browser().at(&format!("203.0.113.{n}")).sign_in(ADA).await.status;
    let begun = Instant::now();
    let statuses = join_all((0..64).map(log_in)).await;
    let is_slow = begun.elapsed() > Duration::from_secs(5);
    assert!(is_slow || statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(server.browser().get("/health/ready").await.status, 200);
}
