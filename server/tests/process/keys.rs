//! `postern keys`: a rotation while servers run.

use std::fs;
use std::path::Path;
use std::time::Duration;

use postern_testkit::authenticator::code_in;
use postern_testkit::sealed::{key_ids, seal};
use postern_testkit::{ADA, Installation, Server, program};
use serde_json::{Value, json};

/// Adds users with second factors, sealed with the first key.
pub(crate) async fn add_factors(portal: &Installation, users: usize) {
    let rows = |row: &dyn Fn(usize) -> String| (0..users).map(row).collect::<Vec<_>>().join(", ");
    let people = rows(&|n| format!("('u{n}', 'u{n}@example.com', '', '', 1, 1)"));
    let insert = "insert into users (id, email, name, password_hash, created_at, two_factor_since) values";
    portal.database.execute(&format!("{insert} {people}")).await;
    let key_file = portal.key_file();
    let factors = rows(&|n| {
        let sealed = seal(&key_file, b"12345678901234567890", &format!("totp:u{n}"));
        format!("('u{n}', '{sealed}', 'SHA1', 6, 30, 1, 0)")
    });
    let insert = "insert into totp_factors (user_id, secret_sealed, algorithm, digits, period_s, confirmed_at, last_step) values";
    portal.database.execute(&format!("{insert} {factors}")).await;
}

/// Opens every value with code that is not the product's; all are sealed with this key. Returns how many secrets of factors there are.
pub(crate) async fn all_sealed_with(portal: &Installation, key_id: &str) -> usize {
    let found = portal.database.sealed_values(&portal.key_file()).await;
    assert!(found.keys().all(|(_, key)| key == key_id), "{found:?}");
    found.get(&("totp_factors", key_id.to_owned())).copied().unwrap_or(0)
}

async fn log_in(server: &Server, key: &str, seconds: i64) {
    let mut browser = server.browser();
    assert_eq!(browser.sign_in(ADA).await.expect(200).step(), "code");
    browser.code(&code_in(key, seconds)).await.expect(200);
}

