//! Two servers on one database.

use std::sync::Barrier;
use std::thread;

use postern_types::route;
use serde_json::json;

use crate::browser::{Browser, code, code_in};
use crate::portal::{ADA, PASSWORD, Portal};

#[test]
fn c35_of_20_right_codes_at_two_processes_exactly_one_gets_in() {
    for portal in Portal::on_both() {
        let portal = portal.with_ada();
        let servers = [portal.start(), portal.start()];
        let (_, key) = servers[0].set_up(ADA);
        let mut browsers: Vec<Browser> = (0..20).map(|n| servers[n % 2].browser()).collect();
        for browser in &mut browsers {
            assert_eq!(browser.sign_in(ADA, PASSWORD).expect(200).step(), "code");
        }
        let (code, together) = (code_in(&key, 30), Barrier::new(browsers.len()));
        let statuses = thread::scope(|scope| {
            let submit = |mut browser: Browser| {
                together.wait();
                browser.code(&code).status
            };
            let clients: Vec<_> = browsers.into_iter().map(|browser| scope.spawn(move || submit(browser))).collect();
            clients.into_iter().map(|client| client.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 200 | 401 | 429)), "{statuses:?}");
        let full = portal.database.number("select count(*) from sessions where authenticated_at is not null");
        assert_eq!(full, 2, "the set-up's session and one more");
    }
}

#[test]
fn c12_a_set_up_begun_at_one_process_is_reloaded_and_confirmed_at_the_other() {
    for portal in Portal::on_both() {
        let portal = portal.with_ada();
        let servers = [portal.start(), portal.start()];
        let mut browser = servers[0].browser();
        let begun = browser.sign_in(ADA, PASSWORD).expect(200).json();
        let mut moved = browser.moved_to(servers[1].port);
        let reloaded = moved.flow().json();
        assert_eq!(begun["step"], "set_up");
        assert_eq!(begun["security_key"], reloaded["security_key"]);
        let key = begun["security_key"].as_str().unwrap();
        assert_eq!(moved.confirm(&code(key)).expect(200).step(), "signed_in");
        assert_eq!(browser.flow().step(), "credentials", "the token from before the code is dead everywhere");
        assert_eq!(moved.moved_to(servers[0].port).flow().step(), "signed_in");
    }
}

#[test]
fn c74_signing_out_or_locking_at_one_process_is_at_once_true_at_the_other() {
    for portal in Portal::on_both() {
        let portal = portal.with_ada();
        let servers = [portal.start(), portal.start()];
        let (mut browser, key) = servers[0].set_up(ADA);
        let mut other = browser.moved_to(servers[1].port);
        assert_eq!(other.flow().step(), "signed_in");
        browser.post(route::SIGN_OUT, &json!({})).expect(200);
        assert_eq!(other.flow().step(), "credentials");

        let mut again = servers[1].browser();
        again.sign_in(ADA, PASSWORD).expect(200);
        again.code(&code_in(&key, 30)).expect(200);
        let mut elsewhere = again.moved_to(servers[0].port);
        assert_eq!(elsewhere.flow().step(), "signed_in");
        portal.run(&["user", "lock", ADA]);
        assert_eq!(elsewhere.flow().step(), "credentials");
        assert_eq!(again.flow().step(), "credentials");
    }
}
