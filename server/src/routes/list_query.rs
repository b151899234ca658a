//! The query of a page of a list: `?search=&page=1&per_page=25&sort=-at`.

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use postern_types::Page;
use serde::Deserialize;
use utoipa::IntoParams;

use crate::error::AppError;
use crate::extract::malformed;
use crate::state::AppState;
use crate::store::Listing;

/// Sizes of a page.
const SIZES: [u32; 4] = [10, 25, 50, 100];
/// Longest search, in characters.
const MAX_SEARCH: usize = 200;

/// Which part of a list is wanted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct ListQuery {
    /// What to look for, at most 200 characters; everything where it is missing.
    #[serde(default)]
    pub(super) search: String,
    /// From 1, the default, to 1000000.
    #[serde(default = "first")]
    page: u32,
    /// 10, 25 (the default), 50 or 100.
    #[serde(default = "usual")]
    per_page: u32,
    /// Name of a column, behind `-` for the other direction.
    #[serde(default)]
    sort: String,
}

const fn first() -> u32 {
    1
}

const fn usual() -> u32 {
    25
}

impl ListQuery {
    /// The part of the list, for a statement.
    pub(super) fn listing(&self) -> Listing<'_> {
        Listing { search: &self.search, page: self.page, per_page: self.per_page }
    }

    /// The column to sort by, and whether in descending order; `default` where none is named.
    ///
    /// # Errors
    /// Where there is no such column.
    pub(super) fn sort<T: Copy>(&self, columns: &[(&str, T)], default: (T, bool)) -> Result<(T, bool), AppError> {
        if self.sort.is_empty() {
            return Ok(default);
        }
        let (name, descending) = self.sort.strip_prefix('-').map_or((self.sort.as_str(), false), |name| (name, true));
        let column = columns.iter().find(|(known, _)| *known == name).map(|(_, column)| (*column, descending));
        column.ok_or_else(|| {
            let names: Vec<_> = columns.iter().map(|(name, _)| *name).collect();
            malformed("sort", &format!("expected one of {}, behind - for the other direction", names.join(", "))).into()
        })
    }

    /// The page, from what the statement gave.
    pub(super) fn answer<T>(&self, (items, total): (Vec<T>, u64)) -> Page<T> {
        Page { items, total, page: self.page, per_page: self.per_page }
    }
}

impl FromRequestParts<AppState> for ListQuery {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let Query(query) = Query::<Self>::from_request_parts(parts, app)
            .await
            .map_err(|_| malformed("query", "expected search, page, per_page and sort"))?;
        if !SIZES.contains(&query.per_page) {
            return Err(malformed("per_page", "expected 10, 25, 50 or 100").into());
        }
        if !(1..=1_000_000).contains(&query.page) {
            return Err(malformed("page", "expected a number from 1 to 1000000").into());
        }
        if query.search.chars().count() > MAX_SEARCH {
            return Err(malformed("search", "expected at most 200 characters").into());
        }
        Ok(query)
    }
}
