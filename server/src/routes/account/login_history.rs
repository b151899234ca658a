//! `/api/accounts/{account}/login-history`: who logged in, from where, and with which factor.

use std::borrow::Cow;
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::{FromRequestParts, State};
use axum::http::header;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use postern_types::{ApiError, Page, SignInEntry, route};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::http::admins::Admin;
use crate::http::compression::Compressible;
use crate::http::error::AppError;
use crate::http::list_query::{self, ListQuery, Listed};
use crate::ids::AccountId;
use crate::state::AppState;
use crate::store::login_report::{self, Filter, Rows, Sort};

/// Rows of the file that one statement reads, and that wait in memory for a client that does not read.
const CHUNK: i64 = 500;
const SORTS: [(&str, Sort); 4] =
    [("at", Sort::At), ("email", Sort::Email), ("address", Sort::Address), ("result", Sort::Result)];

/// Which part of the login history to return.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct HistoryParameters {
    /// Search term for user names and addresses, at most 200 characters; everything if it is missing.
    #[serde(default)]
    #[param(max_length = 200)]
    search: String,
    /// Results that the search also finds, separated by commas: those whose text in the client contains the search term.
    #[serde(default)]
    search_results: String,
    /// Only entries with these results, separated by commas.
    #[serde(default)]
    result: String,
    /// Only entries with these factors, separated by commas.
    #[serde(default)]
    factor: String,
    /// Page number: 1 (the default) to 1000000.
    #[serde(default = "list_query::first")]
    #[param(minimum = 1, maximum = 1_000_000)]
    page: u32,
    /// Page size: 10, 25 (the default), 50 or 100.
    #[serde(default = "list_query::usual")]
    #[param(minimum = 10, maximum = 100)]
    per_page: u32,
    /// Column to sort by, with a leading `-` for descending order.
    #[serde(default)]
    sort: String,
}

/// The validated parameters.
#[derive(Debug)]
pub(in crate::routes) struct HistoryQuery {
    list: ListQuery,
    filter: Filter,
}

impl FromRequestParts<AppState> for HistoryQuery {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let given: HistoryParameters = list_query::query(parts, app).await?;
        let filter = Filter {
            search_results: list_query::members("search_results", &given.search_results)?,
            results: list_query::members("result", &given.result)?,
            factors: list_query::members("factor", &given.factor)?,
        };
        let list = ListQuery::checked(given.search, given.page, given.per_page, given.sort)?;
        Ok(Self { list, filter })
    }
}

/// A page of the login history of the last 30 days, or of as many as the setting `history.days` says.
#[utoipa::path(get, path = route::ACCOUNT_LOGIN_HISTORY, tag = "administration", params(HistoryParameters), responses(
    (status = 200, description = "A page; can be sorted by `at`, `email`, `address` or `result`", body = Page<SignInEntry>),
    (status = 403, description = "Not an administrator of the account", body = ApiError),
    (status = 404, description = "Not a member of the account", body = ApiError),
))]
pub(in crate::routes) async fn login_history(
    State(app): State<AppState>,
    admin: Admin,
    HistoryQuery { list, filter }: HistoryQuery,
) -> Result<Listed<SignInEntry>, AppError> {
    let (sort, descending) = list.sort(&SORTS, (Sort::At, true))?;
    let since = app.clock.now() - app.config.history.days * 86_400;
    let rows = Rows { account_id: admin.account_id(), since, search: &list.search, filter: &filter };
    let page = login_report::page(&app.db, &rows, &list.listing(), sort, descending).await?;
    Ok(list.answer(page))
}

/// All entries of the login history that match, the latest first, as CSV (RFC 4180) in UTF-8.
#[utoipa::path(get, path = route::ACCOUNT_LOGIN_HISTORY_CSV, tag = "administration", params(HistoryParameters), responses(
    (status = 200, description = "The file", content_type = "text/csv", body = String),
    (status = 403, description = "Not an administrator of the account", body = ApiError),
    (status = 404, description = "Not a member of the account", body = ApiError),
))]
pub(in crate::routes) async fn login_history_csv(
    State(app): State<AppState>,
    admin: Admin,
    HistoryQuery { list, filter }: HistoryQuery,
) -> Result<Response, AppError> {
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"login-history.csv\""),
    ];
    let head = csv_line(["user", "date and time (UTC)", "source address", "factor", "result"])?;
    let rows = csv_rows(app, admin.account_id().clone(), list.search, filter);
    let body = Body::from_stream(stream::once(async { Ok(head) }).chain(rows));
    Ok((Extension(Compressible), headers, body).into_response())
}

/// The rows, read in chunks while the client receives them, so that a long history is never in memory at once.
fn csv_rows(
    app: AppState,
    account_id: AccountId,
    search: String,
    filter: Filter,
) -> impl Stream<Item = anyhow::Result<Bytes>> {
    let since = app.clock.now() - app.config.history.days * 86_400;
    let wanted = Arc::new((app, account_id, search, filter));
    let start = Some((i64::MAX, String::new()));
    stream::try_unfold(start, move |after| {
        let wanted = Arc::clone(&wanted);
        async move {
            let Some(after) = after else { return Ok(None) };
            let (app, account_id, search, filter) = &*wanted;
            let rows = Rows { account_id, since, search, filter };
            let (entries, last) = login_report::after(&app.db, &rows, &after, CHUNK).await?;
            let mut lines = Vec::new();
            for entry in &entries {
                lines.extend(csv_line([
                    &entry.email,
                    &entry.at.0,
                    &entry.address,
                    entry.factor.as_str(),
                    entry.result.as_str(),
                ])?);
            }
            Ok::<_, anyhow::Error>(Some((Bytes::from(lines), last)))
        }
    })
    .try_filter(|lines| std::future::ready(!lines.is_empty()))
}

fn csv_line(cells: [&str; 5]) -> anyhow::Result<Bytes> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
    writer.write_record(cells.map(|cell| neutral(cell).into_owned()))?;
    Ok(writer.into_inner()?.into())
}

/// A cell that no spreadsheet interprets as a formula (OWASP: "CSV injection").
fn neutral(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}").into() } else { cell.into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_formula_is_neutralised_and_quotes_are_kept() {
        let line = csv_line(["=1+1", "+a@example.com", "-x", "plain", "a,\"b\""]).unwrap();
        assert_eq!(&line[..], b"'=1+1,'+a@example.com,'-x,plain,\"a,\"\"b\"\"\"\r\n");
    }
}
