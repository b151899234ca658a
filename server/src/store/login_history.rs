//! The result of every authentication: who, when, from where, with which factor (R30). Never what was typed.

use postern_types::{Factor, Outcome};

use super::{Db, Result, Tx};
use crate::addresses::ClientAddress;
use crate::auth::token::ordered_id;
use crate::clock::UnixTime;
use crate::ids::UserId;

/// One result.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The user, if there is one.
    pub user_id: Option<&'a UserId>,
    /// When.
    pub at: UnixTime,
    /// From where.
    pub address: ClientAddress,
    /// The factor that was shown.
    pub factor: Factor,
    /// How it ended.
    pub outcome: Outcome,
}

/// Records a result: a row for each account in which the user is active (for each account of a user who is active nowhere), or
/// a single one if there is none. After the commit it also writes a line to the log.
pub(super) async fn record(tx: &mut Tx, entry: &Entry<'_>) -> Result<()> {
    let sql = "insert into login_history (id, at, user_id, account_id, email, address, factor, result)
        select $1 || coalesce('-' || m.account_id, ''), $2, $3, m.account_id, coalesce(u.email, ''), $4, $5, $6
        from (select 1) one left join users u on u.id = $3 left join memberships m on m.user_id = u.id
            and (m.locked_at is null
                or not exists (select 1 from memberships o where o.user_id = u.id and o.locked_at is null))";
    let Entry { user_id, at, address, factor, outcome } = *entry;
    sqlx::query(sql)
        .bind(ordered_id(at))
        .bind(at)
        .bind(user_id)
        .bind(address.to_string())
        .bind(factor.as_str())
        .bind(outcome.as_str())
        .execute(&mut **tx)
        .await?;
    let user = user_id.map_or_else(|| "unknown".to_owned(), ToString::to_string);
    tx.count_after_commit(move |counted| counted.authentication(factor, outcome));
    tx.after_commit(move || {
        tracing::info!(user, %address, factor = factor.as_str(), result = outcome.as_str(), "authentication");
    });
    Ok(())
}

/// Records a result in a transaction of its own.
pub async fn record_alone(db: &Db, entry: &Entry<'_>) -> Result<()> {
    let mut tx = db.begin().await?;
    record(&mut tx, entry).await?;
    tx.commit().await
}

/// Removes at most `limit` rows from before a time, so that others do not wait. Returns whether there may be more.
pub async fn remove_before(db: &Db, before: UnixTime, limit: i64) -> Result<bool> {
    let sql = "delete from login_history where id in (select id from login_history where at < $1 limit $2)";
    let removed = sqlx::query(sql).bind(before).bind(limit).execute(&db.write).await?;
    Ok(removed.rows_affected() == limit.unsigned_abs())
}
