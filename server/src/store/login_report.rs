//! An account's login history, as its administrators read it.

use postern_types::{Factor, Outcome, SignInEntry};
use sqlx::AssertSqlSafe;

use super::{Db, Listing, Result};
use crate::clock::{UnixTime, rfc3339};
use crate::ids::AccountId;

/// A column to sort by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// When.
    At,
    /// The user name.
    Email,
    /// The client's address.
    Address,
    /// How it ended.
    Result,
}

impl Sort {
    const fn order(self, descending: bool) -> &'static str {
        match (self, descending) {
            (Self::At, false) => "at, id",
            (Self::At, true) => "at desc, id desc",
            (Self::Email, false) => "email, at desc, id",
            (Self::Email, true) => "email desc, at desc, id",
            (Self::Address, false) => "address, at desc, id",
            (Self::Address, true) => "address desc, at desc, id",
            (Self::Result, false) => "result, at desc, id",
            (Self::Result, true) => "result desc, at desc, id",
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    id: String,
    user_id: String,
    email: String,
    at: UnixTime,
    address: String,
    factor: String,
    result: String,
}

impl From<Row> for SignInEntry {
    fn from(row: Row) -> Self {
        Self {
            user: row.user_id,
            email: row.email,
            at: rfc3339(row.at),
            address: row.address,
            factor: row.factor.parse().unwrap_or(Factor::Unknown),
            result: row.result.parse().unwrap_or(Outcome::Unknown),
        }
    }
}

const COLUMNS: &str = "id, coalesce(user_id, '') as user_id, email, at, address, factor, result";
/// The rows of account `$1` since `$2` that match `$3`.
const ROWS: &str = "from login_history where account_id = $1 and at >= $2
    and ($3 = '%%' or email like $3 escape '\\' or address like $3 escape '\\' or result like $3 escape '\\')";

/// A page of the history since a time, and how many rows there are.
pub async fn page(
    db: &Db,
    account_id: &AccountId,
    since: UnixTime,
    listing: &Listing<'_>,
    sort: Sort,
    descending: bool,
) -> Result<(Vec<SignInEntry>, u64)> {
    let order = sort.order(descending);
    let page = format!("select {COLUMNS} {ROWS} order by {order} limit $4 offset $5");
    let count = format!("select count(*) {ROWS}");
    let pattern = listing.pattern();
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(page))
        .bind(account_id)
        .bind(since)
        .bind(&pattern)
        .bind(listing.limit())
        .bind(listing.offset())
        .fetch_all(&db.read)
        .await?;
    let total: i64 = sqlx::query_scalar(AssertSqlSafe(count))
        .bind(account_id)
        .bind(since)
        .bind(&pattern)
        .fetch_one(&db.read)
        .await?;
    Ok((rows.into_iter().map(SignInEntry::from).collect(), total.unsigned_abs()))
}

/// Up to `limit` rows after the given one, the latest first: for a reader who takes all, piece by piece.
pub async fn after(
    db: &Db,
    account_id: &AccountId,
    since: UnixTime,
    search: &str,
    after: &(UnixTime, String),
    limit: i64,
) -> Result<(Vec<SignInEntry>, Option<(UnixTime, String)>)> {
    let sql = format!("select {COLUMNS} {ROWS} and (at < $4 or at = $4 and id < $5) order by at desc, id desc limit $6");
    let pattern = Listing { search, page: 1, per_page: 1 }.pattern();
    let (at, id) = after;
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(sql))
        .bind(account_id)
        .bind(since)
        .bind(&pattern)
        .bind(at)
        .bind(id)
        .bind(limit)
        .fetch_all(&db.read)
        .await?;
    let last = rows.last().map(|row| (row.at, row.id.clone()));
    Ok((rows.into_iter().map(SignInEntry::from).collect(), last))
}
