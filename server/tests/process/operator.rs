//! What the operator can rely on: no command makes a database by mistake, every change is recorded, every answer can be read by
//! a program.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use clap::{Command, CommandFactory};
use postern::cli::Cli;
use postern::config::DatabaseUrl;
use postern_testkit::{ACCOUNT, ADA, Installation, authenticator, eventually, program};
use serde_json::{Value, json};

use crate::doctor::found;

const BO: &str = "bo@example.com";
/// Commands that change nothing, and the server, whose changes are recorded by its routes.
const CHANGE_NOTHING: [&str; 21] = [
    "serve",
    "backup",
    "restore",
    "account list",
    "user list",
    "app list",
    "app check",
    "client check",
    "client list",
    "oidc keys list",
    "keys list",
    "keys check",
    "export",
    "audit verify",
    "audit anchor",
    "audit export",
    "doctor",
    "health",
    "init",
    "completions",
    "man",
];
/// Commands that need no database: two make one, and the others read none.
const NEED_NONE: [&str; 6] = ["serve", "restore", "health", "init", "completions", "man"];

/// The names of all commands, from clap's own tree.
fn commands(parent: &Command, prefix: &str) -> Vec<String> {
    let below = |command: &Command| {
        let name = format!("{prefix}{}", command.get_name());
        if command.has_subcommands() { commands(command, &format!("{name} ")) } else { vec![name] }
    };
    parent.get_subcommands().flat_map(below).collect()
}

