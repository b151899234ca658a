//! An account's login history, as its administrators read it.

use postern_types::{Factor, Outcome, SignInEntry};

use super::sql::Report;
use super::{Db, Listing, ReportError};
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
            (Self::Email, false) => "email, at desc, id desc",
            (Self::Email, true) => "email desc, at desc, id desc",
            (Self::Address, false) => "address, at desc, id desc",
            (Self::Address, true) => "address desc, at desc, id desc",
            (Self::Result, false) => "result, at desc, id desc",
            (Self::Result, true) => "result desc, at desc, id desc",
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

/// Which rows to return, besides the search term. An empty list means no restriction.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Results that the search also finds.
    pub search_results: Vec<Outcome>,
    /// Only rows with these results.
    pub results: Vec<Outcome>,
    /// Only rows with these factors.
    pub factors: Vec<Factor>,
}

/// The matching rows of an account since a time.
#[derive(Clone, Copy, Debug)]
pub struct Rows<'a> {
    /// The account.
    pub account_id: &'a AccountId,
    /// The earliest time.
    pub since: UnixTime,
    /// Search term for user names and addresses, as typed; empty for everything.
    pub search: &'a str,
    /// Further conditions.
    pub filter: &'a Filter,
}

impl Rows<'_> {
    /// Binds `$1` to `$6` of [`ROWS`].
    fn bind<'a>(&self, report: Report<'a>) -> Result<Report<'a>, ReportError> {
        let Filter { search_results, results, factors } = self.filter;
        report
            .bind(self.account_id.clone())?
            .bind(self.since)?
            .bind(Listing { search: self.search, page: 1, per_page: 1 }.pattern())?
            .bind(set(search_results.iter().map(|outcome| outcome.as_str())))?
            .bind(set(results.iter().map(|outcome| outcome.as_str())))?
            .bind(set(factors.iter().map(|factor| factor.as_str())))
    }
}

/// A set of words as one text, `,a,b,`, so that a statement can look for `,a,`; empty for no words.
fn set<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<_> = words.collect();
    if words.is_empty() { String::new() } else { format!(",{},", words.join(",")) }
}

const COLUMNS: &str = "id, coalesce(user_id, '') as user_id, email, at, address, factor, result";
const ROWS: &str = "from login_history where account_id = $1 and at >= $2
    and ($3 = '%%' or email like $3 escape '\\' or address like $3 escape '\\' or $4 like '%,' || result || ',%')
    and ($5 = '' or $5 like '%,' || result || ',%') and ($6 = '' or $6 like '%,' || factor || ',%')";

/// A page of the history, and the total number of rows.
pub async fn page(
    db: &Db,
    rows: &Rows<'_>,
    listing: &Listing<'_>,
    sort: Sort,
    descending: bool,
) -> Result<(Vec<SignInEntry>, u64), ReportError> {
    let order = sort.order(descending);
    let page = format!("select {COLUMNS} {ROWS} order by {order} limit $7 offset $8");
    let count = format!("select count(*) {ROWS}");
    let found: Vec<Row> = rows.bind(db.report(page))?.bind(listing.limit())?.bind(listing.offset())?.rows().await?;
    let total = rows.bind(db.report(count))?.number().await?;
    Ok((found.into_iter().map(SignInEntry::from).collect(), total))
}

/// Up to `limit` rows after the given one, the latest first, and the position of the last one. For reading all in chunks.
pub async fn after(
    db: &Db,
    rows: &Rows<'_>,
    after: &(UnixTime, String),
    limit: i64,
) -> Result<(Vec<SignInEntry>, Option<(UnixTime, String)>), ReportError> {
    let sql = format!("select {COLUMNS} {ROWS} and (at, id) < ($7, $8) order by at desc, id desc limit $9");
    let (at, id) = after;
    let found: Vec<Row> = rows.bind(db.report(sql))?.bind(*at)?.bind(id.clone())?.bind(limit)?.rows().await?;
    let last = found.last().map(|row| (row.at, row.id.clone()));
    Ok((found.into_iter().map(SignInEntry::from).collect(), last))
}
