//! Clients that do not wait for the answer.

use std::io::Write;
use std::thread::{self, sleep};
use std::time::Duration;

use postern_types::route;
use serde_json::json;

use crate::answers::connect;
use crate::browser::{Browser, code, code_in, credentials, wrong_code};
use crate::portal::{ADA, PASSWORD, Portal, Server, eventually};

const PROXIED: [(&str, &str); 1] = [("POSTERN_TRUSTED_PROXIES", "127.0.0.1")];
const COMPARED: &str = "select count(*) from login_history where result = 'wrong_password'";
const COUNTED: &str = "select coalesce(max(failures), 0) from attempts where key like 'user:%'";
const COUNTED_IN_PAIRS: &str =
    "select cast(coalesce(sum(failures), 0) as bigint) from attempts where key like 'pair:%'";

/// Sends a request and closes the connection some milliseconds later.
fn send_and_hang_up(browser: &Browser, path: &str, body: &serde_json::Value, milliseconds: u64) {
    let mut stream = connect(browser.port).unwrap();
    stream.write_all(&browser.request("POST", path, body.to_string().as_bytes())).unwrap();
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

#[test]
fn c49_passwords_whose_clients_hung_up_are_counted_on_both_databases() {
    for portal in Portal::on_both() {
        let portal = portal.with_ada();
        let server = portal.start_with(&PROXIED);
        let wrong = credentials(ADA, "wrong password");
        a_hundred_guesses(|n| {
            let browser = server.browser().at_address(&format!("198.51.100.{n}"));
            send_and_hang_up(&browser, route::SIGN_IN, &wrong, n % 50 + 1);
        });
        let now = || [COUNTED, COUNTED_IN_PAIRS, COMPARED].map(|sql| portal.database.number(sql));
        let mut before = now();
        eventually("counting and comparing come to rest", Duration::from_secs(30), || {
            sleep(Duration::from_millis(700));
            std::mem::replace(&mut before, now()) == before
        });
        let [counted, in_pairs, compared] = now();
        // Those that found every place taken were sent away before anything was compared.
        assert!(counted >= 60, "only {counted} of 100 were counted");
        assert_eq!([counted, counted], [in_pairs, compared], "counted, counted in pairs, compared");
        every_place_is_free_again(&server);
    }
}

#[test]
fn c49_codes_whose_clients_hung_up_are_counted_on_both_databases() {
    for portal in Portal::on_both() {
        let portal = portal.with_ada();
        let server = portal.start();
        let (_, key) = server.set_up(ADA);
        let mut browser = server.browser();
        browser.sign_in(ADA, PASSWORD).expect(200);
        let wrong = json!({"code": wrong_code(&key)});
        a_hundred_guesses(|n| send_and_hang_up(&browser, route::SIGN_IN_CODE, &wrong, n % 50 + 1));
        let compared = "select count(*) from login_history where result = 'wrong_code'";
        let counted = "select coalesce(max(failures), 0) from attempts where key like 'code:%'";
        let now = || [counted, compared].map(|sql| portal.database.number(sql));
        eventually("five are counted and compared", Duration::from_secs(10), || now() == [5, 5]);
        browser.code(&code(&key)).expect_error(429, "throttled");
        assert_eq!(now(), [5, 5], "no more than the free ones are compared");
        portal.database.execute("update attempts set retry_at = 0");
        browser.code(&code_in(&key, 30)).expect(200);
        assert_eq!(browser.flow().step(), "signed_in");
    }
}

/// As many log-ins at once as there are places: none is told that the server is busy.
#[track_caller]
fn every_place_is_free_again(server: &Server) {
    let statuses = thread::scope(|scope| {
        let log_in = |n: usize| server.browser().at_address(&format!("203.0.113.{n}")).sign_in(ADA, PASSWORD).status;
        let clients: Vec<_> = (0..64).map(|n| scope.spawn(move || log_in(n))).collect();
        clients.into_iter().map(|client| client.join().unwrap()).collect::<Vec<_>>()
    });
    assert!(statuses.iter().all(|status| *status == 200), "{statuses:?}");
    assert_eq!(server.browser().get("/health/ready").status, 200);
}
