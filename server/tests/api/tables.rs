//! What backups know of the schema.

use postern::store::tables::TABLES;
use postern_testkit::on_both_databases;

on_both_databases! {
    async fn a_backup_knows_every_table(portal) {
        let sql = if portal.database.address().starts_with("sqlite") {
            "select name from sqlite_master where type = 'table' and name not like 'sqlite_%' order by name"
        } else {
            "select table_name::text from information_schema.tables where table_schema = current_schema() order by table_name"
        };
        let mut known: Vec<&str> = TABLES.iter().map(|table| table.name).chain(["_sqlx_migrations"]).collect();
        known.sort_unstable();
        assert_eq!(portal.database.texts(sql).await, known);
    }

    async fn a_snapshot_does_not_change_while_others_write(portal) {
        let mut snapshot = portal.state.db.snapshot().await.unwrap();
        let before = snapshot.count("accounts").await.unwrap();
        portal.database.execute("insert into accounts (id, name, created_at) values ('x', 'X', 0)").await;
        assert_eq!(snapshot.count("accounts").await.unwrap(), before);
        drop(snapshot);
        assert_eq!(portal.state.db.snapshot().await.unwrap().count("accounts").await.unwrap(), before + 1);
    }
}
