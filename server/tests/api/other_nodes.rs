//! What a node caches about sessions, and how it learns of the changes of other nodes (R26, R27).

use std::collections::BTreeSet;

use futures::future::join_all;
use postern::auth::token::{Token, TokenHash};
use postern::config::DatabaseUrl;
use postern::housekeeping;
use postern::store::{Db, account_security, application_sessions, applications, sessions, transactions};
use postern_testkit::{ADA, Browser, Portal, on_both_databases};
use postern_types::Email;
use sqlx::{AnyConnection, AssertSqlSafe, Connection, Executor};

use crate::behind_proxy;

const BO: &str = "bo@example.com";

/// A browser in which a user without a second factor is logged in.
async fn signed_in(portal: &Portal, email: &str) -> Browser {
    let mut browser = portal.browser();
    assert_eq!(browser.sign_in(email).await.expect(200).step(), "signed_in");
    browser
}

/// Seconds since the last recorded use of the only session.
async fn unrecorded(portal: &Portal) -> i64 {
    portal.now() - portal.database.count("select last_seen_at from sessions").await
}

on_both_databases! {
    async fn a_session_that_nobody_changes_is_answered_without_the_database(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = signed_in(portal, ADA).await;
        assert_eq!(browser.step().await, "signed_in");
        for table in ["sessions", "memberships"] {
            portal.database.execute(&format!("alter table {table} rename to {table}_elsewhere")).await;
        }
        assert_eq!(browser.step().await, "signed_in");
    }

    async fn a_session_that_ends_at_one_node_is_dead_at_the_other_when_it_learns_of_it(portal) {
        portal.add_user("Acme", ADA).await;
        let node = portal.node().await;
        let mut here = signed_in(portal, ADA).await;
        let mut there = here.clone().moved_to(&node);
        portal.database.follow().await;
        assert_eq!(there.step().await, "signed_in");
        here.sign_out().await.expect(200);
        assert_eq!(here.with_session(&there.session().unwrap()).step().await, "credentials", "at the next request here");
        portal.database.follow().await;
        assert_eq!(there.step().await, "credentials");
    }

    async fn sessions_that_an_operator_removes_all_at_once_are_dead_when_a_node_learns_of_it(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = signed_in(portal, ADA).await;
        portal.database.follow().await;
        assert_eq!(browser.step().await, "signed_in");
        let remove = if let DatabaseUrl::Postgres(_) = portal.database.url { "truncate sessions cascade" } else { "delete from sessions" };
        portal.database.execute(remove).await;
        portal.database.follow().await;
        assert_eq!(browser.step().await, "credentials");
    }

    async fn a_node_without_news_for_two_seconds_asks_the_database(portal) {
        portal.add_user("Acme", ADA).await;
        let node = portal.node().await;
        let mut here = signed_in(portal, ADA).await;
        let mut there = here.clone().moved_to(&node);
        portal.database.follow().await;
        assert_eq!(there.step().await, "signed_in");
        here.sign_out().await.expect(200);
        portal.advance(2);
        assert_eq!(there.step().await, "credentials");
    }

    async fn r27_a_lock_by_the_command_line_is_known_when_a_node_learns_of_it(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = signed_in(portal, ADA).await;
        assert_eq!(browser.step().await, "signed_in");
        let command_line = Db::connect(&portal.database.url).await.unwrap();
        let email = Email::parse(ADA).unwrap();
        assert!(transactions::lock_user(&command_line, &portal.operator(), &email).await.unwrap());
        portal.database.follow().await;
        assert_eq!(browser.step().await, "credentials");
    }

    async fn whatever_changes_an_answer_that_is_kept_is_on_record(portal) {
        portal.add_user("Acme", ADA).await;
        let token = Token::parse(&signed_in(portal, ADA).await.session().unwrap()).unwrap().hash();
        behind_proxy::add_application(portal, behind_proxy::WIKI, "").await;
        let visit = "insert into application_sessions (token_hash, session_id, application_id, created_at)
            select $1, s.id, a.id, 1 from sessions s, applications a";
        portal.database.execute_with(visit, &[token.as_str()]).await;
        let mut shell = AnyConnection::connect(&portal.database.address()).await.unwrap();
        for table in TABLES {
            portal.database.execute(&format!("create table kept_{table} as select * from {table}")).await;
        }
        let (mut with_effect, mut recorded_before) = (BTreeSet::new(), recorded(portal).await);
        let before = answers(portal, &token).await;
        for (table, column) in columns(portal).await {
            for value in ["null", "'x'", "''", "1600000000", "4000000000", "'y@example.com'"] {
                let change = format!("update {table} set {column} = {value}");
                if shell.execute(AssertSqlSafe(change.clone())).await.is_err() {
                    continue;
                }
                let (after, now_recorded) = (answers(portal, &token).await, recorded(portal).await);
                if after != before {
                    assert!(now_recorded > recorded_before || column == "last_seen_at", "{change}");
                    with_effect.insert(format!("{table}.{column}"));
                }
                let undo = format!("update {table} set {column} = (select {column} from kept_{table})");
                shell.execute(AssertSqlSafe(undo)).await.unwrap();
                recorded_before = recorded(portal).await;
            }
        }
        for column in [
            "users.locked_at",
            "sessions.token_hash",
            "memberships.locked_at",
            "accounts.allowed_addresses",
            "applications.rules",
            "application_accounts.everyone_since",
            "application_sessions.token_hash",
        ] {
            assert!(with_effect.contains(column), "{column} of {with_effect:?}");
        }
    }

    async fn whoever_comes_or_goes_is_on_record_however_it_happens(portal) {
        let id = portal.add_user("Acme", ADA).await;
        signed_in(portal, ADA).await;
        let mut before = recorded(portal).await;
        portal.join("Other", &id).await;
        behind_proxy::add_application(portal, behind_proxy::WIKI, "").await;
        for what in [
            "insert into application_members (application_id, account_id, user_id)
                select g.application_id, g.account_id, u.id from application_accounts g, users u",
            "delete from application_members",
            "delete from application_accounts",
            "delete from applications",
            "delete from sessions",
            "delete from memberships where account_id in (select id from accounts where name = 'Acme')",
            "delete from accounts where name = 'Other'",
            "delete from users",
        ] {
            let now = recorded(portal).await;
            assert!(now > before, "before {what}");
            before = now;
            portal.database.execute(what).await;
        }
        assert!(recorded(portal).await > before);
        let of_ada = format!("select count(*) from changes where subject = '{id}'");
        assert!(portal.database.count(&of_ada).await >= 4);
    }

    async fn a_use_of_a_session_is_no_change(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = signed_in(portal, ADA).await;
        let before = recorded(portal).await;
        portal.advance(1800);
        assert_eq!(browser.step().await, "signed_in");
        assert_eq!((unrecorded(portal).await, recorded(portal).await), (0, before));
    }

    async fn of_20_log_outs_at_once_each_is_true_at_the_next_request(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browsers = Vec::new();
        for _ in 0..20 {
            let mut browser = signed_in(portal, ADA).await;
            assert_eq!(browser.step().await, "signed_in");
            browsers.push(browser);
        }
        let steps = join_all(browsers.into_iter().map(async |browser| {
            let mut copy = browser.clone();
            { browser }.sign_out().await.expect(200);
            copy.step().await
        }));
        assert_eq!(steps.await, vec!["credentials"; 20]);
    }

    async fn uses_are_collected_and_written_together(portal) {
        let mut browsers = Vec::new();
        for email in [ADA, BO] {
            portal.add_user("Acme", email).await;
            browsers.push(signed_in(portal, email).await);
        }
        let unrecorded = "select count(*) from sessions where last_seen_at = (select min(last_seen_at) from sessions)";
        portal.advance(360);
        for browser in &mut browsers {
            assert_eq!(browser.step().await, "signed_in");
        }
        let signed_in_at = portal.now() - 360;
        let at = async |time: i64| {
            portal.database.count(&format!("select count(*) from sessions where last_seen_at = {time}")).await
        };
        assert_eq!((at(signed_in_at).await, portal.database.count(unrecorded).await), (2, 2));
        portal.state.sessions.write_uses().await.unwrap();
        assert_eq!(at(portal.now()).await, 2);
    }

    async fn r26_who_is_active_every_half_of_the_limit_stays_logged_in_though_every_node_is_killed(portal) {
        portal.add_user("Acme", ADA).await;
        let mut browser = signed_in(portal, ADA).await;
        for pause in [1799, 359, 1799, 899, 1799, 1, 1799, 361, 361, 1799, 899, 899, 1799] {
            portal.advance(pause);
            browser = browser.moved_to(&portal.node().await);
            assert_eq!(browser.step().await, "signed_in", "after {pause} s");
        }
        portal.advance(3600);
        assert_eq!(browser.step().await, "credentials");
    }

    async fn r26_who_is_active_at_another_node_is_not_idle_here(portal) {
        portal.add_user("Acme", ADA).await;
        let here = portal.node_with(|config| config.sessions.idle_s = 60).await;
        let there = portal.node_with(|config| config.sessions.idle_s = 60).await;
        let mut browser_here = signed_in(&here, ADA).await;
        let mut browser_there = browser_here.clone().moved_to(&there);
        assert_eq!(browser_here.step().await, "signed_in");
        for pause in [30, 29] {
            portal.pass(pause).await;
            assert_eq!(browser_there.step().await, "signed_in");
        }
        portal.pass(1).await;
        assert_eq!(browser_here.step().await, "signed_in");
        portal.pass(60).await;
        for mut browser in [browser_here, browser_there] {
            assert_eq!(browser.step().await, "credentials");
        }
    }

    async fn the_clean_up_removes_changes_that_every_node_has_read(portal) {
        portal.add_user("Acme", ADA).await;
        signed_in(portal, ADA).await.sign_out().await.expect(200);
        let before = recorded(portal).await;
        assert!(before > 0);
        housekeeping::clean_up(&portal.state).await.unwrap();
        assert_eq!(recorded(portal).await, before);
        let mut later = signed_in(portal, ADA).await;
        assert_eq!(later.step().await, "signed_in");
        housekeeping::clean_up(&portal.state).await.unwrap();
        assert_eq!(recorded(portal).await, 0);
        later.clone().sign_out().await.expect(200);
        assert_eq!(later.step().await, "credentials", "what comes after it is read too");
    }
}

