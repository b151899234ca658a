//! An account's login history, as its administrators read it.

use postern_types::SignInEntry;

use super::{Db, Listing, Result, on};
use crate::clock::{UnixTime, rfc3339};

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

type Row = (String, String, UnixTime, String, String, String);

/// The rows of account `$1` since `$2` that match `$3`.
macro_rules! rows {
    ($select:literal, $($rest:tt)*) => {
        concat!(
            "select ",
            $select,
            " from login_history where account_id = $1 and at >= $2
                and ($3 = '%%' or email like $3 escape '\\' or address like $3 escape '\\' or result like $3 escape '\\') ",
            $($rest)*
        )
    };
}

/// A statement for each order, since SQL is never put together while the program runs.
macro_rules! ordered {
    ($by:literal) => {
        rows!(
            "coalesce(user_id, ''), email, at, address, factor, result",
            concat!("order by ", $by, " limit $4 offset $5")
        )
    };
}

impl Sort {
    const fn sql(self, descending: bool) -> &'static str {
        match (self, descending) {
            (Self::At, false) => ordered!("at, id"),
            (Self::At, true) => ordered!("at desc, id desc"),
            (Self::Email, false) => ordered!("email, at desc, id"),
            (Self::Email, true) => ordered!("email desc, at desc, id"),
            (Self::Address, false) => ordered!("address, at desc, id"),
            (Self::Address, true) => ordered!("address desc, at desc, id"),
            (Self::Result, false) => ordered!("result, at desc, id"),
            (Self::Result, true) => ordered!("result desc, at desc, id"),
        }
    }
}

/// A page of the history since a time, and how many rows there are.
///
/// # Errors
/// Where the database fails.
pub async fn page(
    db: &Db,
    account_id: &str,
    since: UnixTime,
    listing: &Listing<'_>,
    sort: Sort,
    descending: bool,
) -> Result<(Vec<SignInEntry>, u64)> {
    let pattern = listing.pattern();
    let (rows, total): (Vec<Row>, i64) = on!(db.read, pool => (
        sqlx::query_as(sort.sql(descending)).bind(account_id).bind(since).bind(&pattern).bind(listing.limit())
            .bind(listing.offset()).fetch_all(pool).await?,
        sqlx::query_scalar(rows!("count(*)", "")).bind(account_id).bind(since).bind(&pattern).fetch_one(pool).await?,
    ));
    Ok((rows.into_iter().map(entry).collect(), total.unsigned_abs()))
}

/// Up to `limit` rows after the given one, the latest first: for a reader who takes all, piece by piece.
///
/// # Errors
/// Where the database fails.
pub async fn after(
    db: &Db,
    account_id: &str,
    since: UnixTime,
    search: &str,
    after: &(UnixTime, String),
    limit: i64,
) -> Result<(Vec<SignInEntry>, Option<(UnixTime, String)>)> {
    let sql = rows!(
        "coalesce(user_id, ''), email, at, address, factor, result, id",
        "and (at < $4 or at = $4 and id < $5) order by at desc, id desc limit $6"
    );
    let pattern = Listing { search, page: 1, per_page: 1 }.pattern();
    let rows: Vec<(String, String, UnixTime, String, String, String, String)> = on!(db.read, pool => {
        sqlx::query_as(sql).bind(account_id).bind(since).bind(&pattern).bind(after.0).bind(&after.1).bind(limit)
            .fetch_all(pool).await
    })?;
    let last = rows.last().map(|row| (row.2, row.6.clone()));
    let entries = rows
        .into_iter()
        .map(|(user, email, at, address, factor, result, _)| entry((user, email, at, address, factor, result)));
    Ok((entries.collect(), last))
}

fn entry((user, email, at, address, factor, result): Row) -> SignInEntry {
    SignInEntry { user, email, at: rfc3339(at), address, factor, result }
}
