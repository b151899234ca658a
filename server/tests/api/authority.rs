//! What a request was admitted by is checked again when its transaction gets its turn.

use axum::http::Method;
use postern_testkit::{Answer, Browser, Portal, eventually};
use postern_types::route;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor, query_scalar};

use crate::record::{Prepared, prepare};
use crate::routes::mutating;

/// What happens to whoever waits, and what the request is then answered.
const LOSSES: [(&str, &str, &str); 6] = [
    ("logged out", "delete from sessions where user_id = 'WHO'", "session_expired"),
    (
        "locked by the operator",
        "with locked as (update users set locked_at = 1 where id = 'WHO')
        delete from sessions where user_id = 'WHO'",
        "session_expired",
    ),
    (
        "given a new token, as by a change of the password",
        "update sessions set token_hash = id || 'new' where user_id = 'WHO'",
        "session_expired",
    ),
    ("no longer an administrator", "update memberships set admin_since = null where user_id = 'WHO'", "forbidden"),
    ("locked in the account", "update memberships set locked_at = 1 where user_id = 'WHO'", "not_found"),
    ("removed from the account", "delete from memberships where user_id = 'WHO'", "not_found"),
];

/// Sends a request that has to wait for rows, and lets something happen meanwhile.
async fn send_and_wait(
    portal: &Portal,
    browser: &mut Browser,
    method: Method,
    prepared: (&str, String),
    meanwhile: &str,
) -> Answer {
    let mut holder = AnyConnection::connect(&portal.database.address()).await.unwrap();
    let pid: i32 = query_scalar("select pg_backend_pid()").fetch_one(&mut holder).await.unwrap();
    holder.execute("begin").await.unwrap();
    holder.execute("update accounts set name = name").await.unwrap();
    holder.execute("update users set name = name").await.unwrap();
    holder.execute(AssertSqlSafe(meanwhile)).await.unwrap();
    let waiting = format!("select count(*) from pg_stat_activity where {pid} = any(pg_blocking_pids(pid))");
    let (path, body) = prepared;
    let release = async {
        eventually("the request waits", async || portal.database.count(&waiting).await > 0).await;
        holder.execute("commit").await.unwrap();
    };
    let (answer, ()) = tokio::join!(browser.send(method, path, body), release);
    answer
}

/// Everything that somebody who is logged in can change.
async fn changes(portal: &Portal, prefix: &str) -> Vec<(Method, String)> {
    // The access test writes nothing, so it does not wait for a lock.
    let changes = |path: &str| path.starts_with(prefix) && path != route::ACCOUNT_APPLICATIONS_CHECK;
    mutating(portal).await.into_iter().filter(|(_, path)| changes(path)).collect()
}

/// Refuses the routes below a path to whoever has lost, while the request waited, what it was admitted by.
async fn expect_refused(prefix: &str, losses: &[(&str, &str, &str)]) {
    let portal = &Portal::on_postgres().await;
    let mut number = 0;
    for (method, path) in changes(portal, prefix).await {
        for (loss, sql, error) in losses {
            number += 1;
            let Prepared { mut browser, path: filled, body } = prepare(portal, number, &method, &path).await;
            let who = browser.flow().await.json()["user"]["id"].as_str().unwrap().to_owned();
            let before = portal.database.count("select count(*) from events").await;
            let meanwhile = sql.replace("WHO", &who);
            let request = (filled.as_str(), body.to_string());
            let answer = send_and_wait(portal, &mut browser, method.clone(), request, &meanwhile).await;
            assert_eq!(answer.json()["error"], *error, "{method} {path} of somebody {loss}: {}", answer.text());
            assert_eq!(portal.database.count("select count(*) from events").await, before, "{method} {path}, {loss}");
        }
    }
    assert!(number > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_administrator_who_lost_standing_while_the_request_waited_changes_nothing() {
    expect_refused("/api/accounts/", &LOSSES).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_was_logged_out_while_the_request_waited_changes_nothing_of_their_own() {
    expect_refused("/api/me/", &LOSSES[..3]).await;
    expect_refused("/api/step-up", &LOSSES[..3]).await;
}
