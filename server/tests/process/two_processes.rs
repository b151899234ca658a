//! Two servers on one database.

use std::time::Duration;

use futures::future::join_all;
use postern_testkit::authenticator::{code, code_in};
use postern_testkit::{ADA, Browser, Installation, within};
use postern_types::route;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn of_20_right_codes_at_two_processes_exactly_one_gets_in() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let servers = [portal.start().await, portal.start().await];
        let (_, key) = servers[0].set_up(ADA).await;
        let mut browsers: Vec<Browser> = (0..20).map(|n| servers[n % 2].browser()).collect();
        for browser in &mut browsers {
            assert_eq!(browser.sign_in(ADA).await.expect(200).step(), "code");
        }
        let code = code_in(&key, 30);
        let submit = async |browser: &mut Browser| browser.code(&code).await.status.as_u16();
        let statuses = join_all(browsers.iter_mut().map(submit)).await;
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| matches!(status, 200 | 401 | 429)), "{statuses:?}");
        let full = portal.database.count("select count(*) from sessions where authenticated_at is not null").await;
        assert_eq!(full, 2, "the set-up's session and one more");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_begun_at_one_process_is_reloaded_and_confirmed_at_the_other() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let servers = [portal.start().await, portal.start().await];
        let mut browser = servers[0].browser();
        let begun = browser.sign_in(ADA).await.expect(200).json();
        let mut moved = browser.moved_to(&servers[1]);
        let reloaded = moved.flow().await.json();
        assert_eq!(begun["step"], "set_up");
        assert_eq!(begun["security_key"], reloaded["security_key"]);
        let key = begun["security_key"].as_str().unwrap();
        assert_eq!(moved.confirm(&code(key)).await.expect(200).step(), "recovery_codes");
        is_out(browser).await;
        assert_eq!(moved.moved_to(&servers[0]).flow().await.step(), "recovery_codes");
    }
}

/// Waits until a session is known to have ended, as it must be within two seconds.
async fn is_out(mut browser: Browser) {
    let is_out = async || browser.flow().await.step() == "credentials";
    within("the session has ended here too", Duration::from_secs(2), is_out).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_or_locking_at_one_process_is_true_at_the_other_within_two_seconds() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let servers = [portal.start().await, portal.start().await];
        let (mut browser, key) = servers[0].set_up(ADA).await;
        let mut other = browser.moved_to(&servers[1]);
        assert_eq!(other.flow().await.step(), "signed_in");
        let mut copy = browser.clone();
        browser.post(route::SIGN_OUT, json!({})).await.expect(200);
        assert_eq!(copy.flow().await.step(), "credentials", "at once where it happened");
        is_out(other).await;

        let mut again = servers[1].browser();
        again.sign_in(ADA).await.expect(200);
        again.code(&code_in(&key, 30)).await.expect(200);
        let mut elsewhere = again.moved_to(&servers[0]);
        assert_eq!(elsewhere.flow().await.step(), "signed_in");
        portal.run(&["user", "lock", ADA]);
        is_out(elsewhere).await;
        is_out(again).await;
    }
}
