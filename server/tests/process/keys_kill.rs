//! Power cuts: SIGKILL at random moments of a rotation, while a server runs.

use std::process::Stdio;
use std::time::Duration;

use postern::auth::token::random_id;
use postern_testkit::authenticator::code_in;
use postern_testkit::sealed::key_ids;
use postern_testkit::{ADA, Installation};
use serde_json::Value;

use crate::keys::{add_factors, all_sealed_with};

/// About what a rotation of all values takes.
const ROTATION: Duration = Duration::from_millis(4_000);

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_of_a_rotation_no_value_is_lost_on_sqlite() {
    kill_rounds(&Installation::on_sqlite(), 24).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_of_a_rotation_no_value_is_lost_on_postgres() {
    kill_rounds(&Installation::on_postgres().await, 24).await;
}

async fn kill_rounds(portal: &Installation, rounds: usize) {
    portal.add_account();
    portal.add_user(ADA);
    add_factors(portal, 3_000).await;
    let server = portal.start().await;
    let (_, key) = server.set_up(ADA).await;
    let (mut interrupted, mut half_done) = (0, 0);
    for round in 0..rounds {
        let mut command = portal.command(&["keys", "rotate"]);
        let mut rotation = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let chance = u32::from_str_radix(&random_id()[..4], 16).unwrap();
        // Every other time between two values.
        let in_the_middle = round % 2 == 1;
        while in_the_middle && !is_half_done(portal).await && rotation.try_wait().unwrap().is_none() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let within = if in_the_middle { Duration::from_millis(10) } else { ROTATION };
        tokio::time::sleep(within * chance / 0xffff).await;
        interrupted += usize::from(rotation.try_wait().unwrap().is_none());
        rotation.kill().unwrap();
        rotation.wait().unwrap();
        // Opens every value, or panics.
        let found = portal.database.sealed_values(&portal.key_file()).await;
        let secrets: usize = found.iter().filter(|((table, _), _)| *table == "totp_factors").map(|(_, n)| n).sum();
        assert_eq!(secrets, 3_001);
        half_done += usize::from(found.keys().filter(|(table, _)| *table == "totp_factors").count() > 1);
    }
    assert!(interrupted > rounds / 3, "{interrupted} kills of {rounds} came during a rotation");
    assert!(half_done > 0, "no kill of {rounds} came between two values");
    let mut rotated = portal.run_json(&["keys", "rotate"]);
    assert_eq!(rotated["broken"], Value::from(Vec::<Value>::new()));
    if rotated["previous"].is_null() {
        rotated = portal.run_json(&["keys", "rotate"]);
    }
    assert_eq!(all_sealed_with(portal, rotated["key"].as_str().unwrap()).await, 3_001);
    assert_eq!(key_ids(&portal.key_file()).last().unwrap(), rotated["key"].as_str().unwrap());
    let mut browser = server.browser();
    browser.sign_in(ADA).await.expect(200);
    portal.database.execute("update totp_factors set last_step = 0").await;
    browser.code(&code_in(&key, 0)).await.expect(200);
}

/// Whether two keys have sealed factors.
async fn is_half_done(portal: &Installation) -> bool {
    let keys = "select count(distinct substr(secret_sealed, 1, 12)) from totp_factors";
    portal.database.count(keys).await > 1
}
