//! Paging: how many, which page, and where a keyset cursor stands.

use assay_web::query::Query;

use super::numbers;
use crate::error::{Error, Result};

/// A place in a list that is ordered by (time, id): exact also when many rows share a microsecond.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The time of the last row that was given.
    pub at: i64,
    /// Its row number.
    pub id: i64,
}

impl Cursor {
    fn parse(text: &str) -> Result<Self> {
        let place =
            text.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)));
        let (at, id) =
            place.ok_or_else(|| Error::invalid("cursor is not one that this server gave"))?;
        Ok(Self { at, id })
    }
}

impl std::fmt::Display for Cursor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "{}.{}", self.at, self.id)
    }
}

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many rows.
    pub count: u32,
    /// How many to pass over (`page`, for old clients; costs what it passes over).
    pub offset: u64,
    /// Where to go on (`cursor`).
    pub after: Option<Cursor>,
}

impl Page {
    /// Reads `count` (`default` when absent, cut to `most`), `page` and `cursor`.
    pub fn parse(query: &Query, default: u32, most: u32) -> Result<Self> {
        let count = numbers::count(query, default, most)?;
        let page = match query.non_empty("page") {
            None => 1,
            Some(text) => numbers::few_digits(text)
                .filter(|page| *page > 0)
                .ok_or_else(|| Error::invalid("page must be a positive integer"))?,
        };
        let after = query.non_empty("cursor").map(Cursor::parse).transpose()?;
        Ok(Self { count, offset: u64::from(page - 1) * u64::from(count), after })
    }

    /// The row to ask for beyond the page, which tells whether there is more.
    pub fn limit(&self) -> u32 {
        self.count.saturating_add(u32::from(self.count > 0))
    }

    /// How many rows to pass over, as SQLite takes it.
    pub fn sql_offset(&self) -> i64 {
        i64::try_from(self.offset).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str) -> Result<Page> {
        Page::parse(&Query::parse(query.as_bytes()), 25, 10_000)
    }

    #[test]
    fn a_page_is_counted_from_one() {
        assert_eq!(page("").unwrap(), Page { count: 25, offset: 0, after: None });
        assert_eq!(page("count=3&page=4").unwrap().offset, 9);
        assert_eq!(page("count=999999").unwrap().count, 10_000);
        assert_eq!(page("count=0").unwrap().limit(), 0);
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for query in
            ["count=x", "count=-1", "page=0", "page=-3", "page=99999999999999999999", "cursor=7"]
        {
            assert!(page(query).is_err(), "{query}");
        }
    }

    #[test]
    fn a_cursor_is_read_back() {
        let cursor = Cursor { at: -5, id: 9 };
        assert_eq!(Cursor::parse(&cursor.to_string()).unwrap(), cursor);
    }
}
