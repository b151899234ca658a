//! A database that answers, and yet cannot be written: read-only, or locked by somebody else.

use std::time::{Duration, Instant};

use futures::future::join_all;
use postern::auth::token::random_id;
use postern_testkit::{ADA, Installation, PASSWORD, eventually, postgres_server, program};
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

#[tokio::test(flavor = "multi_thread")]
async fn a_postgres_that_is_read_only_is_not_ready_and_no_connection_stays_read_only() {
    let portal = Installation::on_postgres().await;
    let name = format!("read_only_{}", random_id());
    portal.database.execute(&format!("create database {name}")).await;
    let mut url = url::Url::parse(&postgres_server()).unwrap();
    url.set_path(&name);
    let mut command = program::command(&["serve", "--database", url.as_str()]);
    command.arg("--data-dir").arg(portal.data_dir());
    let mut server = portal.launch(command, &[]);
    server.wait_until_ready().await;
    let end_connections =
        format!("select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = '{name}'");

    portal.database.execute(&format!("alter database {name} set default_transaction_read_only = on")).await;
    assert!(portal.database.count(&end_connections).await > 0);
    eventually("not ready", async || !server.is_ready().await).await;
    server.browser().sign_in(ADA).await.expect_busy();

    portal.database.execute(&format!("alter database {name} reset default_transaction_read_only")).await;
    eventually("ready again", async || server.is_ready().await).await;
    let answers = join_all((0..40).map(|n| {
        let mut browser = server.browser();
        async move { browser.sign_in(&format!("nobody{n}@example.com")).await.status.as_u16() }
    }));
    assert_eq!(answers.await, [401; 40]);
    drop(server);
    portal.database.execute(&format!("drop database {name} with (force)")).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sqlite_file_that_another_process_has_locked_is_not_ready() {
    let portal = Installation::on_sqlite().with_ada();
    let server = portal.start().await;
    let mut other = AnyConnection::connect(&portal.database.address()).await.unwrap();
    other.execute("begin immediate").await.unwrap();
    eventually("not ready", async || !server.is_ready().await).await;
    other.execute("rollback").await.unwrap();
    eventually("ready again", async || server.is_ready().await).await;
    server.browser().sign_in(ADA).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_whose_row_is_locked_keeps_nobody_else_out() {
    let portal = Installation::on_postgres().await.with_ada();
    portal.run(&["account", "add", "Elsewhere"]);
    let server = portal.start().await;
    let mut other = AnyConnection::connect(&portal.database.address()).await.unwrap();
    other.execute("begin").await.unwrap();
    other.execute(AssertSqlSafe(format!("update users set name = name where email = '{ADA}'"))).await.unwrap();
    let held = (0..12).map(|_| {
        let mut browser = server.browser();
        async move { browser.sign_in(ADA).await.status.as_u16() }
    });
    let others = async {
        let begun = Instant::now();
        for n in 0..20 {
            let mut browser = server.browser();
            browser.sign_in_with(&format!("nobody{n}@example.com"), PASSWORD).await.expect(401);
        }
        begun.elapsed()
    };
    let (held, took) = futures::join!(join_all(held), others);
    assert!(held.iter().all(|status| matches!(status, 429 | 503)), "{held:?}");
    assert!(took < Duration::from_secs(40), "others waited: {took:?}");
    other.execute("rollback").await.unwrap();
    eventually("the user gets in again", async || server.browser().sign_in(ADA).await.status == 200).await;
}
