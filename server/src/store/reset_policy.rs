//! What an account's settings say about resets of second factors, in columns of `accounts` that nothing caches.

use postern_types::ResetPolicy;

use super::{Db, Result, Tx};
use crate::clock::UnixTime;
use crate::ids::AccountId;

type Row = (Option<UnixTime>, Option<UnixTime>, i64);

const READ: &str = "select reset_set_up_code_since, reset_approval_since, reset_delay_h from accounts where id = $1";

/// An account's policy; the default one if there is no such account.
pub async fn read(db: &Db, account_id: &AccountId) -> Result<ResetPolicy> {
    let row: Option<Row> = sqlx::query_as(READ).bind(account_id).fetch_optional(&db.write).await?;
    Ok(row.map(policy).unwrap_or_default())
}

/// The same within a transaction.
pub(super) async fn read_in(tx: &mut Tx, account_id: &AccountId) -> Result<ResetPolicy> {
    let row: Option<Row> = sqlx::query_as(READ).bind(account_id).fetch_optional(&mut **tx).await?;
    Ok(row.map(policy).unwrap_or_default())
}

fn policy((set_up_code_since, approval_since, delay_h): Row) -> ResetPolicy {
    ResetPolicy {
        set_up_code: set_up_code_since.is_some(),
        second_administrator: approval_since.is_some(),
        delay_h: u16::try_from(delay_h).unwrap_or(ResetPolicy::LONGEST_DELAY_H),
    }
}

/// Changes an account's policy. What was on before keeps its time. The caller has locked the account's row.
pub(super) async fn write(tx: &mut Tx, account_id: &AccountId, policy: ResetPolicy, now: UnixTime) -> Result<()> {
    let before: Option<Row> = sqlx::query_as(READ).bind(account_id).fetch_optional(&mut **tx).await?;
    let (set_up_code_since, approval_since, _) = before.unwrap_or_default();
    let sql =
        "update accounts set reset_set_up_code_since = $2, reset_approval_since = $3, reset_delay_h = $4 where id = $1";
    sqlx::query(sql)
        .bind(account_id)
        .bind(policy.set_up_code.then(|| set_up_code_since.unwrap_or(now)))
        .bind(policy.second_administrator.then(|| approval_since.unwrap_or(now)))
        .bind(i64::from(policy.delay_h))
        .execute(&mut **tx)
        .await
        .map(drop)
}
