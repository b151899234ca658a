//! Which part of a list is shown, as the query string of an address.

use form_urlencoded::{Serializer, parse};

/// Page sizes.
pub(super) const SIZES: [u32; 4] = [10, 25, 50, 100];
pub(super) const USUAL_SIZE: u32 = 25;
/// The highest page number that the server accepts.
const LAST_PAGE: u32 = 1_000_000;

/// Which part of a list is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) search: String,
    /// Page number, from 1.
    pub(super) page: u32,
    /// One of [`SIZES`].
    pub(super) per_page: u32,
    /// A column, with a leading `-` for descending order; empty for the default order.
    pub(super) sort: String,
}

impl Default for Query {
    fn default() -> Self {
        Self { search: String::new(), page: 1, per_page: USUAL_SIZE, sort: String::new() }
    }
}

impl Query {
    /// Parses a query string. What it does not understand keeps its default.
    pub(super) fn read(text: &str) -> Self {
        let mut query = Self::default();
        for (name, value) in parse(text.trim_start_matches('?').as_bytes()) {
            match name.as_ref() {
                "search" => query.search = value.into_owned(),
                "page" => query.page = value.parse().unwrap_or(1).clamp(1, LAST_PAGE),
                "per_page" => {
                    query.per_page = value.parse().ok().filter(|size| SIZES.contains(size)).unwrap_or(USUAL_SIZE);
                }
                "sort" => query.sort = value.into_owned(),
                _ => {}
            }
        }
        query
    }

    /// The query string with `?`; empty if everything has its default.
    pub(super) fn write(&self) -> String {
        self.write_with("", "")
    }

    /// The same, with one more parameter, unless its value is empty.
    pub(super) fn write_with(&self, name: &str, value: &str) -> String {
        let mut pairs = Serializer::new(String::new());
        if !self.search.is_empty() {
            pairs.append_pair("search", &self.search);
        }
        if self.page != 1 {
            pairs.append_pair("page", &self.page.to_string());
        }
        if self.per_page != USUAL_SIZE {
            pairs.append_pair("per_page", &self.per_page.to_string());
        }
        if !self.sort.is_empty() {
            pairs.append_pair("sort", &self.sort);
        }
        if !value.is_empty() {
            pairs.append_pair(name, value);
        }
        let pairs = pairs.finish();
        if pairs.is_empty() { pairs } else { format!("?{pairs}") }
    }

    /// The order after a click on the heading of a column: ascending, then descending.
    pub(super) fn sorted_by(&self, column: &str) -> Self {
        let sort = if self.sort == column { format!("-{column}") } else { column.to_owned() };
        Self { sort, page: 1, ..self.clone() }
    }

    /// `aria-sort` of the heading of a column.
    pub(super) fn direction(&self, column: &str, usual: &str) -> &'static str {
        let sort = if self.sort.is_empty() { usual } else { &self.sort };
        match sort.strip_prefix('-') {
            Some(name) if name == column => "descending",
            None if sort == column => "ascending",
            _ => "none",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_at_its_default_is_not_in_the_address() {
        assert_eq!(Query::default().write(), "");
        assert_eq!(Query::read(""), Query::default());
        let query = Query { search: "Bö & Co".to_owned(), page: 3, per_page: 100, sort: "-email".to_owned() };
        assert_eq!(query.write(), "?search=B%C3%B6+%26+Co&page=3&per_page=100&sort=-email");
        assert_eq!(Query::read(&query.write()), query);
    }

    #[test]
    fn an_address_that_makes_no_sense_shows_the_first_page() {
        assert_eq!(Query::read("?page=0&per_page=7&x=y&page"), Query::default());
        assert_eq!(Query::read("?search=%zz+%").search, "%zz %");
        assert_eq!(Query::read("?page=4000000000").page, LAST_PAGE);
    }

    #[test]
    fn a_column_is_sorted_one_way_then_the_other_from_the_first_page_on() {
        let first = Query { page: 4, ..Query::default() }.sorted_by("email");
        assert_eq!((first.sort.as_str(), first.page), ("email", 1));
        assert_eq!(first.direction("email", "name"), "ascending");
        assert_eq!(first.sorted_by("email").direction("email", "name"), "descending");
        assert_eq!(Query::default().direction("at", "-at"), "descending");
        assert_eq!(first.direction("name", "name"), "none");
    }
}
