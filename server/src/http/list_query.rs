//! The query string of a paged list: `?search=&page=1&per_page=25&sort=-at`.

use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use axum::{Extension, Json};
use postern_types::{Page, Reason};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use url::form_urlencoded;
use utoipa::IntoParams;

use super::compression::Compressible;
use super::error::{AppError, malformed};
use super::text::is_text;
use crate::state::AppState;
use crate::store::Listing;

/// Allowed page sizes.
const SIZES: [u32; 4] = [10, 25, 50, 100];
/// Maximum length of a search in characters.
const MAX_SEARCH: u32 = 200;
/// Highest page number.
const MAX_PAGE: u32 = 1_000_000;

/// Which part of a list to return.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct ListQuery {
    /// Search term, at most 200 characters; everything if it is missing.
    #[serde(default)]
    #[param(max_length = 200)]
    pub(crate) search: String,
    /// Page number: 1 (the default) to 1000000.
    #[serde(default = "first")]
    #[param(minimum = 1, maximum = 1_000_000)]
    page: u32,
    /// Page size: 10, 25 (the default), 50 or 100.
    #[serde(default = "usual")]
    #[param(minimum = 10, maximum = 100)]
    per_page: u32,
    /// Column to sort by, with a leading `-` for descending order.
    #[serde(default)]
    sort: String,
}

/// A page of a list. It has no secrets.
pub(crate) type Listed<T> = (Extension<Compressible>, Json<Page<T>>);

pub(crate) const fn first() -> u32 {
    1
}

pub(crate) const fn usual() -> u32 {
    25
}

impl ListQuery {
    /// The part of the list, for a statement.
    pub(crate) fn listing(&self) -> Listing<'_> {
        Listing { search: &self.search, page: self.page, per_page: self.per_page }
    }

    /// The column to sort by, and whether in descending order; `default` if none is given.
    ///
    /// # Errors
    /// If there is no such column.
    pub(crate) fn sort<T: Copy>(&self, columns: &[(&str, T)], default: (T, bool)) -> Result<(T, bool), AppError> {
        if self.sort.is_empty() {
            return Ok(default);
        }
        let (name, descending) = self.sort.strip_prefix('-').map_or((self.sort.as_str(), false), |name| (name, true));
        let column = columns.iter().find(|(known, _)| *known == name).map(|(_, column)| (*column, descending));
        column.ok_or_else(|| malformed("sort", Reason::NotAllowed).into())
    }

    /// The response, made of the rows and their total number.
    pub(crate) fn answer<T>(&self, (items, total): (Vec<T>, u64)) -> Listed<T> {
        (Extension(Compressible), Json(Page { items, total, page: self.page, per_page: self.per_page }))
    }
}

impl ListQuery {
    /// Validates the parameters of a list.
    ///
    /// # Errors
    /// If one is out of range.
    pub(crate) fn checked(search: String, page: u32, per_page: u32, sort: String) -> Result<Self, AppError> {
        if !SIZES.contains(&per_page) {
            return Err(malformed("per_page", Reason::NotAllowed).into());
        }
        if !(1..=MAX_PAGE).contains(&page) {
            return Err(malformed("page", Reason::OutOfRange { min: 1, max: MAX_PAGE }).into());
        }
        if search.chars().count() > MAX_SEARCH as usize {
            return Err(malformed("search", Reason::TooLong { max: MAX_SEARCH }).into());
        }
        Ok(Self { search, page, per_page, sort })
    }
}

impl FromRequestParts<AppState> for ListQuery {
    type Rejection = AppError;

    async fn from_request_parts(parts: &mut Parts, app: &AppState) -> Result<Self, AppError> {
        let Self { search, page, per_page, sort } = query(parts, app).await?;
        Self::checked(search, page, per_page, sort)
    }
}

/// Parses the query string. Unknown parameters are refused.
pub(crate) async fn query<T: DeserializeOwned>(parts: &mut Parts, app: &AppState) -> Result<T, AppError> {
    let Query(query) =
        Query::<T>::from_request_parts(parts, app).await.map_err(|_| malformed("query", Reason::UnknownField))?;
    for (name, value) in form_urlencoded::parse(parts.uri.query().unwrap_or_default().as_bytes()) {
        if !is_text(&value) {
            return Err(malformed(&name, Reason::InvisibleCharacter).into());
        }
    }
    Ok(query)
}

/// Parses values of a closed set, separated by commas; an empty text has none.
///
/// # Errors
/// Where a word is not in the set, or occurs twice: the list is never longer than the set.
pub(crate) fn members<T: FromStr + PartialEq>(field: &str, text: &str) -> Result<Vec<T>, AppError> {
    let mut members = Vec::new();
    for word in text.split(',').filter(|word| !word.is_empty()) {
        let member = word.parse().ok().filter(|member| !members.contains(member));
        members.push(member.ok_or_else(|| malformed(field, Reason::NotAllowed))?);
    }
    Ok(members)
}
