//! An upgrade while servers run: for a while, an older server runs on a database whose schema a newer one has changed. A later migration
//! that adds things, as every migration does, stands for that of the newer version.

use postern::config::DatabaseUrl;
use postern_testkit::authenticator::code_in;
use postern_testkit::{ADA, Installation, PASSWORD};
use postern_types::route;
use serde_json::json;

/// What a later version may do to the schema: new tables, new columns with defaults, and new indexes.
const LATER: [&str; 6] = [
    "create table later_things (id text primary key, user_id text not null references users (id) on delete cascade)",
    "alter table users add column later_text text not null default ''",
    "alter table sessions add column later_number bigint",
    "alter table totp_factors add column later_number bigint not null default 0",
    "alter table login_history add column later_text text",
    "create index later_index on login_history (later_text)",
];

/// Does to a database what a later version does when it starts.
async fn upgrade(portal: &Installation) {
    for sql in LATER {
        portal.database.execute(sql).await;
    }
    let checksum = match portal.database.url {
        DatabaseUrl::Sqlite(_) => "x'00'",
        DatabaseUrl::Postgres(_) => "'\\x00'",
    };
    let record = format!("insert into _sqlx_migrations values (9999, 'later', '2030-01-01', true, {checksum}, 1)");
    portal.database.execute(&record).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_goes_on_after_a_newer_one_has_upgraded_the_database() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let server = portal.start().await;
        let (mut browser, key) = server.set_up(ADA).await;
        upgrade(&portal).await;
        assert_eq!(browser.flow().await.step(), "signed_in");
        let mut other = server.browser();
        assert_eq!(other.sign_in(ADA).await.expect(200).step(), "code");
        assert_eq!(other.code(&code_in(&key, 30)).await.expect(200).step(), "signed_in");
        server.browser().sign_in_with(ADA, "not the password").await.expect_error(401, "invalid_credentials");
        browser.get(route::MY_SESSIONS).await.expect(200);
        browser.post(route::SIGN_OUT, json!({})).await.expect(200);
        assert_eq!(browser.step().await, "credentials");
        server.browser().sign_in_with(ADA, PASSWORD).await.expect(200);
        assert!(server.is_ready().await);
        let log = server.log();
        assert!(!log.contains("ERROR") && !log.contains("panicked"), "{log}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_older_program_changes_nothing_in_a_newer_database_and_says_why() {
    for portal in Installation::on_both().await {
        let portal = portal.with_ada();
        let _server = portal.start().await;
        upgrade(&portal).await;
        let file = portal.beside("portal.backup");
        for arguments in
            [&["serve"][..], &["keys", "rotate"], &["backup", file.to_str().unwrap()], &["user", "reset-2fa", ADA]]
        {
            let refused = portal.refused(arguments);
            assert!(refused.contains("9999") && refused.contains("newer Postern"), "{arguments:?}: {refused}");
        }
        assert!(!file.exists());
    }
}
