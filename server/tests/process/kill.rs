//! Power cuts: SIGKILL at random moments of set-up, log-in, and new recovery codes.

use std::time::Duration;

use postern::auth::token::random_id;
use postern::config::DatabaseUrl;
use postern_testkit::authenticator::{code, code_in};
use postern_testkit::{Browser, Installation, PASSWORD, Server, credentials};
use postern_types::route;
use serde_json::json;
use tokio::sync::watch;

/// What a client knows of the answers that it received.
#[derive(Debug, Default)]
struct Received {
    /// The browser after the last complete answer, and the step that this answer told.
    last: Option<(Browser, String)>,
    /// The security key that was shown.
    key: Option<String>,
    /// The confirmation of the set-up was answered.
    confirmed: bool,
    /// The recovery codes that were shown last.
    recovery_codes: Vec<String>,
    /// New ones were requested, and may have been made.
    requested_new_codes: bool,
    /// The whole story was answered.
    complete: bool,
}

/// Requests of a story.
const REQUESTS: u32 = 6;
/// About what the slowest of them takes.
const LONGEST_REQUEST: Duration = Duration::from_millis(100);

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_nothing_is_lost_or_half_done_on_sqlite() {
    kill_rounds(&Installation::on_sqlite(), 40).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_nothing_is_lost_or_half_done_on_postgres() {
    kill_rounds(&Installation::on_postgres().await, 16).await;
}

async fn kill_rounds(portal: &Installation, rounds: u32) {
    portal.add_account();
    let mut server = portal.start().await;
    let (mut before_set_up, mut interrupted) = (0, 0);
    for round in 0..rounds {
        let email = format!("user{round}@example.com");
        portal.add_user(&email);
        let (stage, mut reached) = watch::channel(0);
        let client = tokio::spawn(story(server.browser(), email.clone(), stage));
        reached.wait_for(|stage| *stage > round % REQUESTS).await.unwrap();
        // Somewhere in the request, or shortly after it.
        let chance = u32::from_str_radix(&random_id()[..4], 16).unwrap();
        tokio::time::sleep(LONGEST_REQUEST * chance / 0xffff).await;
        server.kill();
        let received = client.await.unwrap();
        before_set_up += u32::from(!received.confirmed);
        interrupted += u32::from(!received.complete);
        check_rows(portal, &received).await;
        server = portal.start().await;
        check_last_answer(&server, &received).await;
        go_on_to_the_end(portal, &server, &email, &received).await;
    }
    assert!(before_set_up > rounds / 5, "{before_set_up} kills of {rounds} came before the set-up was confirmed");
    assert!(interrupted - before_set_up > rounds / 10, "{interrupted} of {rounds} came within the story");
}

/// A first log-in with its set-up, then a log-in from another browser, which makes new recovery codes; ends where the server does.
async fn story(browser: Browser, email: String, stage: watch::Sender<u32>) -> Received {
    let mut received = Received::default();
    drop(tell(browser, &email, &stage, &mut received).await);
    received
}

async fn tell(
    mut browser: Browser,
    email: &str,
    stage: &watch::Sender<u32>,
    received: &mut Received,
) -> std::io::Result<()> {
    let mut other = browser.clone();
    stage.send_replace(1);
    let answer = browser.try_post(route::SIGN_IN, credentials(email, PASSWORD)).await?.expect(200);
    let key = answer.json()["security_key"].as_str().unwrap().to_owned();
    received.key = Some(key.clone());
    received.last = Some((browser.clone(), answer.step()));
    stage.send_replace(2);
    let answer = browser.try_post(route::SET_UP_CONFIRM, json!({"code": code(&key)})).await?.expect(200);
    received.confirmed = true;
    received.recovery_codes = answer.recovery_codes();
    received.last = Some((browser.clone(), answer.step()));
    stage.send_replace(3);
    let answer = browser.try_post(route::RECOVERY_CODES_SAVED, json!({})).await?.expect(200);
    received.last = Some((browser.clone(), answer.step()));
    stage.send_replace(4);
    let answer = other.try_post(route::SIGN_IN, credentials(email, PASSWORD)).await?.expect(200);
    received.last = Some((other.clone(), answer.step()));
    stage.send_replace(5);
    let answer = other.try_post(route::SIGN_IN_CODE, json!({"code": code_in(&key, 30)})).await?.expect(200);
    received.last = Some((other.clone(), answer.step()));
    received.requested_new_codes = true;
    stage.send_replace(6);
    let answer = other.try_post(route::MY_RECOVERY_CODES, json!({})).await?.expect(200);
    received.recovery_codes = answer.recovery_codes();
    received.complete = true;
    Ok(())
}

/// Before anybody repairs anything.
async fn check_rows(portal: &Installation, received: &Received) {
    if let DatabaseUrl::Sqlite(_) = &portal.database.url {
        assert_eq!(portal.database.texts("pragma integrity_check").await, ["ok"]);
    }
    let half = "select count(*) from users u left join totp_factors f on f.user_id = u.id
        where (u.two_factor_since is null) <> (f.user_id is null)";
    assert_eq!(portal.database.count(half).await, 0, "a half-active factor");
    let without_factor = "select count(*) from sessions s left join totp_factors f on f.user_id = s.user_id
        where s.authenticated_at is not null and f.user_id is null";
    assert_eq!(portal.database.count(without_factor).await, 0, "a full session without a factor");
    let left_over = "select count(*) from pending_totp_factors p join totp_factors f on f.user_id = p.user_id";
    assert_eq!(portal.database.count(left_over).await, 0, "a set-up beside an active factor");
    let half_a_set =
        "select count(*) from (select user_id from recovery_codes group by user_id having count(*) <> 10) half";
    assert_eq!(portal.database.count(half_a_set).await, 0, "half a set of recovery codes");
    if received.confirmed {
        assert!(portal.database.count("select count(*) from totp_factors where last_step > 0").await > 0);
    }
}

/// What was answered is still so.
async fn check_last_answer(server: &Server, received: &Received) {
    let Some((browser, step)) = &received.last else { return };
    let mut browser = browser.moved_to(server);
    let flow = browser.flow().await;
    match (step.as_str(), flow.step().as_str()) {
        (told, now) if told == now => {}
        // The next request was carried out, and its answer lost: the old cookie is dead.
        ("set_up" | "code", "credentials") | ("recovery_codes", "signed_in") => {}
        (told, now) => panic!("{told} was answered, but after the restart it is {now}"),
    }
    if flow.step() == "set_up" {
        assert_eq!(flow.json()["security_key"].as_str(), received.key.as_deref());
    }
}

async fn go_on_to_the_end(portal: &Installation, server: &Server, email: &str, received: &Received) {
    let mut browser = server.browser();
    let answer = browser.sign_in(email).await.expect(200);
    match answer.step().as_str() {
        "set_up" => {
            assert!(!received.confirmed, "the confirmed factor is lost");
            let key = answer.json()["security_key"].as_str().unwrap().to_owned();
            browser.confirm(&code(&key)).await.expect(200);
            browser.save_recovery_codes().await;
        }
        "code" => {
            let key = received.key.as_ref().expect("a factor whose key was never shown");
            // The code of this moment may be used already; a person would wait for the next one.
            portal.database.execute("update totp_factors set last_step = last_step - 10").await;
            browser.code(&code(key)).await.expect(200);
            if browser.step().await == "recovery_codes" {
                // Nobody had said that the first set was saved, so there is a new one.
                let codes = browser.save_recovery_codes().await;
                return check_recovery_code(portal, server, email, &codes[0], true).await;
            }
        }
        step => panic!("unexpected step {step}"),
    }
    assert_eq!(browser.flow().await.step(), "signed_in");
    if let Some(shown) = received.recovery_codes.first() {
        let is_certain = received.complete || !received.requested_new_codes;
        check_recovery_code(portal, server, email, shown, is_certain).await;
    }
}

/// A code that was shown works, once, unless new ones were made and their answer lost.
async fn check_recovery_code(portal: &Installation, server: &Server, email: &str, shown: &str, is_certain: bool) {
    let mut statuses = Vec::new();
    for _ in 0..2 {
        let mut browser = server.browser();
        browser.sign_in(email).await.expect(200);
        statuses.push(browser.recovery_code(shown).await.status.as_u16());
    }
    assert!(statuses == [200, 401] || !is_certain && statuses == [401, 401], "{statuses:?}");
    // The next round looks for half sets.
    portal.database.execute("delete from recovery_codes").await;
}
