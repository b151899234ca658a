//! Facts about the whole database.

use super::tables::Snapshot;
use super::{Db, Result, Tx};
use crate::auth::cipher::Sealed;
use crate::clock::UnixTime;

/// A known text sealed with the master key, to detect a wrong key at start.
const KEY_CHECK: &str = "key_check";
/// The id of the master key that servers shall hold, because a rotation will seal with it.
const NEXT_KEY: &str = "next_key";
/// The time that the clean-up believes.
const CLEAN_UP_TIME: &str = "clean_up_time";
/// Written to find out whether something can be written.
const WRITTEN_AT: &str = "written_at";
/// The time of the latest scheduled backup.
const SCHEDULED_BACKUP_AT: &str = "scheduled_backup_at";
/// The address at which browsers reach the portal, from its last start.
const PUBLIC_URL: &str = "public_url";
/// When anchors of the audit log were last mailed.
const ANCHORS_MAILED_AT: &str = "anchors_mailed_at";

/// The stored value; `None` in a new database.
pub async fn key_check(db: &Db) -> Result<Option<Sealed>> {
    let sql = "select value from meta where name = $1";
    sqlx::query_scalar(sql).bind(KEY_CHECK).fetch_optional(&db.write).await
}

/// Stores the value if there is none yet, and returns the stored one, since two nodes may start at the same time.
pub async fn keep_key_check(db: &Db, sealed: &Sealed) -> Result<Option<Sealed>> {
    let sql = "insert into meta (name, value) values ($1, $2) on conflict (name) do nothing";
    sqlx::query(sql).bind(KEY_CHECK).bind(sealed).execute(&db.write).await?;
    key_check(db).await
}

/// Replaces the stored value; `false` if it is no longer this one.
pub(super) async fn replace_key_check(tx: &mut Tx, kept: &Sealed, new: &Sealed) -> Result<bool> {
    let sql = "update meta set value = $3 where name = $1 and value = $2";
    let replaced = sqlx::query(sql).bind(KEY_CHECK).bind(kept).bind(new).execute(&mut **tx).await?;
    Ok(replaced.rows_affected() == 1)
}

/// Locks the stored value until the transaction ends; `false` if this key has sealed it.
pub(super) async fn claim_key_check(tx: &mut Tx, other_than: &str) -> Result<bool> {
    let sql = "update meta set value = value where name = $1 and substr(value, 1, length($2)) <> $2";
    let claimed = sqlx::query(sql).bind(KEY_CHECK).bind(Sealed::prefix(other_than)).execute(&mut **tx).await?;
    Ok(claimed.rows_affected() == 1)
}

/// The id of the key that the latest rotation seals with, or will.
pub async fn next_key(db: &Db) -> Result<Option<String>> {
    sqlx::query_scalar("select value from meta where name = $1").bind(NEXT_KEY).fetch_optional(&db.read).await
}

/// Tells the servers which key a rotation will seal with.
pub async fn announce_key(db: &Db, key_id: &str) -> Result<()> {
    keep(db, NEXT_KEY, key_id).await
}

/// Stops announcing a key.
pub(super) async fn forget_next_key(tx: &mut Tx, key_id: &str) -> Result<()> {
    let sql = "delete from meta where name = $1 and value = $2";
    sqlx::query(sql).bind(NEXT_KEY).bind(key_id).execute(&mut **tx).await.map(drop)
}

/// Writes, so that it is known that something can be written.
pub async fn try_to_write(db: &Db, now: UnixTime) -> Result<()> {
    keep(db, WRITTEN_AT, &now.to_string()).await
}

/// The time that the clean-up believed last; before its first round, the time of the latest log-in on record.
pub async fn clean_up_time(db: &Db) -> Result<Option<UnixTime>> {
    let sql = "select coalesce((select cast(value as bigint) from meta where name = $1),
        (select max(at) from login_history))";
    sqlx::query_scalar(sql).bind(CLEAN_UP_TIME).fetch_one(&db.write).await
}

/// Keeps the time that the clean-up believes.
pub async fn keep_clean_up_time(db: &Db, time: UnixTime) -> Result<()> {
    keep(db, CLEAN_UP_TIME, &time.to_string()).await
}

/// When a server last made a scheduled backup; `None` if none has.
pub async fn scheduled_backup_at(db: &Db) -> Result<Option<UnixTime>> {
    let sql = "select cast(value as bigint) from meta where name = $1";
    sqlx::query_scalar(sql).bind(SCHEDULED_BACKUP_AT).fetch_optional(&db.write).await
}

/// Records that a server has made a scheduled backup.
pub async fn keep_scheduled_backup_at(db: &Db, time: UnixTime) -> Result<()> {
    keep(db, SCHEDULED_BACKUP_AT, &time.to_string()).await
}

/// Records that anchors of the audit log are mailed now; `false` if they were within the last `every_s` seconds.
pub(super) async fn claim_anchor_mail(tx: &mut Tx, now: UnixTime, every_s: i64) -> Result<bool> {
    let sql = "insert into meta (name, value) values ($1, cast($2 as text)) on conflict (name) do update
        set value = excluded.value where cast(meta.value as bigint) not between $2 - $3 + 1 and $2";
    let claimed = sqlx::query(sql).bind(ANCHORS_MAILED_AT).bind(now).bind(every_s).execute(&mut **tx).await?;
    Ok(claimed.rows_affected() == 1)
}

/// The latest time in a record or a session; `None` in a new database.
pub async fn latest_time(db: &Db) -> Result<Option<UnixTime>> {
    let sql = "select max(at) from (select max(at) as at from login_history union all select max(at) from events
        union all select max(last_seen_at) from sessions) times";
    sqlx::query_scalar(sql).fetch_one(&db.read).await
}

/// The address of the portal; `None` if no start has recorded it.
pub async fn public_url(db: &Db) -> Result<Option<String>> {
    sqlx::query_scalar("select value from meta where name = $1").bind(PUBLIC_URL).fetch_optional(&db.read).await
}

/// Records the address of the portal.
pub async fn keep_public_url(db: &Db, origin: &str) -> Result<()> {
    keep(db, PUBLIC_URL, origin).await
}

impl Snapshot {
    /// The stored key check.
    pub async fn key_check(&mut self) -> Result<Option<Sealed>> {
        let sql = "select value from meta where name = $1";
        sqlx::query_scalar(sql).bind(KEY_CHECK).fetch_optional(self.connection()).await
    }
}

async fn keep(db: &Db, name: &str, value: &str) -> Result<()> {
    let sql = "insert into meta (name, value) values ($1, $2) on conflict (name) do update set value = excluded.value";
    sqlx::query(sql).bind(name).bind(value).execute(&db.write).await.map(drop)
}
