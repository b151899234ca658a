//! Moving in from other systems, and out again: the users log in with their passwords and their phones as before.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use postern_testkit::authenticator::code_with;
use postern_testkit::{ACCOUNT, ADA, Installation, PASSWORD, RFC_6238_KEY, Server, program};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection, Executor};

const BO: &str = "bo@example.com";
const CY: &str = "cy@example.com";
const DI: &str = "di@example.com";
/// The password behind every hash in the files.
const OLD_PASSWORD: &str = "correct horse battery";
/// Options of `oathtool` for the apps in the files.
const SHA1: [&str; 3] = ["--totp", "--digits=6", "--time-step-size=30s"];
const SHA1_8: [&str; 3] = ["--totp", "--digits=8", "--time-step-size=30s"];
const SHA1_8_60: [&str; 3] = ["--totp", "--digits=8", "--time-step-size=60s"];
const SHA256_8_60: [&str; 3] = ["--totp=SHA256", "--digits=8", "--time-step-size=60s"];
const SHA512: [&str; 3] = ["--totp=SHA512", "--digits=6", "--time-step-size=30s"];
const SHA512_8: [&str; 3] = ["--totp=SHA512", "--digits=8", "--time-step-size=30s"];
const SHA512_8_60: [&str; 3] = ["--totp=SHA512", "--digits=8", "--time-step-size=60s"];

/// A file in the shape that the other system gives it; see the files of `server/src/importing/` for where that is described.
fn sample(name: &str) -> String {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/process/moving").join(name).display().to_string()
}

/// The arguments of an import into [`ACCOUNT`].
fn import<'a>(file: &'a str, format: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    [&["import", file, "--format", format, "--account", ACCOUNT], more].concat()
}

/// Runs a command with `--json` that may fail; returns whether it succeeded, and what it printed.
fn attempt(portal: &Installation, arguments: &[&str]) -> (bool, Value) {
    let output = portal.command(&[arguments, &["--json"]].concat()).output().unwrap();
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let answer = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{}", program::output_text(&output)));
    (output.status.success(), answer)
}

/// Somebody logs in with the password and the code that the phone shows now, both for the first time.
async fn logs_in(portal: &Installation, server: &Server, email: &str, settings: [&str; 3]) {
    // Codes up to the next one count as used: the other system may have accepted them.
    portal.database.execute("update totp_factors set last_step = last_step - 10").await;
    let mut browser = server.browser();
    browser.sign_in_with(email, "correct horse batterx").await.expect_error(401, "invalid_credentials");
    assert_eq!(browser.sign_in_with(email, OLD_PASSWORD).await.expect(200).step(), "code", "{email}");
    let code = code_with(settings, RFC_6238_KEY, postern::clock::Clock::system().now());
    assert_eq!(browser.code(&code).await.expect(200).step(), "recovery_codes", "{email}");
    server.browser().sign_in_with(email, OLD_PASSWORD).await.expect(200);
    let mut again = server.browser();
    again.sign_in_with(email, OLD_PASSWORD).await.expect(200);
    again.code(&code).await.expect_error(401, "invalid_code");
}

/// Every hash has become one of ours.
async fn assert_rehashed(portal: &Installation, users: i64) {
    let ours = "select count(*) from users where password_hash like '$argon2id$%'";
    assert_eq!(portal.database.count(ours).await, users);
}

