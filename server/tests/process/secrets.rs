//! What must never be written down: not in a log of any level, not in the database, not in an address.

use std::fs;

use axum::http::Method;
use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use postern::config::DatabaseUrl;
use postern_testkit::authenticator::{code, code_in, key_in_hex, wrong_code};
use postern_testkit::{ADA, Browser, Installation, PASSWORD, Server, eventually};
use postern_types::route;
use serde_json::json;

const WRONG_PASSWORD: &str = "a wrong password nobody has";

/// A name and the bytes that must not be found.
type Secrets = Vec<(String, Vec<u8>)>;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_logged_or_stored_in_the_clear_on_sqlite() {
    nothing_secret_is_written_down(&Installation::on_sqlite(), "human").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_secret_is_logged_or_stored_in_the_clear_on_postgres() {
    nothing_secret_is_written_down(&Installation::on_postgres().await, "json").await;
}

async fn nothing_secret_is_written_down(portal: &Installation, format: &str) {
    portal.add_account();
    portal.add_user(ADA);
    let settings = [
        ("POSTERN_LOG_LEVEL", "trace"),
        ("POSTERN_LOG_FORMAT", format),
        ("POSTERN_SERVER__TRUSTED_PROXIES", "127.0.0.1"),
    ];
    let server = portal.start_with(&settings).await;
    let mut secrets = Secrets::new();
    tell_everything(portal, &server, &mut secrets).await;
    let key_file = fs::read_to_string(portal.key_file()).unwrap();
    let master_key = key_file.split_whitespace().nth(2).unwrap();
    secrets.push(("the master key".into(), master_key.into()));
    secrets.push(("the master key's bytes".into(), URL_SAFE_NO_PAD.decode(master_key).unwrap()));
    secrets.push(("a link for authenticator apps".into(), b"otpauth:".to_vec()));

    let log = server.log();
    assert!(log.contains("DEBUG") && log.contains("sqlx::query"), "the log is as talkative as it can be");
    assert!(log.contains("authentication") && log.contains("/api/sign-in/code"), "the log holds the story");
    let ids = portal.database.texts("select id from users").await;
    assert!(finds(log.as_bytes(), ids[0].as_bytes()), "what is there is found");
    let stored = stored(portal).await;
    assert!(finds(&stored, ids[0].as_bytes()), "what is there is found");
    for (name, secret) in &secrets {
        let shown = String::from_utf8_lossy(secret);
        assert!(!finds(without_times(&log).as_bytes(), secret), "{name} ({shown}) is in the log");
        assert!(!finds(&stored, secret), "{name} ({shown}) is in the database");
    }
}

/// A whole story with every refusal on its way.
async fn tell_everything(portal: &Installation, server: &Server, secrets: &mut Secrets) {
    let note = |secrets: &mut Secrets, name: &str, secret: &str| secrets.push((name.into(), secret.into()));
    note(secrets, "the password", PASSWORD);
    note(secrets, "a wrong password", WRONG_PASSWORD);
    let mut browser = server.browser();
    browser.sign_in_with(ADA, WRONG_PASSWORD).await.expect_error(401, "invalid_credentials");
    browser.sign_in("nobody@example.com").await.expect_error(401, "invalid_credentials");
    browser.sign_in(PASSWORD).await.expect_error(401, "invalid_credentials");
    send_malformed(server, secrets).await;
    let answer = browser.sign_in(ADA).await.expect(200);
    let pending = browser.clone();
    let key = answer.json()["security_key"].as_str().unwrap().to_owned();
    note(secrets, "the security key", &key);
    note_key_bytes(secrets, &key);
    let (wrong, right, next) = (wrong_code(&key), code(&key), code_in(&key, 30));
    browser.confirm(&wrong).await.expect_error(401, "invalid_code");
    let codes = browser.confirm(&right).await.expect(200).recovery_codes();
    use_a_recovery_code(server, &codes, secrets).await;
    pending.clone().confirm(&right).await.expect_error(401, "session_expired");
    let full = browser.clone();
    let mut later = server.browser();
    later.sign_in(ADA).await.expect(200);
    let second_pending = later.clone();
    later.code(&right).await.expect_error(401, "invalid_code");
    later.code(&wrong).await.expect_error(401, "invalid_code");
    later.code(&next).await.expect(200);
    open_an_application(portal, server, &mut later, secrets).await;
    let mut third = server.browser();
    third.sign_in(ADA).await.expect(200);
    let mut answer = third.code(&wrong).await;
    for _ in 0..7 {
        if answer.status != 429 {
            answer = third.code(&wrong).await;
        }
    }
    answer.expect_error(429, "throttled");
    for code in [&wrong, &right, &next] {
        note(secrets, "a code", code);
    }
    for browser in [&pending, &full, &second_pending, &later, &third] {
        for (name, token) in &browser.cookies {
            note(secrets, name, token);
        }
    }
    for cookie in ["", "x", "é%00", &"y".repeat(8000), "a; __Host-postern=b"] {
        let mut odd = server.browser().with_header("cookie", &format!("__Host-postern={cookie}"));
        assert_eq!(odd.flow().await.step(), "credentials");
        odd.confirm(&wrong).await.expect_error(401, "session_expired");
    }
    break_the_factor(portal, server).await;
    later.post(route::SIGN_OUT, json!({})).await.expect(200);
    eventually("the last request is logged", async || server.log().contains("/api/sign-out")).await;
}

/// A log-in with a recovery code, a used one, and one that cannot be read.
async fn use_a_recovery_code(server: &Server, codes: &[String], secrets: &mut Secrets) {
    for code in codes {
        secrets.push(("a recovery code".into(), code.clone().into()));
        secrets.push(("a recovery code without dashes".into(), code.replace('-', "").into()));
    }
    let mut browser = server.browser();
    browser.sign_in(ADA).await.expect(200);
    browser.recovery_code(&format!("{}x", codes[0])).await.expect_error(400, "malformed");
    browser.recovery_code(&codes[0]).await.expect(200);
    browser.sign_in(ADA).await.expect(200);
    browser.recovery_code(&codes[0]).await.expect_error(401, "invalid_code");
    browser.sign_out().await.expect(200);
}

/// The log-in to an application.
async fn open_an_application(portal: &Installation, server: &Server, browser: &mut Browser, secrets: &mut Secrets) {
    let add = "insert into applications (id, name, url, origin, rules, excluded_networks, created_at)
        values ('a1', 'Wiki', 'https://wiki.example.com', 'https://wiki.example.com', 'all: members /*', '', 1)";
    portal.database.execute(add).await;
    let give = "insert into application_accounts (application_id, account_id, everyone_since) select 'a1', id, 1 from accounts";
    portal.database.execute(give).await;
    let proxied = [("x-forwarded-proto", "https"), ("host", "wiki.example.com")];
    let mut visitor = proxied.iter().fold(server.browser(), |visitor, (name, value)| visitor.with_header(name, value));
    let opening = visitor.page("/.postern/start?to=/a%3Fb").await.expect(302).header("location").to_owned();
    let (_, opening) = opening.split_at(opening.find("/open?").unwrap());
    let callback = browser.page(opening).await.expect(302).header("location").to_owned();
    let callback = callback.strip_prefix("https://wiki.example.com").unwrap();
    visitor.page(callback).await.expect(303);
    let code = callback.split('=').nth(1).unwrap();
    visitor.page(callback).await.expect(302);
    visitor.page("/api/forward-auth/envoy/a").await.expect(200);
    let cookies = visitor.cookies.iter().map(|(name, token)| (name.as_str(), token.as_str()));
    secrets.extend(cookies.chain([("the code of an application", code)]).map(|(name, it)| (name.into(), it.into())));
}

/// Bodies and addresses that name secrets and cannot be read.
async fn send_malformed(server: &Server, secrets: &mut Secrets) {
    let body = |text: &str| text.replace('#', PASSWORD).into_bytes();
    for text in [
        r##"{"email":"ada@example.com","password":"#""##,
        r##"{"email":"ada@example.com","password":["#"]}"##,
        r##"{"email":"ada@example.com","password":"#","extra":"#"}"##,
        r##""#""##,
        r##"{"email":"#"}"##,
    ] {
        let answer = server.browser().send(Method::POST, route::SIGN_IN, body(text)).await.expect(400);
        assert!(!answer.text().contains(PASSWORD), "the answer repeats what was sent: {}", answer.text());
    }
    // The name of an unknown field is told, so that its sender can find it; it goes nowhere else.
    server.browser().send(Method::POST, route::SIGN_IN, body(r##"{"#":1}"##)).await.expect(400);
    secrets.push(("a malformed code".into(), b"987650x".to_vec()));
    secrets.push(("a number as code".into(), b"987651".to_vec()));
    let mut pending = server.browser();
    pending.sign_in(ADA).await.expect(200);
    for code in [json!("987650x"), json!(987_651), json!(["987651"])] {
        let answer = pending.post(route::SET_UP_CONFIRM, json!({"code": code})).await.expect(400);
        assert!(!answer.text().contains("98765"), "the answer repeats what was sent: {}", answer.text());
    }
    secrets.push(("a secret in an address".into(), b"typed-into-the-address".to_vec()));
    server.browser().get("/api/flow?password=typed-into-the-address").await;
    server.browser().page("/?code=typed-into-the-address").await;
}

/// A fault of the server, with all that it says about it.
async fn break_the_factor(portal: &Installation, server: &Server) {
    portal.database.execute("delete from attempts").await;
    portal.database.execute("update totp_factors set secret_sealed = 'v1.damaged'").await;
    let mut browser: Browser = server.browser();
    browser.sign_in(ADA).await.expect(200);
    browser.code("123456").await.expect_error(403, "second_factor_unusable");
}

fn note_key_bytes(secrets: &mut Secrets, key: &str) {
    let hex = key_in_hex(key);
    let bytes: Vec<u8> =
        (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
    assert_eq!(bytes.len(), 20);
    secrets.push(("the security key in base64".into(), STANDARD_NO_PAD.encode(&bytes).into()));
    secrets.push(("the security key in base64url".into(), URL_SAFE_NO_PAD.encode(&bytes).into()));
    secrets.push(("the security key's bytes".into(), bytes));
    secrets.push(("the security key in hexadecimal".into(), hex.into()));
}

/// Every byte that the database holds.
async fn stored(portal: &Installation) -> Vec<u8> {
    match &portal.database.url {
        DatabaseUrl::Sqlite(path) => {
            let mut bytes = fs::read(path).unwrap();
            let log = fs::read(path.with_extension("sqlite-wal")).unwrap();
            assert!(!log.is_empty(), "the server still runs");
            bytes.extend(log);
            bytes
        }
        DatabaseUrl::Postgres(_) => {
            let tables = "select tablename::text from pg_tables where schemaname = current_schema()";
            let mut rows = Vec::new();
            for table in portal.database.texts(tables).await {
                rows.extend(portal.database.texts(&format!("select row_to_json(t)::text from {table} t")).await);
            }
            rows.join("\n").into_bytes()
        }
    }
}

/// The log without the time before each line, whose fractions look like codes.
fn without_times(log: &str) -> String {
    let rest = |line: &str| line.split_once('Z').map_or(line, |(_, rest)| rest).to_owned();
    log.lines().map(rest).collect::<Vec<_>>().join("\n")
}

/// Digits count as found only where they stand alone: a code within a hash is chance.
fn finds(text: &[u8], secret: &[u8]) -> bool {
    let alone = |at: usize| {
        let near = [at.checked_sub(1), Some(at + secret.len())];
        near.into_iter().flatten().filter_map(|at| text.get(at)).all(|b| !b.is_ascii_alphanumeric() && *b != b'.')
    };
    let digits = secret.iter().all(u8::is_ascii_digit);
    let hits = text.windows(secret.len()).enumerate().filter(|(_, window)| *window == secret);
    hits.into_iter().any(|(at, _)| !digits || alone(at))
}
