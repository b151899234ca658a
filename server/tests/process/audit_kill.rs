//! Power cuts: SIGKILL at random moments while the audit log is written.

use std::time::Duration;

use postern::auth::token::random_id;
use postern::clock::Clock;
use postern_testkit::{ADA, Installation, credentials, eventually};
use postern_types::route;

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_the_audit_log_is_intact_and_goes_on_on_sqlite() {
    kill_rounds(&Installation::on_sqlite(), 20).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_kill_at_any_moment_the_audit_log_is_intact_and_goes_on_on_postgres() {
    kill_rounds(&Installation::on_postgres().await, 20).await;
}

async fn kill_rounds(portal: &Installation, rounds: usize) {
    portal.add_account();
    portal.add_user(ADA);
    let server = portal.start().await;
    eventually("the log begins", async || portal.command(&["audit", "verify"]).output().unwrap().status.success())
        .await;
    drop(server);
    let mut interrupted = 0;
    for round in 0..rounds {
        fill(portal, round).await;
        let mut server = portal.start().await;
        let chance = u32::from_str_radix(&random_id()[..4], 16).unwrap();
        let attempts = async {
            loop {
                drop(server.browser().try_post(route::SIGN_IN, credentials(ADA, "wrong")).await);
            }
        };
        tokio::select! {
            () = attempts => unreachable!(),
            () = tokio::time::sleep(Duration::from_millis(1_200) * chance / 0xffff) => {}
        }
        server.kill();
        let found = portal.run_json(&["audit", "verify"]);
        assert_eq!(found["intact"], true, "{found}");
        interrupted += usize::from(found["waiting"] != 0);
    }
    assert!(interrupted > 0, "no kill of {rounds} came while rows waited");
    let _server = portal.start().await;
    eventually("every row is chained", async || portal.run_json(&["audit", "verify"])["waiting"] == 0).await;
    let twice = "select count(*) from audit_entries a join audit_entries b on b.row_id = a.row_id and b.seq <> a.seq";
    assert_eq!(portal.database.count(twice).await, 0);
    let rows = "select (select count(*) from events) + (select count(*) from login_history)";
    assert_eq!(portal.database.count("select count(*) from audit_entries").await, portal.database.count(rows).await);
}

/// Rows that are written while no server runs, so that the next one begins with some batches.
async fn fill(portal: &Installation, round: usize) {
    let now = Clock::system().now();
    portal
        .database
        .execute(&format!(
            "insert into login_history (id, at, user_id, account_id, email, address, factor, result)
         with recursive numbers (n) as (select 1 union all select n + 1 from numbers where n < 3000)
         select 'row-{round}-' || n, {now}, null, null, '', '192.0.2.1', 'password', 'unknown_user' from numbers"
        ))
        .await;
}
