//! Power cuts: SIGKILL at random moments of set-up and log-in.

use std::thread::{self, sleep};
use std::time::{Duration, Instant};

use postern::auth::token::random_id;
use postern_types::route;
use serde_json::json;

use crate::browser::{Browser, code, code_in, credentials};
use crate::database::Database;
use crate::portal::{PASSWORD, Portal, Server};

/// What a client knows of the answers that it received.
#[derive(Debug, Default)]
struct Received {
    /// The browser after the last complete answer, and the step that this answer told.
    last: Option<(Browser, String)>,
    /// The security key that was shown.
    key: Option<String>,
    /// The confirmation of the set-up was answered.
    confirmed: bool,
    /// The code of the second log-in was answered.
    logged_in: bool,
}

#[test]
fn c13_after_a_kill_at_any_moment_nothing_is_lost_or_half_done_on_sqlite() {
    kill_rounds(&Portal::on_sqlite(), 40);
}

#[test]
fn c13_after_a_kill_at_any_moment_nothing_is_lost_or_half_done_on_postgres() {
    kill_rounds(&Portal::on_postgres(), 16);
}

fn kill_rounds(portal: &Portal, rounds: u32) {
    portal.add_account();
    let mut server = portal.start();
    let whole = time_of_a_story(portal, &server);
    let (mut before_set_up, mut interrupted) = (0, 0);
    for round in 0..rounds {
        let email = format!("user{round}@example.com");
        portal.add_user(&email);
        let browser = server.browser();
        let client = thread::spawn({
            let email = email.clone();
            move || story(browser, &email)
        });
        // Evenly over the story, with a little chance.
        let chance = u32::from_str_radix(&random_id()[..4], 16).unwrap();
        sleep(whole * round / rounds + whole / rounds * chance / 0xffff);
        server.kill();
        let received = client.join().unwrap();
        before_set_up += u32::from(!received.confirmed);
        interrupted += u32::from(!received.logged_in);
        check_rows(portal, &received);
        server = portal.start();
        check_last_answer(&server, &received);
        go_on_to_the_end(portal, &server, &email, &received);
    }
    assert!(before_set_up > rounds / 5, "{before_set_up} kills of {rounds} came before the set-up was confirmed");
    assert!(interrupted - before_set_up > rounds / 10, "{interrupted} of {rounds} came within the story");
}

/// How long it takes here and now; the first one warms up.
fn time_of_a_story(portal: &Portal, server: &Server) -> Duration {
    let mut time = Duration::ZERO;
    for email in ["first@example.com", "second@example.com", "third@example.com"] {
        portal.add_user(email);
        let begun = Instant::now();
        assert!(story(server.browser(), email).logged_in);
        time = begun.elapsed();
    }
    time
}

/// A first log-in with its set-up, then a log-in from another browser; ends where the server does.
fn story(mut browser: Browser, email: &str) -> Received {
    let mut received = Received::default();
    drop(tell(&mut browser, email, &mut received));
    received
}

fn tell(browser: &mut Browser, email: &str, received: &mut Received) -> std::io::Result<()> {
    let mut other = Browser::new(browser.port);
    let answer = browser.try_post(route::SIGN_IN, &credentials(email, PASSWORD))?.expect(200);
    let key = answer.json()["security_key"].as_str().unwrap().to_owned();
    received.key = Some(key.clone());
    received.last = Some((browser.clone(), answer.step()));
    let answer = browser.try_post(route::SET_UP_CONFIRM, &json!({"code": code(&key)}))?.expect(200);
    received.confirmed = true;
    received.last = Some((browser.clone(), answer.step()));
    let answer = other.try_post(route::SIGN_IN, &credentials(email, PASSWORD))?.expect(200);
    received.last = Some((other.clone(), answer.step()));
    let answer = other.try_post(route::SIGN_IN_CODE, &json!({"code": code_in(&key, 30)}))?.expect(200);
    received.logged_in = true;
    received.last = Some((other, answer.step()));
    Ok(())
}

/// Before anybody repairs anything.
fn check_rows(portal: &Portal, received: &Received) {
    if let Database::Sqlite(_) = &portal.database {
        assert_eq!(portal.database.texts("pragma integrity_check"), ["ok"]);
    }
    let half = "select count(*) from users u left join totp_factors f on f.user_id = u.id
        where (u.two_factor_since is null) <> (f.user_id is null)";
    assert_eq!(portal.database.number(half), 0, "a half-active factor");
    let without_factor = "select count(*) from sessions s left join totp_factors f on f.user_id = s.user_id
        where s.authenticated_at is not null and f.user_id is null";
    assert_eq!(portal.database.number(without_factor), 0, "a full session without a factor");
    let left_over = "select count(*) from pending_totp_factors p join totp_factors f on f.user_id = p.user_id";
    assert_eq!(portal.database.number(left_over), 0, "a set-up beside an active factor");
    if received.confirmed {
        assert!(portal.database.number("select count(*) from totp_factors where last_step > 0") > 0);
    }
}

/// What was answered is still so.
fn check_last_answer(server: &Server, received: &Received) {
    let Some((browser, step)) = &received.last else { return };
    let mut browser = browser.moved_to(server.port);
    let flow = browser.flow();
    match (step.as_str(), flow.step().as_str()) {
        (told, now) if told == now => {}
        // The next request was carried out, and its answer lost: the old cookie is dead.
        ("set_up" | "code", "credentials") => {}
        (told, now) => panic!("{told} was answered, but after the restart it is {now}"),
    }
    if flow.step() == "set_up" {
        assert_eq!(flow.json()["security_key"].as_str(), received.key.as_deref());
    }
}

fn go_on_to_the_end(portal: &Portal, server: &Server, email: &str, received: &Received) {
    let mut browser = server.browser();
    let answer = browser.sign_in(email, PASSWORD).expect(200);
    match answer.step().as_str() {
        "set_up" => {
            assert!(!received.confirmed, "the confirmed factor is lost");
            let key = answer.json()["security_key"].as_str().unwrap().to_owned();
            browser.confirm(&code(&key)).expect(200);
        }
        "code" => {
            let key = received.key.as_ref().expect("a factor whose key was never shown");
            // The code of this moment may be used already; a person would wait for the next one.
            portal.database.execute("update totp_factors set last_step = last_step - 10");
            browser.code(&code(key)).expect(200);
        }
        step => panic!("unexpected step {step}"),
    }
    assert_eq!(browser.flow().step(), "signed_in");
}
