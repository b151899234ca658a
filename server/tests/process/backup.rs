//! Backups, taken beside a running server and restored elsewhere.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;

use postern_testkit::authenticator::{code, code_in};
use postern_testkit::{ADA, Browser, Installation, Server, program};

const PASSPHRASE: &str = "correct horse battery";

/// Installations to move between: each kind of database to the other.
pub(crate) async fn moves() -> [(Installation, Installation); 2] {
    [
        (Installation::on_sqlite(), Installation::on_postgres().await),
        (Installation::on_postgres().await, Installation::on_sqlite()),
    ]
}

/// A running portal with Ada, who has set up her app; her browser, and her security key.
async fn with_ada(portal: Installation) -> (Installation, Server, Browser, String) {
    let portal = portal.with_ada();
    let server = portal.start().await;
    let (browser, key) = server.set_up(ADA).await;
    (portal, server, browser, key)
}

/// Takes a backup; returns its path.
fn backup(portal: &Installation) -> PathBuf {
    let file = portal.beside("portal.backup");
    portal.run(&["backup", file.to_str().unwrap()]);
    file
}

/// Puts the key file of one installation where another one expects it.
pub(crate) fn give_key(from: &Installation, to: &Installation) {
    fs::create_dir_all(to.data_dir()).unwrap();
    fs::copy(from.key_file(), to.key_file()).unwrap();
}

