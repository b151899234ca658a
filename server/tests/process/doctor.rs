//! What `postern doctor` finds: each finding, broken once.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

use postern::config::DatabaseUrl;
use postern_testkit::{ADA, Installation, Server, program};
use serde_json::Value;

/// The exit code for warnings.
const WARNINGS: i32 = 3;

/// What the doctor finds under this name.
#[track_caller]
pub(crate) fn found(portal: &Installation, name: &str) -> Value {
    all(portal, &[]).0.iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("no {name}")).clone()
}

/// Everything that the doctor finds, and its exit code.
#[track_caller]
fn all(portal: &Installation, arguments: &[&str]) -> (Vec<Value>, Option<i32>) {
    let output = portal.command(&[&["doctor", "--json"], arguments].concat()).output().unwrap();
    let checks = serde_json::from_slice(&output.stdout);
    (checks.unwrap_or_else(|_| panic!("no JSON: {}", program::output_text(&output))), output.status.code())
}

/// Runs the doctor, which must end with this exit code; returns the finding of this name. A PostgreSQL server for tests may be set up to
/// be quick and to lose everything in a power failure, which is an error of its own.
#[track_caller]
fn finding(portal: &Installation, name: &str, arguments: &[&str], code: i32) -> Value {
    let (checks, exit) = all(portal, arguments);
    let of = |name: &str| checks.iter().find(|check| check["check"] == name).unwrap_or_else(|| panic!("no {name}"));
    let is_volatile = of("commits")["severity"] == "error";
    assert_eq!(exit, Some(if is_volatile { 1 } else { code }), "{checks:?}");
    of(name).clone()
}

/// The same, for a finding of this severity, which decides about the exit code. What is not as it should be has a cure.
#[track_caller]
fn expect(portal: &Installation, name: &str, severity: &str) -> Value {
    let code = match severity {
        "error" => 1,
        "warning" => WARNINGS,
        _ => 0,
    };
    let found = finding(portal, name, &[], code);
    assert_eq!(found["severity"], severity, "{found}");
    assert_eq!(found["cure"].is_string(), severity != "ok", "{found}");
    found
}

