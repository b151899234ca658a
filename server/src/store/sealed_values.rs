//! Every column that holds sealed values. A test compares the list with the schema.

use sqlx::AssertSqlSafe;

use super::{Db, Result, Tx};
use crate::auth::cipher::Sealed;

/// A column with sealed values.
#[derive(Debug)]
pub struct Column {
    /// Its table.
    pub table: &'static str,
    /// The column.
    pub column: &'static str,
    /// The column of the row's key.
    key: &'static str,
    /// The column with the id that the values are bound to.
    owner: &'static str,
    /// What it holds.
    pub content: Content,
}

/// What a column holds, and so to whose id its values are bound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// TOTP secrets of users.
    TotpSecret,
    /// Recovery codes that a session shows.
    RecoveryCodes,
    /// Mails.
    Mail,
    /// Private keys that sign tokens.
    SigningKey,
    /// Beginnings and ends of chains of the audit log.
    AuditChain,
    /// What is known about all these chains.
    AuditState,
}

/// All of them. Besides, the key check in `meta` is sealed: it names the key that seals, and changes when that one does.
pub const COLUMNS: [Column; 8] = [
    of("totp_factors", "secret_sealed", "user_id", "user_id", Content::TotpSecret),
    of("pending_totp_factors", "secret_sealed", "session_id", "user_id", Content::TotpSecret),
    of("previous_totp_factors", "secret_sealed", "user_id", "user_id", Content::TotpSecret),
    of("sessions", "recovery_codes_sealed", "id", "id", Content::RecoveryCodes),
    of("outbox", "message_sealed", "id", "id", Content::Mail),
    of("oidc_keys", "private_key_sealed", "id", "id", Content::SigningKey),
    of("audit_chains", "head_sealed", "id", "id", Content::AuditChain),
    of("audit_state", "state_sealed", "id", "id", Content::AuditState),
];

const fn of(
    table: &'static str,
    column: &'static str,
    key: &'static str,
    owner: &'static str,
    content: Content,
) -> Column {
    Column { table, column, key, owner, content }
}

impl Column {
    /// Whether it holds copies of secrets that are not used any more.
    #[must_use]
    pub fn is_of_copies(&self) -> bool {
        self.table == "previous_totp_factors"
    }
}

/// A row with a sealed value.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Row {
    /// Its key.
    pub id: String,
    /// The id that the value is bound to.
    pub owner: String,
    /// The value.
    pub sealed: Sealed,
}

/// A value that was sealed again.
#[derive(Debug)]
pub struct Resealed {
    /// The row with the earlier value.
    pub row: Row,
    /// The new value.
    pub new: Sealed,
}

/// The number of values of all columns.
pub async fn total(db: &Db) -> Result<u64> {
    let mut total = 0;
    for Column { table, column, .. } in &COLUMNS {
        let sql = format!("select count({column}) from {table}");
        let values: i64 = sqlx::query_scalar(AssertSqlSafe(sql)).fetch_one(&db.read).await?;
        total += values.unsigned_abs();
    }
    Ok(total)
}

/// At most `limit` rows with a value, in the order of their keys, after this one.
pub async fn batch(db: &Db, column: &Column, after: &str, limit: i64) -> Result<Vec<Row>> {
    let Column { table, column, key, owner, .. } = column;
    let sql = format!(
        "select {key} as id, {owner} as owner, {column} as sealed from {table}
        where {key} > $1 and {column} is not null order by {key} limit $2"
    );
    sqlx::query_as(AssertSqlSafe(sql)).bind(after).bind(limit).fetch_all(&db.read).await
}

/// Puts a new value in the place of an earlier one; `false` if that one is there no longer.
pub(super) async fn replace(tx: &mut Tx, column: &Column, resealed: &Resealed) -> Result<bool> {
    let Column { table, column, key, .. } = column;
    let sql = format!("update {table} set {column} = $3 where {key} = $1 and {column} = $2");
    let Resealed { row: Row { id, sealed, .. }, new } = resealed;
    let replaced = sqlx::query(AssertSqlSafe(sql)).bind(id).bind(sealed).bind(new).execute(&mut **tx).await?;
    Ok(replaced.rows_affected() == 1)
}