/// A use of each command that works in an installation with Ada, an administrator, the account Second and its application Board.
fn arguments(command: &str) -> Vec<&str> {
    let rest: &[&str] = match command {
        "backup" | "restore" => &["portal.backup"],
        "account add" => &["Third"],
        "account passkeys" => &["Second", "not-allowed"],
        "account require-2fa" => &["Second", "on"],
        "user add" => &[BO, "--account", "Second"],
        "user add-to" => &[ADA, "--account", "Second"],
        "user lock" | "user unlock" | "user reset-2fa" | "user set-up-code" | "admin-link" => &[ADA],
        "app add" => &["Wiki", "--url", "https://wiki.example.com", "--account", "Second"],
        "app change" => &["Wiki", "--two-factor", "on"],
        "app remove" => &["Wiki"],
        "client add" => &["Wiki", "--app", "Board", "--redirect-uri", "https://board.example.com/callback"],
        "client change" => &["Wiki", "--consent", "on"],
        "client check" | "client secret" | "client remove" => &["Wiki"],
        "import" => &["users.csv", "--format", "csv", "--account", "Second"],
        "export" => &["users.jsonl"],
        "app check" => &["https://wiki.example.com", "--user", ADA],
        "keys remove" => &["0a1b2c3d"],
        "account list" | "user list" | "app list" | "client list" | "oidc keys list" | "oidc keys rotate"
        | "keys list" | "keys check" | "keys rotate" | "audit verify" | "audit anchor" | "audit export" | "doctor" => {
            &[]
        }
        unknown => panic!("what does {unknown} need?"),
    };
    command.split(' ').chain(rest.iter().copied()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_that_changes_something_is_recorded_as_done_by_the_operator() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        portal.run(&["account", "add", "Second"]);
        portal.run(&["app", "add", "Board", "--url", "https://board.example.com", "--account", "Second"]);
        fs::write(portal.beside("users.csv"), "email\ncy@example.com\n").unwrap();
        portal.database.execute("update memberships set admin_since = 1").await;
        let server = portal.start().await;
        let (mut ada, _) = server.set_up(ADA).await;
        portal.database.execute("update accounts set reset_set_up_code_since = 1").await;
        let recorded = async || portal.database.count("select count(*) from events where actor = ''").await;
        let changing = commands(&Cli::command(), "").into_iter().filter(|it| !CHANGE_NOTHING.contains(&it.as_str()));
        // Needs a key that nothing needs: keys.rs.
        for command in changing.filter(|it| it != "keys remove") {
            let before = recorded().await;
            portal.run(&arguments(&command));
            assert!(recorded().await > before, "postern {command} is not recorded");
        }
        let is_out = async || ada.flow().await.step() == "credentials";
        eventually("the server knows of it", is_out).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_who_is_added_as_administrator_is_recorded_as_one() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        portal.run(&["user", "add", BO, "--account", ACCOUNT, "--admin"]);
        let events = "select what || ' ' || actor from events where subject = 'bo@example.com' order by 1";
        assert_eq!(portal.database.texts(events).await, ["admin_granted ", "user_added "]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_that_the_clock_was_set_back() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        portal.start().await.set_up(ADA).await;
        let clock = found(&portal, "clock");
        assert!(clock["ok"] == true && clock.to_string().contains("nothing in the database is later"), "{clock}");
        portal.database.execute("update login_history set at = at + 3600").await;
        let refused = portal.refused(&["doctor"]);
        assert!(refused.contains("FAILED  clock") && refused.contains("the clock was set back"), "{refused}");
        portal.database.execute("update totp_factors set last_step = last_step + 120").await;
        let refused = portal.refused(&["doctor"]);
        assert!(refused.contains("users: 1,") && refused.contains("postern user reset-2fa"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_says_that_the_clock_is_wrong_if_the_phones_of_several_users_agree() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        portal.run(&["account", "require-2fa", ACCOUNT, "on"]);
        let users = [ADA, BO, "cy@example.com"];
        let server = portal.start().await;
        for email in users {
            if email != ADA {
                portal.add_user(email);
            }
            assert!(found(&portal, "clock").to_string().contains("nothing in the database is later"));
            let mut browser = server.browser();
            let key = browser.begin_set_up(email).await;
            browser.confirm(&authenticator::code_in(&key, 600)).await.expect_error(401, "invalid_code");
        }
        let refused = portal.refused(&["doctor"]);
        assert!(refused.contains("FAILED  clock") && refused.contains("about 10 minutes slow"), "{refused}");
        portal.database.execute("update clock_offsets set found_at = found_at - 604800").await;
        assert_eq!(found(&portal, "clock")["ok"], true);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn only_serve_and_restore_create_a_database() {
    for portal in Installation::on_both().await {
        for command in commands(&Cli::command(), "").iter().filter(|it| !NEED_NONE.contains(&it.as_str())) {
            let output = portal.command(&arguments(command)).output().unwrap();
            let text = program::output_text(&output);
            assert_eq!(output.status.code(), Some(1), "postern {command}: {text}");
            assert!(text.contains("there is no database") && text.contains("--data-dir"), "postern {command}: {text}");
            assert!(!portal.data_dir().join("postern.sqlite").exists() && !portal.key_file().exists(), "{command}");
        }
        drop(portal.start().await);
        portal.run(&["user", "list"]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_has_the_address_of_the_running_server() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        portal.database.execute("update memberships set admin_since = 1").await;
        let refused = portal.refused(&["admin-link", ADA]);
        assert!(refused.contains("--public-url"), "no server has run yet: {refused}");
        let server = portal.start().await;
        let link = portal.run_json(&["admin-link", ADA])["link"].as_str().unwrap().to_owned();
        assert!(link.starts_with(&format!("http://localhost:{}/console/link#", server.port)), "{link}");
        let link = portal.run_json(&["admin-link", ADA, "--public-url", "https://login.example.com"]);
        assert!(link["link"].as_str().unwrap().starts_with("https://login.example.com/"), "{link}");
    }
}

#[test]
fn no_first_run_link_is_printed_while_the_port_is_in_use() {
    let portal = Installation::on_sqlite();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let output = portal.command(&["serve", "--listen", &address]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(output.stdout.is_empty(), "{}", program::output_text(&output));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_is_added_to_a_further_account_and_told_by_mail() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        portal.run(&["account", "add", "Second"]);
        let server = portal.start().await;
        let added = portal.run_json(&["user", "add-to", ADA, "--account", "Second", "--admin"]);
        assert_eq!(added, json!({"email": ADA, "account": "Second", "admin": true}));
        let (mut browser, _) = server.set_up(ADA).await;
        let accounts = browser.flow().await.json()["accounts"].clone();
        assert_eq!((&accounts[1]["name"], &accounts[1]["admin"]), (&json!("Second"), &json!(true)), "{accounts}");
        let mails = portal.data_dir().join("mail");
        let is_mailed = async || {
            let mails = fs::read_dir(&mails).into_iter().flatten().map(|mail| fs::read_to_string(mail.unwrap().path()));
            mails.into_iter().any(|mail| mail.is_ok_and(|mail| mail.contains("You are now a member of Second")))
        };
        eventually("the mail is written", is_mailed).await;
        assert!(portal.refused(&["user", "add-to", ADA, "--account", "Second"]).contains("already"));
        assert!(portal.refused(&["user", "add-to", BO, "--account", "Second"]).contains("no user"));
        assert!(portal.refused(&["user", "add-to", ADA, "--account", "None"]).contains("account add"));
        let listed = portal.run_json(&["account", "list"]);
        assert_eq!((&listed[0]["name"], &listed[0]["two_factor"]["required"]), (&json!(ACCOUNT), &json!(true)));
        assert_eq!((&listed[1]["name"], &listed[1]["users"]), (&json!("Second"), &json!(1)));
        portal.run(&["account", "add", "Third"]);
        portal.database.execute("update users set email_unconfirmed_since = 1").await;
        assert!(portal.refused(&["user", "add-to", ADA, "--account", "Third"]).contains("Forgotten password?"));
    }
}

#[test]
fn a_failure_is_json_too_where_json_was_asked_for() {
    let portal = Installation::on_sqlite();
    let answer = |arguments: &[&str], code| -> Value {
        let output = portal.command(arguments).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{}", program::output_text(&output));
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", program::output_text(&output)))
    };
    assert!(answer(&["user", "list", "--json"], 1)["error"].as_str().unwrap().contains("no database"));
    assert!(
        answer(&["serve", "--json", "--set", "totp.window=9"], 1)["error"].as_str().unwrap().contains("totp.window")
    );
    assert!(answer(&["user", "lock", "--json"], 2)["error"].as_str().unwrap().contains("Usage"));
    portal.add_account();
    let checks = answer(&["doctor", "--json", "--set", "mail.url=smtp://localhost:9"], 1);
    let of = |name: &str| checks.as_array().unwrap().iter().find(|check| check["check"] == name).unwrap().clone();
    assert_eq!(of("database")["ok"], true);
    assert_eq!(of("mail")["ok"], false);
    assert!(of("mail")["error"].is_string(), "{checks}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_or_folder_that_others_can_open_is_refused_with_the_command_that_mends_it() {
    let portal = Installation::on_sqlite().with_ada();
    let DatabaseUrl::Sqlite(file) = &portal.database.url else { unreachable!() };
    let file = file.clone();
    let log = file.with_extension("sqlite-wal");
    let mails = portal.data_dir().join("mail");
    fs::create_dir(&mails).unwrap();
    for (path, bad, good) in
        [(&file, 0o644, 0o600), (&log, 0o640, 0o600), (&portal.data_dir(), 0o770, 0o755), (&mails, 0o755, 0o700)]
    {
        if !path.exists() {
            fs::write(path, "").unwrap();
        }
        let set = |mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        set(bad);
        let command = format!("chmod go-{}", if path == &portal.data_dir() { "w" } else { "rwx" });
        for arguments in [&["serve"][..], &["doctor"]] {
            let output = portal.command(arguments).output().unwrap();
            let text = program::output_text(&output);
            assert_eq!(output.status.code(), Some(1), "{}: {text}", path.display());
            assert!(text.contains(&format!("{command} {}", path.display())), "{text}");
        }
        set(good);
    }
    drop(portal.start().await);
}

#[tokio::test(flavor = "multi_thread")]
async fn sighup_does_not_end_the_server() {
    let portal = Installation::on_sqlite();
    let mut server = portal.start().await;
    server.signal("HUP");
    eventually("it is logged", async || server.log().contains("SIGHUP is ignored")).await;
    assert!(server.is_ready().await);
    server.signal("TERM");
    assert!(server.wait(Duration::from_secs(15)).success());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_database_beside_an_existing_key_is_warned_about() {
    let portal = Installation::on_sqlite();
    assert!(!portal.start().await.log().contains("already a key file"));
    let DatabaseUrl::Sqlite(file) = &portal.database.url else { unreachable!() };
    for suffix in ["", "-wal", "-shm"] {
        drop(fs::remove_file(format!("{}{suffix}", file.display())));
    }
    let log = portal.start().await.log();
    assert!(log.contains("already a key file") && log.contains("database.url"), "{log}");
}

#[test]
fn a_variable_with_one_underscore_is_told_the_right_name() {
    let portal = Installation::on_sqlite();
    for (wrong, right) in [
        ("POSTERN_SERVER_LISTEN", "POSTERN_SERVER__LISTEN"),
        ("POSTERN_SESSIONS_IDLE_S", "POSTERN_SESSIONS__IDLE_S"),
        ("POSTERN_SESSIONS__IDLE__S", "POSTERN_SESSIONS__IDLE_S"),
    ] {
        let text = program::refusal(portal.command(&["serve"]).env(wrong, "1"));
        assert!(text.contains(right), "{text}");
    }
}

#[test]
fn an_unreachable_database_is_named_without_its_password() {
    let portal = Installation::on_sqlite();
    let text =
        portal.refused(&["user", "list", "--database", "postgres://ada:hunter2@127.0.0.1:9/none?password=hunter2"]);
    assert!(text.contains("127.0.0.1:9") && !text.contains("hunter2"), "{text}");
}

#[test]
fn a_database_elsewhere_that_may_be_spoken_to_in_the_clear_is_warned_about() {
    let portal = Installation::on_sqlite();
    for (url, warned) in [
        ("postgres://db.invalid/p", false),
        ("postgres://db.invalid/p?sslmode=prefer", true),
        ("postgres://db.invalid/p?sslmode=disable", true),
        ("postgres://db.invalid/p?sslmode=require", false),
        ("postgres://db.invalid/p?sslmode=verify-full", false),
        ("postgres://127.0.0.1:9/p", false),
    ] {
        let text = portal.refused(&["serve", "--database", url]);
        assert_eq!(text.contains("may be unencrypted"), warned, "{url}: {text}");
    }
}
