//! An account's login history, as its administrators read it.

use postern_types::{Factor, Outcome, SignInEntry};

use super::sql::Report;
use super::{Db, Listing, ReportError};
use crate::clock::{UnixTime, rfc3339};
use crate::folding::fold;
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
    /// Each order is one walk along an index, or along the same index backwards.
    const fn order(self, descending: bool) -> &'static str {
        match (self, descending) {
            (Self::At, false) => "at, id",
            (Self::At, true) => "at desc, id desc",
            (Self::Email, false) => "email, at desc, id desc",
            (Self::Email, true) => "email desc, at, id",
            (Self::Address, false) => "address, at desc, id desc",
            (Self::Address, true) => "address desc, at, id",
            (Self::Result, false) => "result, at desc, id desc",
            (Self::Result, true) => "result desc, at, id",
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

/// What a search looks for.
enum Term {
    /// Everything.
    All,
    /// One user name or address that stands in this column as it was typed.
    Whole(&'static str, String),
    /// A part of user names or addresses: a `like` pattern.
    Part(String),
}

/// The matching rows as the end of a statement: `$1` is the account, `$2` the earliest time and `$3` the term, if there is one.
struct Matching<'a> {
    rows: Rows<'a>,
    term: Term,
}

impl<'a> Matching<'a> {
    /// What is typed in full is looked for along an index: a user name or an address that is in the history.
    async fn of(db: &Db, rows: &Rows<'a>) -> Result<Self, ReportError> {
        let (rows, typed) = (*rows, fold(rows.search.trim()));
        if typed.is_empty() {
            return Ok(Self { rows, term: Term::All });
        }
        for column in ["email", "address"] {
            let one = format!("select 1 from login_history where account_id = $1 and {column} = $2 limit 1");
            let any = db.report(format!("select count(*) from ({one}) as one"));
            if any.bind(rows.account_id.clone())?.bind(typed.clone())?.number().await? == 1 {
                return Ok(Self { rows, term: Term::Whole(column, typed) });
            }
        }
        let pattern = Listing { search: rows.search, page: 1, per_page: 1 }.pattern();
        Ok(Self { rows, term: Term::Part(pattern) })
    }

    fn sql(&self) -> String {
        let Filter { search_results, results, factors } = self.rows.filter;
        let search_results = one_of("result", search_results.iter().map(|outcome| outcome.as_str()));
        let or_result = search_results.map(|found| format!(" or {found}")).unwrap_or_default();
        let term = match &self.term {
            Term::All => None,
            Term::Whole(column, _) => Some(format!("({column} = $3{or_result})")),
            Term::Part(_) => Some(format!("(email like $3 escape '\\' or address like $3 escape '\\'{or_result})")),
        };
        let results = one_of("result", results.iter().map(|outcome| outcome.as_str()));
        let factors = one_of("factor", factors.iter().map(|factor| factor.as_str()));
        let mut sql = String::from("from login_history where account_id = $1 and at >= $2");
        for condition in [term, results, factors].into_iter().flatten() {
            sql += &format!(" and {condition}");
        }
        sql
    }

    fn bind<'q>(&self, report: Report<'q>) -> Result<Report<'q>, ReportError> {
        let report = report.bind(self.rows.account_id.clone())?.bind(self.rows.since)?;
        match &self.term {
            Term::All => Ok(report),
            Term::Whole(_, term) | Term::Part(term) => report.bind(term.clone()),
        }
    }

    /// The number of the first value after those of [`Self::bind`].
    const fn next(&self) -> u8 {
        if matches!(self.term, Term::All) { 3 } else { 4 }
    }
}

/// Whether a column has one of these words of ours; `None` if there are none.
fn one_of(column: &str, words: impl Iterator<Item = &'static str>) -> Option<String> {
    let words: Vec<String> = words.map(|word| format!("'{word}'")).collect();
    (!words.is_empty()).then(|| format!("{column} in ({})", words.join(", ")))
}

const COLUMNS: &str = "id, coalesce(user_id, '') as user_id, email, at, address, factor, result";

/// A page of the history, and the total number of rows.
pub async fn page(
    db: &Db,
    rows: &Rows<'_>,
    listing: &Listing<'_>,
    sort: Sort,
    descending: bool,
) -> Result<(Vec<SignInEntry>, u64), ReportError> {
    let matching = Matching::of(db, rows).await?;
    let found = matching.sql();
    let total = matching.bind(db.report(format!("select count(*) {found}")))?.number().await?;
    let (offset, all) = (listing.offset(), i64::try_from(total).unwrap_or(i64::MAX));
    let limit = listing.limit().min(all - offset);
    if limit <= 0 {
        return Ok((Vec::new(), total));
    }
    // A page of the second half is fewer steps away from the end.
    let from_end = all - offset - limit;
    let (backwards, skip) = if from_end < offset { (true, from_end) } else { (false, offset) };
    let (order, walk) = (sort.order(descending), sort.order(descending != backwards));
    let ids = format!("select id {found} order by {walk} limit {limit} offset {skip}");
    let page =
        format!("select {COLUMNS} from login_history where id in (select id from ({ids}) as ids) order by {order}");
    let found: Vec<Row> = matching.bind(db.report(page))?.rows().await?;
    Ok((found.into_iter().map(SignInEntry::from).collect(), total))
}

/// Up to `limit` rows after the given one, the latest first, and the position of the last one. For reading all in chunks.
pub async fn after(
    db: &Db,
    rows: &Rows<'_>,
    after: &(UnixTime, String),
    limit: i64,
) -> Result<(Vec<SignInEntry>, Option<(UnixTime, String)>), ReportError> {
    let matching = Matching::of(db, rows).await?;
    let (found, at, id) = (matching.sql(), matching.next(), matching.next() + 1);
    let sql = format!("select {COLUMNS} {found} and (at, id) < (${at}, ${id}) order by at desc, id desc limit {limit}");
    let found: Vec<Row> = matching.bind(db.report(sql))?.bind(after.0)?.bind(after.1.clone())?.rows().await?;
    let last = found.last().map(|row| (row.at, row.id.clone()));
    Ok((found.into_iter().map(SignInEntry::from).collect(), last))
}