/// Imports a file beside a server; its users log in with their apps.
async fn moves_in(arguments: &[&str], users: &[(&str, [&str; 3])]) {
    for portal in Installation::on_both().await {
        portal.add_account();
        let server = portal.start().await;
        let (_, answer) = attempt(&portal, arguments);
        assert_eq!(answer["added"], users.len(), "{answer}");
        if answer["without_password"] != 0 {
            let hash = "imported:$2b$04$L/PfrME/bmnWcp5ySFy.W.svEsyJqcWl//36D7uPejonPcVp6ZK7u";
            portal.database.execute(&format!("update users set password_hash = '{hash}'")).await;
        }
        let imported = portal.database.count("select count(*) from users where password_hash like 'imported:%'").await;
        assert_eq!(usize::try_from(imported).unwrap(), users.len());
        for (email, settings) in users {
            logs_in(&portal, &server, email, *settings).await;
        }
        assert_rehashed(&portal, imported).await;
        let recorded = "select count(*) from events where what = 'user_added' and actor = ''";
        assert_eq!(portal.database.count(recorded).await, imported);
        assert!(!server.log().contains(OLD_PASSWORD) && !server.log().contains(RFC_6238_KEY));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_a_table_log_in_as_before() {
    let file = sample("users.csv");
    moves_in(&import(&file, "csv", &[]), &[(ADA, SHA1), (BO, SHA256_8_60), (CY, SHA512), (DI, SHA1_8_60)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_keycloak_log_in_as_before() {
    let file = sample("keycloak.json");
    moves_in(&import(&file, "keycloak", &[]), &[(ADA, SHA1), (BO, SHA256_8_60), (CY, SHA512)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_authelia_log_in_as_before() {
    let (file, apps) = (sample("authelia.yml"), sample("authelia-totp.yml"));
    moves_in(&import(&file, "authelia", &["--totp", &apps]), &[(ADA, SHA1), (BO, SHA512_8_60)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_of_django_and_authentik_log_in_as_before() {
    let file = sample("django.json");
    let users = [(ADA, SHA1), (BO, SHA1_8_60), (CY, SHA1_8)];
    moves_in(&import(&file, "django", &["--domain", "example.com"]), &users).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_of_privacyidea_show_codes_that_are_accepted() {
    let file = sample("privacyidea.yaml");
    let arguments = import(&file, "privacyidea", &["--domain", "example.com"]);
    moves_in(&arguments, &[(ADA, SHA1), (BO, SHA512_8_60)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn apps_of_links_and_of_google_authenticator_show_codes_that_are_accepted() {
    let file = sample("otpauth.txt");
    let users = [(ADA, SHA1), (BO, SHA256_8_60), (CY, SHA1), (DI, SHA512_8)];
    moves_in(&import(&file, "otpauth", &[]), &users).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_that_the_other_system_may_have_accepted_is_not_accepted() {
    for portal in Installation::on_both().await {
        portal.add_account();
        let server = portal.start().await;
        let file = sample("users.csv");
        attempt(&portal, &import(&file, "csv", &[]));
        let mut browser = server.browser();
        browser.sign_in_with(ADA, OLD_PASSWORD).await.expect(200);
        let shown = code_with(SHA1, RFC_6238_KEY, postern::clock::Clock::system().now());
        browser.code(&shown).await.expect_error(401, "invalid_code");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_reports_what_the_import_does_and_changes_nothing() {
    let table = format!(
        "email,name,role,account,password_hash,totp_secret,phone
        {ADA},Ada,admin,,,,
        {BO},Bo,,,$2b$16$L/PfrME/bmnWcp5ySFy.W.svEsyJqcWl//36D7uPejonPcVp6ZK7u,,
        {CY},Cy,,,,{RFC_6238_KEY},1
        {CY},Cy,,,,,
        eve@example.com,Eve,,Nowhere,,,
        not an address,,,,,,
        finn@example.com,,,,hunter2,,"
    )
    .replace("\n        ", "\n");
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let file = portal.beside("users.csv").display().to_string();
        fs::write(&file, &table).unwrap();
        let number = async || portal.database.count("select count(*) from users").await;
        let (succeeded, told) = attempt(&portal, &import(&file, "csv", &["--dry-run"]));
        assert_eq!((succeeded, number().await), (false, 1));
        let (succeeded, done) = attempt(&portal, &import(&file, "csv", &[]));
        assert_eq!((succeeded, number().await), (false, 2));
        assert_eq!((&told["dry_run"], &done["dry_run"]), (&json!(true), &json!(false)));
        for field in ["added", "already_there", "refused", "left_out", "ignored", "without_password"] {
            assert_eq!(told[field], done[field], "{field}");
        }
        assert_eq!((&done["added"], &done["already_there"]), (&json!(1), &json!(1)), "{done}");
        assert_eq!((&done["with_authenticator_app"], &done["authenticator_apps_not_added"]), (&json!(1), &json!(0)));
        assert_eq!(done["ignored"], json!(["phone"]));
        let refused = done["refused"].as_array().unwrap();
        let lines: Vec<_> = refused.iter().map(|it| it["number"].as_i64().unwrap()).collect();
        assert_eq!(lines, [3, 5, 6, 7, 8]);
        for (reason, expected) in
            refused.iter().zip(["costs too much", "twice", "Nowhere", "e-mail", "password itself"])
        {
            assert!(reason["reason"].as_str().unwrap().contains(expected), "{reason}");
        }
        let text = portal.refused(&import(&file, "csv", &[]));
        assert!(text.contains("Added: 0. Already there: 2. Refused: 5.") && text.contains("line 3"), "{text}");
        assert!(text.contains("With an authenticator app: 0.\n"), "{text}");
        assert!(text.contains("Not added, because the user exists: authenticator apps 1."), "{text}");
        for secret in ["hunter2", "$2b$16", RFC_6238_KEY] {
            assert!(!text.contains(secret) && !done.to_string().contains(secret), "{text}");
        }
        let server = portal.start().await;
        assert_eq!(server.browser().sign_in_with(ADA, PASSWORD).await.expect(200).step(), "set_up", "unchanged");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_locked_there_or_has_no_password_does_not_get_in() {
    let table = "email,active,password_hash\n\
        ada@example.com,no,$2b$04$L/PfrME/bmnWcp5ySFy.W.svEsyJqcWl//36D7uPejonPcVp6ZK7u\nbo@example.com,yes,\n";
    for portal in Installation::on_both().await {
        portal.add_account();
        let file = portal.beside("users.csv").display().to_string();
        fs::write(&file, table).unwrap();
        assert_eq!(portal.run_json(&import(&file, "csv", &[]))["without_password"], 1);
        let server = portal.start().await;
        for (email, password) in [(ADA, OLD_PASSWORD), (BO, ""), (BO, "none"), (BO, OLD_PASSWORD)] {
            let refused = server.browser().sign_in_with(email, password).await;
            refused.expect_error(401, "invalid_credentials");
        }
        portal.run(&["user", "unlock", ADA]);
        assert_eq!(server.browser().sign_in_with(ADA, OLD_PASSWORD).await.expect(200).step(), "set_up");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_import_is_refused_with_the_reason() {
    let portal = Installation::on_sqlite().with_ada();
    let (file, users) = (sample("users.csv"), sample("authelia.yml"));
    for (arguments, reason) in [
        (vec!["import", "nowhere.csv", "--format", "csv", "--account", ACCOUNT], "cannot read nowhere.csv"),
        (vec!["import", &file, "--format", "csv", "--account", "Nobody"], "there is no account"),
        (vec!["import", &file, "--format", "csv"], "the file names no account"),
        (import(&file, "keycloak", &[]), "no realm of Keycloak"),
        (import(&file, "csv", &["--totp", &file]), "--format authelia"),
        (import(&users, "authelia", &["--totp", &users]), "no TOTP export of Authelia; nothing was changed"),
        (import(&users, "authelia", &["--totp", &file]), "no TOTP export of Authelia; nothing was changed"),
        (import(&users, "authelia", &["--totp", "/dev/null"]), "no TOTP export of Authelia; nothing was changed"),
        (vec!["export", "users.jsonl", "--account", "Nobody"], "there is no account"),
    ] {
        let text = portal.refused(&arguments);
        assert!(text.contains(reason), "{text}");
    }
    let wrong_use = portal.command(&import(&users, "authelia", &["--domain", "@example.com"])).output().unwrap();
    assert!(program::output_text(&wrong_use).contains("write a domain alone"), "{wrong_use:?}");
    assert_eq!(portal.database.count("select count(*) from users").await, 1, "Ada alone");
}

#[test]
fn every_command_of_the_guide_works_as_written() {
    let portal = Installation::on_sqlite();
    portal.create();
    for (name, file) in [
        ("users.csv", "users.csv"),
        ("authelia.yml", "users_database.yml"),
        ("authelia-totp.yml", "totp.yml"),
        ("keycloak.json", "realm.json"),
        ("django.json", "dump.json"),
    ] {
        fs::copy(sample(name), portal.beside(file)).unwrap();
    }
    let guide = include_str!("../../../docs/moving.md");
    let blocks = guide.split("```").skip(1).step_by(2);
    let commands: Vec<&str> = blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("postern ")).collect();
    assert!(commands.len() > 6, "{commands:?}");
    for command in commands {
        portal.run(&command.split(' ').collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_moves_to_another_portal_with_another_database() {
    let [sqlite, postgres] = Installation::on_both().await;
    for portal in [&sqlite, &postgres] {
        portal.add_account();
        portal.run(&["account", "add", "Second"]);
    }
    sqlite.add_user("finn@example.com");
    sqlite.run(&["user", "add", "gil@example.com", "--account", "Second"]);
    let table = sample("users.csv");
    assert_eq!(sqlite.run_json(&import(&table, "csv", &[]))["added"], 4);
    sqlite.run(&["user", "add-to", BO, "--account", "Second", "--admin"]);
    sqlite.database.execute("update memberships set locked_at = 1 where admin_since is not null").await;
    let out = sqlite.beside("users.jsonl").display().to_string();
    let told = sqlite.run(&["export", &out]);
    assert!(told.contains("6 users") && told.contains("password hashes"), "{told}");
    assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(sqlite.refused(&["export", &out]).contains("exists already"), "an existing file is left as it is");
    let arguments = ["import", &out, "--format", "postern"];
    assert_eq!(postgres.run_json(&arguments)["added"], 6);
    assert_eq!(postgres.run_json(&arguments)["already_there"], 6);
    let back = postgres.beside("users.jsonl").display().to_string();
    postgres.run(&["export", &back]);
    assert_eq!(fs::read_to_string(&out).unwrap(), fs::read_to_string(&back).unwrap());
    let server = postgres.start().await;
    assert_eq!(server.browser().sign_in("finn@example.com").await.expect(200).step(), "set_up");
    logs_in(&postgres, &server, CY, SHA512).await;
    let only = postgres.beside("second.jsonl").display().to_string();
    assert_eq!(postgres.run_json(&["export", &only, "--account", "Second"])["users"], 2);
    assert!(!fs::read_to_string(&only).unwrap().contains(ACCOUNT));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_that_is_interrupted_leaves_no_file() {
    let portal = Installation::on_postgres().await;
    portal.add_account();
    portal.add_user(ADA);
    let mut other = AnyConnection::connect(&portal.database.address()).await.unwrap();
    other.execute("begin; lock table memberships in access exclusive mode").await.unwrap();
    let folder = portal.beside("out");
    fs::create_dir(&folder).unwrap();
    let file = folder.join("users.jsonl");
    let mut export = portal.command(&["export", file.to_str().unwrap()]);
    let mut export = export.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let files = || fs::read_dir(&folder).unwrap().count();
    while files() == 0 && export.try_wait().unwrap().is_none() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let _ = kill_process(Pid::from_child(&export), Signal::INT);
    assert_eq!(export.wait().unwrap().code(), Some(1), "it ends by itself");
    assert_eq!(files(), 0);
}
