//! A database that the program made before sessions knew their factors is opened, and keeps all that it holds.

use std::borrow::Cow;

use postern::ids::AccountId;
use postern::store::{Db, Listing, events, roster};
use postern_testkit::Database;
use postern_types::{Detail, What};
use sqlx::any::AnyPoolOptions;
use sqlx::migrate::Migrator;

static MIGRATIONS: Migrator = sqlx::migrate!();
/// Migrations of the program that made the rows.
const EARLIER: usize = 3;
const ROWS: &str = include_str!("earlier_database.sql");
const ACCOUNT_ID: &str = "0525064952d7105c7a06247b8cb7e755";
const TABLES: [&str; 11] = [
    "accounts",
    "users",
    "memberships",
    "sessions",
    "totp_factors",
    "attempts",
    "known_browsers",
    "login_history",
    "invitations",
    "links",
    "events",
];

/// What that database is to say about the locks of people.
async fn who_was_locked_is_locked_in_every_account(database: &Database) {
    let locked = "select u.email from users u join memberships m on m.user_id = u.id
        where u.locked_at is not null and u.unowned_lock_at = u.locked_at and m.locked_at = u.locked_at";
    assert_eq!(database.texts(locked).await, ["dee@example.com"]);
    assert_eq!(database.count("select count(*) from memberships where locked_at is not null").await, 1);
}

/// The invitation keeps its e-mail and its link, and belongs to nobody any more.
async fn an_open_invitation_stays_open(database: &Database) {
    assert_eq!(database.texts("select email from invitations").await, ["cy@example.com"]);
    let links = "select l.kind from links l join invitations i on i.id = l.invitation_id where l.user_id is null";
    assert_eq!(database.texts(links).await, ["invitation"]);
}

/// The schema of that program, and its rows.
async fn fill(database: &Database) {
    let earlier = MIGRATIONS.migrations[..EARLIER].to_vec();
    let migrations = Migrator { migrations: Cow::Owned(earlier), ..Migrator::DEFAULT };
    let pool = AnyPoolOptions::new().max_connections(1).connect(&database.address()).await.unwrap();
    migrations.run(&pool).await.unwrap();
    sqlx::raw_sql(ROWS).execute(&pool).await.unwrap();
    pool.close().await;
}

async fn counts(database: &Database) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in TABLES {
        counts.push(database.count(&format!("select count(*) from {table}")).await);
    }
    counts
}

async fn is_opened_with_all_its_rows(database: &Database) {
    Db::connect(&database.url).await.unwrap().close().await;
    fill(database).await;
    let before = counts(database).await;
    assert!(before.iter().all(|rows| *rows > 0), "{before:?}");
    let db = Db::connect(&database.url).await.unwrap();
    db.migrate(&database.url).await.unwrap();
    assert_eq!(counts(database).await, before);
    who_was_locked_is_locked_in_every_account(database).await;
    an_open_invitation_stays_open(database).await;
    let allowed = database.texts("select distinct passkeys from accounts").await;
    assert_eq!(allowed, ["without_password"], "as in a new account");
    roster::complete(&db).await.unwrap();
    let people = database.texts("select email || ' ' || name_folded from roster order by account_id, email").await;
    assert_eq!(
        people,
        [
            "ada@example.com ada l.",
            "bo.k@example.com bo kay",
            "cy@example.com cy",
            "cy@example.com ",
            "dee@example.com "
        ]
    );
    let factors = database.texts("select factors from sessions order by factors").await;
    assert_eq!(factors, ["password", "password", "password totp", "password totp"]);
    let everything = Listing { search: "", page: 1, per_page: 100 };
    let (events, _) = events::page(&db, &AccountId::named(ACCOUNT_ID.to_owned()), &everything).await.unwrap();
    let details: Vec<(What, Detail)> = events.into_iter().map(|event| (event.what, event.detail)).collect();
    let addresses = |allowed: &[&str]| Detail::Addresses { allowed: allowed.iter().map(ToString::to_string).collect() };
    for expected in [
        (What::PasswordExpiryChanged, Detail::MaxAge { days: Some(60) }),
        (What::PasswordExpiryChanged, Detail::MaxAge { days: None }),
        (What::AddressesChanged, addresses(&["127.0.0.1", "10.0.0.0/8"])),
        (What::AddressesChanged, addresses(&[])),
        (What::UserAddressesChanged, addresses(&["192.0.2.0/24", "127.0.0.1"])),
        (What::UserChanged, Detail::Name),
        (What::UserChanged, Detail::Email { from: "bo@example.com".to_owned(), to: "bo.k@example.com".to_owned() }),
        (What::AdminGranted, Detail::None),
    ] {
        assert!(details.contains(&expected), "{expected:?} in {details:?}");
    }
}

#[tokio::test]
async fn an_earlier_database_is_opened_with_all_its_rows_on_sqlite() {
    let dir = tempfile::tempdir().unwrap();
    is_opened_with_all_its_rows(&Database::sqlite(dir.path())).await;
}

#[tokio::test]
async fn an_earlier_database_is_opened_with_all_its_rows_on_postgres() {
    is_opened_with_all_its_rows(&Database::postgres().await).await;
}
