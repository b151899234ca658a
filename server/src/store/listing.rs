//! Paged lists.

use crate::folding::fold;

/// Which part of a list to return.
#[derive(Clone, Copy, Debug)]
pub struct Listing<'a> {
    /// Search term as typed; empty for everything.
    pub search: &'a str,
    /// Page number, from 1.
    pub page: u32,
    /// Rows per page.
    pub per_page: u32,
}

impl Listing<'_> {
    /// The search term as a `like` pattern for folded text, with its wildcards escaped by `\`.
    #[must_use]
    pub fn pattern(&self) -> String {
        let mut pattern = String::from("%");
        for c in fold(self.search.trim()).chars() {
            if matches!(c, '%' | '_' | '\\') {
                pattern.push('\\');
            }
            pattern.push(c);
        }
        pattern.push('%');
        pattern
    }

    pub(super) fn limit(&self) -> i64 {
        self.per_page.into()
    }

    pub(super) fn offset(&self) -> i64 {
        i64::from(self.page.saturating_sub(1)) * self.limit()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_looked_for_as_it_is() {
        let pattern = |search| Listing { search, page: 1, per_page: 25 }.pattern();
        assert_eq!(pattern(" Ada "), "%ada%");
        assert_eq!(pattern("50%_\\"), "%50\\%\\_\\\\%");
        assert_eq!(pattern(""), "%%");
    }

    #[test]
    fn pages_are_counted_from_one() {
        assert_eq!(Listing { search: "", page: 3, per_page: 25 }.offset(), 50);
        assert_eq!(Listing { search: "", page: 0, per_page: 25 }.offset(), 0);
    }
}
