//! `postern restore`.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use postern::config::DatabaseUrl;
use postern::store::tables::{Part, TABLES};
use postern_testkit::{Database, Installation};

use super::Victim;
use crate::backup::{fill, give_key};

pub(super) struct Restore {
    /// Where the backup comes from.
    pub(super) portal: Installation,
    file: PathBuf,
    rows: BTreeMap<&'static str, i64>,
    /// Where it is restored.
    pub(super) elsewhere: Installation,
}

impl Victim for Restore {
    const NAME: &'static str = "restore";
    const USUAL_KILLS: u32 = 10;
    const WRITING: Duration = Duration::from_millis(800);

    async fn prepare(portal: Installation) -> Self {
        let portal = portal.with_ada();
        fill(&portal).await;
        let file = portal.beside("portal.backup");
        portal.run(&["backup", file.to_str().unwrap()]);
        let (rows, elsewhere) = (rows(&portal.database).await, empty(&portal).await);
        Self { portal, file, rows, elsewhere }
    }

    fn command(&self) -> Command {
        self.elsewhere.command(&["restore", self.file.to_str().unwrap()])
    }

    fn folder(&self) -> PathBuf {
        self.elsewhere.data_dir()
    }

    /// A transaction writes.
    async fn has_begun(&self) -> bool {
        match &self.elsewhere.database.url {
            DatabaseUrl::Sqlite(path) => {
                fs::metadata(path.with_extension("sqlite-wal")).is_ok_and(|found| found.len() > 1 << 20)
            }
            DatabaseUrl::Postgres(_) => {
                let locks = "select count(*) from pg_locks l join pg_class c on c.oid = l.relation
                    join pg_namespace n on n.oid = c.relnamespace
                    where n.nspname = current_schema() and c.relname = 'login_history' and l.mode = 'RowExclusiveLock'";
                self.elsewhere.database.count(locks).await > 0
            }
        }
    }

    async fn check(&mut self) -> bool {
        let found = rows(&self.elsewhere.database).await;
        if found.values().all(|number| *number == 0) {
            return false;
        }
        assert_eq!(found, self.rows);
        self.elsewhere.database.check_integrity().await;
        self.elsewhere = empty(&self.portal).await;
        true
    }

    async fn end(self) {}
}

/// An installation without rows, with the key ring of the portal, on the same kind of database.
async fn empty(portal: &Installation) -> Installation {
    let elsewhere = match portal.database.url {
        DatabaseUrl::Sqlite(_) => Installation::on_sqlite(),
        DatabaseUrl::Postgres(_) => Installation::on_postgres().await,
    };
    give_key(portal, &elsewhere);
    elsewhere
}

/// The rows of each table that is always restored, of those that exist.
async fn rows(database: &Database) -> BTreeMap<&'static str, i64> {
    let tables = match &database.url {
        DatabaseUrl::Sqlite(path) if !path.exists() => return BTreeMap::new(),
        DatabaseUrl::Sqlite(_) => "select name from sqlite_master where type = 'table'",
        DatabaseUrl::Postgres(_) => {
            "select table_name::text from information_schema.tables where table_schema = current_schema()"
        }
    };
    let there = database.texts(tables).await;
    let mut rows = BTreeMap::new();
    for table in TABLES {
        if table.part == Part::Portal && table.name != "meta" && there.iter().any(|name| name == table.name) {
            rows.insert(table.name, database.count(&format!("select count(*) from {}", table.name)).await);
        }
    }
    rows
}
