//! SIGKILL at random moments of an import: every user is added completely or not at all, and running it again adds the rest.

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use postern::auth::token::random_id;
use postern_testkit::{ACCOUNT, ADA, Installation, RFC_6238_KEY};
use rustix::process::{Pid, Signal, kill_process};
use sqlx::{AnyConnection, Connection, Executor};

const USERS: i64 = 200;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_an_import_goes_on_where_it_was_on_sqlite() {
    kill_rounds(&Installation::on_sqlite(), 12).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_an_import_goes_on_where_it_was_on_postgres() {
    kill_rounds(&Installation::on_postgres().await, 8).await;
}

async fn kill_rounds(portal: &Installation, rounds: i64) {
    portal.add_account();
    let mut interrupted = 0;
    for round in 1..=rounds {
        let file = portal.beside("users.csv").display().to_string();
        let line = |n| {
            format!(
                "user{n}.{round}@example.com,$2b$04$L/PfrME/bmnWcp5ySFy.W.svEsyJqcWl//36D7uPejonPcVp6ZK7u,{RFC_6238_KEY}\n"
            )
        };
        fs::write(&file, format!("email,password_hash,totp_secret\n{}", (0..USERS).map(line).collect::<String>()))
            .unwrap();
        let arguments = ["import", &file, "--format", "csv", "--account", ACCOUNT];
        let started = portal.command(&arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        let mut command = started.unwrap();
        let before = (round - 1) * USERS;
        while number(portal).await == before && command.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        let chance = u64::from_str_radix(&random_id()[..2], 16).unwrap();
        tokio::time::sleep(Duration::from_millis(chance)).await;
        command.kill().unwrap();
        command.wait().unwrap();
        let added = number(portal).await - before;
        interrupted += i64::from(added < USERS);
        check_rows(portal, before + added).await;
        let again = portal.run_json(&arguments);
        assert_eq!((again["added"].as_i64(), again["already_there"].as_i64()), (Some(USERS - added), Some(added)));
        check_rows(portal, before + USERS).await;
    }
    assert!(interrupted > 0, "no kill of {rounds} came in the middle");
}

async fn number(portal: &Installation) -> i64 {
    portal.database.count("select count(*) from users").await
}

/// Every user has a membership, a factor, a line in the roster and an event.
async fn check_rows(portal: &Installation, users: i64) {
    for of_each in [
        "select count(*) from users where two_factor_since is not null",
        "select count(*) from memberships",
        "select count(*) from totp_factors",
        "select count(*) from roster where two_factor = 1",
        "select count(*) from events where what = 'user_added'",
    ] {
        assert_eq!(portal.database.count(of_each).await, users, "{of_each}");
    }
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