fn states(portal: &Installation) -> Vec<(String, Value)> {
    let keys = portal.run_json(&["keys", "list"]);
    let state = |key: &Value| (key["key"].as_str().unwrap().to_owned(), key["state"].clone());
    keys.as_array().unwrap().iter().map(state).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_go_through_a_rotation_and_the_old_key_can_be_removed() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let mut servers = [portal.start().await, portal.start().await];
        let (_, key) = servers[0].set_up(ADA).await;
        add_factors(&portal, 500).await;
        let old = key_ids(&portal.key_file()).remove(0);
        let rotated = portal.run_json(&["keys", "rotate"]);
        let new = rotated["key"].as_str().unwrap().to_owned();
        assert_eq!((&rotated["previous"], &rotated["broken"]), (&json!(old), &json!([])));
        assert_eq!(key_ids(&portal.key_file()), [old.clone(), new.clone()]);
        assert_eq!(all_sealed_with(&portal, &new).await, 501);
        assert_eq!(states(&portal), [(old.clone(), json!("old")), (new.clone(), json!("current"))]);
        log_in(&servers[1], &key, 30).await;

        let refused = portal.refused(&["keys", "remove", &old]);
        assert!(refused.contains("the last three minutes") && refused.contains("process"), "{refused}");
        assert!(portal.refused(&["keys", "remove", &new]).contains("rotate first"));
        assert!(portal.refused(&["keys", "remove", "ffffffff"]).contains("holds no key"));
        portal.database.execute("update nodes set sealing_since = sealing_since - 181").await;
        portal.run(&["keys", "remove", &old]);
        assert_eq!(key_ids(&portal.key_file()), std::slice::from_ref(&new));
        for server in &mut servers {
            server.signal("TERM");
            assert!(server.wait(Duration::from_secs(15)).success());
        }
        assert_eq!(portal.database.count("select count(*) from nodes").await, 0, "servers that stop say so");
        let server = portal.start().await;
        portal.database.execute("update totp_factors set last_step = 0").await;
        log_in(&server, &key, 0).await;
        assert_eq!(portal.run_json(&["keys", "check"])["by_key"].as_object().unwrap().len(), 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_a_value_needs_is_not_removed() {
    let portal = Installation::on_sqlite().with_ada();
    let old = key_ids(&portal.key_file()).remove(0);
    portal.run(&["keys", "rotate"]);
    add_factors(&portal, 3).await;
    let refused = portal.refused(&["keys", "remove", &old]);
    assert!(refused.contains("needed for 3 values"), "{refused}");
    assert_eq!(key_ids(&portal.key_file()).len(), 2);
    assert!(portal.run(&["keys", "rotate"]).contains("is complete"));
    portal.run(&["keys", "remove", &old]);
    assert_eq!(all_sealed_with(&portal, &key_ids(&portal.key_file())[0]).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_check_names_what_does_not_open_and_fails() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        add_factors(&portal, 3).await;
        assert!(portal.run(&["keys", "check"]).contains("all of them can be opened"));
        portal
            .database
            .execute("update totp_factors set secret_sealed = secret_sealed || 'A' where user_id = 'u1'")
            .await;
        let refused = portal.refused(&["keys", "check"]);
        assert!(refused.contains("totp_factors.secret_sealed of u1 (u1@example.com): "), "{refused}");
        let output = portal.command(&["keys", "check", "--json"]).output().unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!((output.status.code(), &found["broken"][0]["id"]), (Some(1), &json!("u1")));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_file_that_cannot_be_written_stops_the_rotation_with_its_name() {
    let portal = Installation::on_sqlite().with_ada();
    // There is no room for the longer name of the new file: as on a full or read-only disk, whoever runs the test.
    let key_file = portal.data_dir().join(format!("{}.key", "k".repeat(240)));
    fs::copy(portal.key_file(), &key_file).unwrap();
    let before = fs::read(&key_file).unwrap();
    let mut rotate = portal.command(&["keys", "rotate"]);
    let refused = program::refusal(rotate.env("POSTERN_KEYS__SOURCE", format!("file:{}", key_file.display())));
    assert!(refused.contains(".key") && refused.contains("it is as before"), "{refused}");
    assert_eq!(fs::read(&key_file).unwrap(), before);
    portal.run(&["keys", "rotate"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_keys_themselves_are_never_shown() {
    let portal = Installation::on_sqlite().with_ada();
    let server = portal.start().await;
    let mut shown = String::new();
    for arguments in [&["keys", "rotate"][..], &["keys", "list"], &["keys", "check", "--json"], &["doctor"]] {
        shown += &program::output_text(&portal.command(arguments).output().unwrap());
    }
    shown += &server.log();
    for key in secrets(&portal.key_file()) {
        assert!(!shown.contains(&key));
    }
    assert!(portal.run(&["keys", "list"]).contains("seals and opens"));
}

fn secrets(key_file: &Path) -> Vec<String> {
    let text = fs::read_to_string(key_file).unwrap();
    text.lines().map(|line| line.split_whitespace().nth(2).unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_that_no_longer_opens_keeps_no_key_after_a_reset() {
    for portal in Installation::on_both().await {
        portal.create();
        add_factors(&portal, 2).await;
        portal
            .database
            .execute("update totp_factors set secret_sealed = secret_sealed || 'AAAA' where user_id = 'u1'")
            .await;
        let (checked, before) = (portal.refused(&["keys", "check"]), key_ids(&portal.key_file()));
        assert!(checked.contains("(u1@example.com)") && !checked.contains("u0@"), "{checked}");
        portal.run(&["user", "reset-2fa", "u0@example.com"]);
        portal.run(&["user", "reset-2fa", "u1@example.com"]);
        let kept = portal.database.texts("select user_id from previous_totp_factors").await;
        assert_eq!(kept, ["u0"], "a secret that opens is still recognised in a set-up");
        portal.run(&["keys", "check"]);
        portal.run(&["keys", "rotate"]);
        portal.run(&["keys", "remove", &before[0]]);
    }
}

#[test]
fn a_command_without_a_terminal_is_silent_about_its_progress() {
    let portal = Installation::on_sqlite();
    portal.create();
    for arguments in [&["keys", "check"][..], &["keys", "rotate"], &["backup", "x.backup"]] {
        let output = portal.command(arguments).output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{}", program::output_text(&output));
    }
}