/// A portal that has been started once, whose user has set up a second factor, and the running server.
async fn running(portal: Installation) -> (Installation, Server) {
    let portal = portal.with_ada();
    let server = portal.start().await;
    server.set_up(ADA).await;
    (portal, server)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sound_portal_has_neither_warnings_nor_errors() {
    for portal in Installation::on_both().await {
        let (portal, server) = running(portal).await;
        for name in ["settings", "database", "disk", "key", "clock", "factors", "admins", "outbox", "log-outs"] {
            assert_eq!(finding(&portal, name, &[], 0)["severity"], "ok", "{name}");
        }
        for name in ["address", "cookies", "date", "proxy", "version"] {
            let found = expect(&portal, name, "ok");
            assert!(
                name != "address" || found["found"].as_str().unwrap().contains(&server.port.to_string()),
                "{found}"
            );
        }
        assert_eq!(finding(&portal, "mail", &[], 0)["severity"], "note", "there is no mail server");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_factor_that_is_missing_is_a_note_and_one_that_does_not_work_a_warning() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        assert!(expect(&portal, "factors", "note")["found"].as_str().unwrap().contains("1 have none"));
        let (portal, _server) = {
            let server = portal.start().await;
            server.set_up(ADA).await;
            (portal, server)
        };
        portal.database.execute("update totp_factors set disabled_at = 1").await;
        let found = expect(&portal, "factors", "warning");
        assert!(found["cure"].as_str().unwrap().contains("reset-2fa"), "{found}");
        assert_eq!(found["reference"], "ASVS 5.0, 6.3.3; NIST SP 800-63B-4, 2.2.1");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn administrators_who_do_not_log_in_are_a_warning() {
    for portal in Installation::on_both().await {
        let (portal, _server) = running(portal).await;
        portal.database.execute("update memberships set admin_since = 1, created_at = 1").await;
        expect(&portal, "admins", "ok");
        portal.database.execute("update memberships set last_sign_in_at = 1").await;
        assert!(expect(&portal, "admins", "warning")["found"].as_str().unwrap().contains("1 not for 90 days"));
        portal.database.execute("update memberships set last_sign_in_at = null").await;
        assert!(expect(&portal, "admins", "warning")["found"].as_str().unwrap().contains("1 have never logged in"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_e_mail_that_has_waited_for_an_hour_is_a_warning() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        portal.run(&["account", "add", "Second"]);
        portal.run(&["user", "add-to", ADA, "--account", "Second"]);
        expect(&portal, "outbox", "ok");
        portal.database.execute("update outbox set created_at = created_at - 7200").await;
        assert!(expect(&portal, "outbox", "warning")["found"].as_str().unwrap().contains("e-mails waiting: 1"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_does_not_learn_of_log_outs_is_a_warning() {
    for portal in Installation::on_both().await {
        let (portal, _server) = running(portal).await;
        portal.run(&["app", "add", "Wiki", "--url", "https://wiki.example.com", "--account", "Acme"]);
        portal.run(&["client", "add", "Wiki", "--app", "Wiki", "--redirect-uri", "https://wiki.example.com/callback"]);
        let add = "insert into oidc_log_ins (id, client_id, session_id, user_id, due_at, tried_at, attempts)
            select 'l1', id, 's1', 'u1', 9999999999, 1, 9 from oidc_clients";
        portal.database.execute(add).await;
        expect(&portal, "log-outs", "warning");
        portal.database.execute("update oidc_log_ins set tried_at = null").await;
        expect(&portal, "log-outs", "ok");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn commits_that_a_power_failure_undoes_are_found() {
    let portal = Installation::on_sqlite();
    portal.create();
    assert_eq!(finding(&portal, "commits", &[], 0)["severity"], "ok");
    let mut portal = Installation::on_postgres().await;
    portal.create();
    let is_kept = portal.database.texts("select current_setting('fsync')").await == ["on"];
    let DatabaseUrl::Postgres(url) = &mut portal.database.url else { unreachable!() };
    // It ends with the options of the connection, which name the schema.
    *url += "%20-csynchronous_commit%3Doff";
    let found = found(&portal, "commits");
    assert_eq!(found["severity"], if is_kept { "warning" } else { "error" }, "{found}");
    assert!(found.to_string().contains("synchronous_commit = off") && found["cure"].is_string(), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_line_about_passkeys_names_the_address_of_the_running_server() {
    let (portal, server) = running(Installation::on_sqlite()).await;
    let own = format!("http://localhost:{}", server.port);
    assert!(expect(&portal, "passkeys", "ok")["found"].as_str().unwrap().contains("the host localhost"));
    let other = "https://login.example.com";
    let found = finding(&portal, "passkeys", &["--public-url", other], WARNINGS);
    let text = found["found"].as_str().unwrap();
    assert!(text.contains("the host localhost") && text.contains(&own) && text.contains(other), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_portal_that_does_not_answer_is_a_note_and_another_program_an_error() {
    let (portal, server) = running(Installation::on_sqlite()).await;
    drop(server);
    assert!(expect(&portal, "address", "note")["found"].as_str().unwrap().contains("does not answer"));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let origin = format!("http://127.0.0.1:{}", listener.local_addr().unwrap().port());
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = stream.read(&mut [0; 2048]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    portal.database.execute(&format!("update meta set value = '{origin}' where name = 'public_url'")).await;
    assert!(expect(&portal, "address", "error")["error"].as_str().unwrap().contains("not the portal's answer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_learns_from_the_server_what_it_believes_about_addresses() {
    let portal = Installation::on_sqlite().with_ada();
    let server = portal.start().await;
    let seen = found(&portal, "proxy");
    assert!(
        seen["found"].as_str().unwrap().contains("as 127.0.0.1, and not as the forged address 192.0.2.1"),
        "{seen}"
    );
    assert_eq!(seen["reference"], "ASVS 5.0, 4.1.3; NIST SP 800-63B-4, 3.2.2");
    drop(server);
    let _server = portal.start_with(&[("POSTERN_TRUSTED_PROXIES", "127.0.0.1")]).await;
    let seen = found(&portal, "proxy");
    assert!(
        seen["severity"] == "note" && seen["found"].as_str().unwrap().contains("itself in server.trusted_proxies"),
        "{seen}"
    );
}
