//! The audit log on the command line, beside a running server and without one.

use std::fs;
use std::time::Duration;

use postern::clock::Clock;
use postern_testkit::{ACCOUNT, ADA, Installation, eventually, program};
use serde_json::{Value, json};

use crate::backup::{give_key, moves};
use crate::doctor::found;

/// Waits until every row has its entry.
async fn chained(portal: &Installation) {
    eventually("every row is chained", async || {
        // Before the first look of a server, there is no log, which is a failure.
        let output = portal.command(&["audit", "verify", "--json"]).output().unwrap();
        let found: Value = serde_json::from_slice(&output.stdout).unwrap();
        output.status.success() && found["waiting"] == 0
    })
    .await;
}

/// What `postern audit verify` finds; it must end with this exit code.
#[track_caller]
fn verified(portal: &Installation, arguments: &[&str], code: i32) -> Value {
    let output = portal.command(&[&["audit", "verify", "--json"], arguments].concat()).output().unwrap();
    assert_eq!(output.status.code(), Some(code), "{}", program::output_text(&output));
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_verified_beside_a_server_and_without_one() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        assert!(portal.refused(&["audit", "verify"]).contains("there is no audit log"));
        let mut server = portal.start().await;
        server.set_up(ADA).await;
        chained(&portal).await;
        server.browser().sign_in_with(ADA, "wrong").await.expect(401);
        server.signal("TERM");
        assert!(server.wait(Duration::from_secs(15)).success());
        let found = verified(&portal, &[], 0);
        assert_eq!((&found["intact"], &found["waiting"], &found["faults"]), (&json!(true), &json!(0), &json!([])));
        portal.run(&["user", "lock", ADA]);
        assert!(portal.run(&["audit", "verify"]).contains("Rows that wait for their entry: 1."));
        portal.database.execute("update login_history set result = 'signed_in' where result = 'wrong_password'").await;
        let found = verified(&portal, &["--account", ACCOUNT], 1);
        let fault = &found["faults"][0];
        assert_eq!(
            (&fault["account"], &fault["defect"], &fault["kind"]),
            (&json!(ACCOUNT), &json!("altered"), &json!("log_in"))
        );
        let text = portal.refused(&["audit", "verify"]);
        assert!(text.contains("Acme (") && text.contains("the row or its entry was altered (log_in "), "{text}");
        assert!(portal.refused(&["audit", "verify", "--account", "Nobody"]).contains("Nobody"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn anchors_in_a_file_find_a_database_that_was_put_back() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let server = portal.start().await;
        chained(&portal).await;
        for table in ["audit_entries", "audit_chains", "audit_state", "login_history"] {
            portal.database.execute(&format!("create table kept_{table} as select * from {table}")).await;
        }
        server.browser().sign_in_with(ADA, "wrong").await.expect(401);
        chained(&portal).await;
        drop(server);
        let anchors = portal.beside("anchors");
        let lines = portal.run(&["audit", "anchor"]);
        fs::write(&anchors, lines.lines().map(|line| format!("Nov 27 host postern[1]: {line}\n")).collect::<String>())
            .unwrap();
        let anchors = anchors.to_str().unwrap();
        assert_eq!(verified(&portal, &["--anchors", anchors], 0)["anchors"], lines.lines().count());
        for table in ["audit_entries", "audit_chains", "audit_state", "login_history"] {
            portal.database.execute(&format!("delete from {table}")).await;
            portal.database.execute(&format!("insert into {table} select * from kept_{table}")).await;
        }
        assert_eq!(verified(&portal, &[], 0)["intact"], true);
        let found = verified(&portal, &["--anchors", anchors], 1);
        assert_eq!(found["faults"][0]["defect"], "cut_off", "{found}");
        fs::write(anchors, "nothing").unwrap();
        assert!(portal.refused(&["audit", "verify", "--anchors", anchors]).contains("no anchors"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restored_portal_goes_on_with_its_log() {
    for (portal, elsewhere) in moves().await {
        let portal = portal.with_ada();
        let server = portal.start().await;
        server.set_up(ADA).await;
        chained(&portal).await;
        let anchors = portal.beside("anchors");
        fs::write(&anchors, portal.run(&["audit", "anchor"])).unwrap();
        let file = portal.beside("portal.backup");
        portal.run(&["backup", file.to_str().unwrap()]);
        drop(server);
        give_key(&portal, &elsewhere);
        elsewhere.run(&["restore", file.to_str().unwrap()]);
        let entries = verified(&elsewhere, &["--anchors", anchors.to_str().unwrap()], 0)["entries"].as_i64().unwrap();
        let server = elsewhere.start().await;
        server.browser().sign_in_with(ADA, "wrong").await.expect(401);
        chained(&elsewhere).await;
        assert!(
            verified(&elsewhere, &["--anchors", anchors.to_str().unwrap()], 0)["entries"].as_i64().unwrap() > entries
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn doctor_warns_if_rows_wait_for_more_than_five_minutes() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let server = portal.start().await;
        chained(&portal).await;
        assert_eq!(found(&portal, "audit")["severity"], "ok");
        drop(server);
        tokio::time::sleep(Duration::from_secs(2)).await;
        let late = format!(
            "insert into login_history (id, at, user_id, account_id, email, address, factor, result)
            values ('late', {}, null, null, '', '192.0.2.1', 'password', 'unknown_user')",
            Clock::system().now() - 301
        );
        portal.database.execute(&late).await;
        let warning = found(&portal, "audit");
        assert!(
            warning["severity"] == "warning" && warning.to_string().contains("rows have been waiting"),
            "{warning}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_written_to_a_new_file_or_to_standard_output() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let server = portal.start().await;
        chained(&portal).await;
        drop(server);
        let file = portal.beside("log.jsonl");
        let path = file.to_str().unwrap();
        let answer = portal.run_json(&["audit", "export", "--output", path]);
        let written = fs::read_to_string(&file).unwrap();
        assert_eq!(answer["entries"], written.lines().count());
        assert!(portal.refused(&["audit", "export", "--output", path]).contains("exists already"));
        assert_eq!(portal.run(&["audit", "export"]), written.trim());
        let csv = portal.run(&["audit", "export", "--format", "csv", "--account", ACCOUNT]);
        assert_eq!(csv.lines().count() - 1, written.lines().filter(|line| !line.contains("\"portal\"")).count());
    }
}