/// Every table that is in backups and changes only by requests, with its number of rows.
async fn rows(portal: &Installation) -> Vec<(&'static str, i64)> {
    let mut rows = Vec::new();
    for table in postern::store::tables::TABLES {
        // The audit log grows by itself: audit.rs.
        let is_still = table.name != "meta" && !table.name.starts_with("audit_");
        if table.part == postern::store::tables::Part::Portal && is_still {
            rows.push((table.name, portal.database.count(&format!("select count(*) from {}", table.name)).await));
        }
    }
    rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_moves_a_portal_to_the_other_kind_of_database() {
    for (portal, elsewhere) in moves().await {
        let (portal, server, _, key) = with_ada(portal).await;
        let file = backup(&portal);
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        let before = rows(&portal).await;
        drop(server);
        give_key(&portal, &elsewhere);
        let restored = elsewhere.run_json(&["restore", file.to_str().unwrap()]);
        assert!(restored["rows"].as_u64().unwrap() > 5, "{restored}");
        assert_eq!(rows(&elsewhere).await, before);
        let server = elsewhere.start().await;
        let mut browser = server.browser();
        browser.sign_in(ADA).await.expect(200);
        browser.code(&code(&key)).await.expect_error(401, "invalid_code");
        assert_eq!(browser.code(&code_in(&key, 30)).await.expect(200).step(), "signed_in");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_with_a_restore_unless_they_are_kept() {
    for (options, step) in [(vec![], "credentials"), (vec!["--keep-sessions"], "signed_in")] {
        let (portal, server, browser, _) = with_ada(Installation::on_sqlite()).await;
        let file = backup(&portal);
        drop(server);
        let elsewhere = Installation::on_postgres().await;
        give_key(&portal, &elsewhere);
        elsewhere.run(&[&["restore", file.to_str().unwrap()], options.as_slice()].concat());
        let server = elsewhere.start().await;
        let mut browser = browser.moved_to(&server);
        assert_eq!(browser.step().await, step, "{options:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_with_the_key_needs_its_passphrase_and_nothing_else() {
    let (portal, server, _, key) = with_ada(Installation::on_sqlite()).await;
    let file = portal.beside("whole.backup");
    let path = file.to_str().unwrap();
    let with_passphrase = |portal: &Installation, arguments: &[&str], passphrase: &str| {
        program::with_input(&mut portal.command(arguments), &format!("{passphrase}\n"))
    };
    let short = with_passphrase(&portal, &["backup", path, "--with-key"], "short");
    assert!(program::output_text(&short).contains("at least 12"), "{}", program::output_text(&short));
    assert!(with_passphrase(&portal, &["backup", path, "--with-key"], PASSPHRASE).status.success());
    drop(server);
    let elsewhere = Installation::on_sqlite();
    let wrong = with_passphrase(&elsewhere, &["restore", path, "--with-key"], "wrong horse battery");
    assert!(program::output_text(&wrong).contains("does not open"), "{}", program::output_text(&wrong));
    assert!(elsewhere.refused(&["restore", path]).contains("key file"));
    let mut restore = elsewhere.command(&["restore", path, "--with-key"]);
    let refused = program::with_input(restore.env("POSTERN_KEYS__SOURCE", "environment:KEYS"), PASSPHRASE);
    assert!(program::output_text(&refused).contains("take the keys from"), "{}", program::output_text(&refused));
    assert!(!elsewhere.data_dir().exists(), "the keys are looked at before the database");
    assert!(with_passphrase(&elsewhere, &["restore", path, "--with-key"], PASSPHRASE).status.success());
    assert_eq!(fs::read(portal.key_file()).unwrap(), fs::read(elsewhere.key_file()).unwrap());
    assert_eq!(fs::metadata(elsewhere.key_file()).unwrap().mode() & 0o777, 0o600);
    let server = elsewhere.start().await;
    let mut browser = server.browser();
    browser.sign_in(ADA).await.expect(200);
    browser.code(&code_in(&key, 30)).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_that_was_altered_or_cut_off_is_refused_and_fills_nothing() {
    let (portal, server, _, _) = with_ada(Installation::on_sqlite()).await;
    let file = backup(&portal);
    drop(server);
    let bytes = fs::read(&file).unwrap();
    let elsewhere = Installation::on_sqlite();
    give_key(&portal, &elsewhere);
    let damaged = portal.beside("damaged.backup");
    let attempt = |bytes: &[u8]| {
        fs::write(&damaged, bytes).unwrap();
        elsewhere.refused(&["restore", damaged.to_str().unwrap()])
    };
    for at in (0..bytes.len()).step_by(bytes.len() / 12) {
        let mut altered = bytes.clone();
        altered[at] ^= 1;
        attempt(&altered);
        attempt(&bytes[..at]);
    }
    attempt(&bytes[..bytes.len() - 1]);
    attempt(b"something else");
    elsewhere.run(&["restore", file.to_str().unwrap()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_in_use_is_not_restored_into_and_a_file_is_never_overwritten() {
    for portal in Installation::on_both().await {
        let (portal, server, _, _) = with_ada(portal).await;
        let file = backup(&portal);
        let path = file.to_str().unwrap();
        assert!(portal.refused(&["backup", path]).contains("exists already"));
        let refused = portal.refused(&["restore", path]);
        assert!(refused.contains("has been used by a portal. Stop the server"), "{refused}");
        drop(server);
        portal.start().await.browser().sign_in(ADA).await.expect(200);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_needs_the_key_file_of_its_portal() {
    let (portal, server, _, _) = with_ada(Installation::on_sqlite()).await;
    let file = backup(&portal);
    drop(server);
    let elsewhere = Installation::on_sqlite();
    assert!(elsewhere.refused(&["restore", file.to_str().unwrap()]).contains("does not exist"));
    let other = Installation::on_sqlite();
    other.create();
    give_key(&other, &elsewhere);
    assert!(elsewhere.refused(&["restore", file.to_str().unwrap()]).contains("does not open"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_that_waited_when_the_backup_was_made_is_not_done_after_a_restore() {
    for (portal, elsewhere) in moves().await {
        let (portal, server, _, _) = with_ada(portal).await;
        let request = "insert into reset_requests (id, user_id, account_id, asked_at, not_before, expires_at)
            select 'r', m.user_id, m.account_id, 1, 2, 4000000000 from memberships m";
        portal.database.execute(request).await;
        let file = backup(&portal);
        drop(server);
        give_key(&portal, &elsewhere);
        elsewhere.run(&["restore", file.to_str().unwrap()]);
        assert_eq!(elsewhere.database.count("select count(*) from reset_requests").await, 0);
        assert_eq!(elsewhere.database.count("select count(*) from totp_factors").await, 1);
    }
}

/// Rows enough for a backup to take a while.
pub(crate) async fn fill(portal: &Installation) {
    let numbers = "with recursive n(i) as (select 1 union all select i + 1 from n where i < 20000)";
    let history = format!(
        "insert into login_history (id, at, email, address, factor, result)
         {numbers} select 'filled-' || i, i, 'ada@example.com', '192.0.2.1', 'password', 'ok' from n"
    );
    portal.database.execute(&history).await;
}

#[test]
fn a_directory_that_does_not_exist_is_named() {
    let portal = Installation::on_sqlite();
    portal.create();
    for command in ["backup", "export"] {
        let refused = portal.refused(&[command, "nowhere/at/all"]);
        assert!(refused.contains("the directory nowhere/at does not exist"), "{refused}");
    }
}