/// With PostgreSQL a change can be committed after a later one.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_is_committed_after_a_later_one_is_not_missed() {
    let portal = &Portal::on_postgres().await;
    for email in [ADA, BO] {
        portal.add_user("Acme", email).await;
    }
    let (mut ada, mut bo) = (signed_in(portal, ADA).await, signed_in(portal, BO).await);
    let mut slow = AnyConnection::connect(&portal.database.address()).await.unwrap();
    let mut slow = slow.begin().await.unwrap();
    slow.execute("update users set locked_at = 1 where email = 'ada@example.com'").await.unwrap();
    portal.database.execute("update users set locked_at = 1 where email = 'bo@example.com'").await;
    assert_eq!((ada.step().await.as_str(), bo.step().await.as_str()), ("signed_in", "credentials"));
    portal.database.follow().await;
    slow.commit().await.unwrap();
    portal.database.follow().await;
    assert_eq!(ada.step().await, "credentials");
}

/// The tables that cached answers are made from. In these tests, each has one row.
const TABLES: [&str; 7] =
    ["users", "sessions", "memberships", "accounts", "applications", "application_accounts", "application_sessions"];

async fn columns(portal: &Portal) -> Vec<(&'static str, String)> {
    let mut columns = Vec::new();
    for table in TABLES {
        let sql = match portal.database.url {
            DatabaseUrl::Sqlite(_) => format!("select name from pragma_table_info('{table}')"),
            DatabaseUrl::Postgres(_) => format!(
                "select cast(column_name as text) from information_schema.columns
                where table_schema = current_schema() and table_name = '{table}'"
            ),
        };
        columns.extend(portal.database.texts(&sql).await.into_iter().map(|column| (table, column)));
    }
    columns
}

async fn recorded(portal: &Portal) -> i64 {
    portal.database.count("select count(*) from changes").await
}

/// Everything that a node caches about the session of a token, as it is in the database.
async fn answers(portal: &Portal, token: &TokenHash) -> String {
    let session = sessions::find(&portal.state.db, token, portal.now(), 3600).await;
    let accesses = match &session {
        Ok(Some(session)) => Some(account_security::accesses(&portal.state.db, session.user_id()).await),
        _ => None,
    };
    let with_application =
        application_sessions::find(&portal.state.db, std::slice::from_ref(token), portal.now(), 3600).await;
    let applications = applications::all(&portal.state.db).await;
    format!("{session:?} {accesses:?} {with_application:?} {applications:?}")
}
