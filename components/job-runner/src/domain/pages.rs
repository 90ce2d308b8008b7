//! Pages of lists: `limit` and `offset` in, `meta` out.

use assay_web::query::Query;
use serde_json::{Value, json};

use crate::error::{Error, Result};

/// What a list returns when nobody says how much.
pub const DEFAULT_LIMIT: i64 = 200;
/// And at the most.
pub const MOST: i64 = 1000;

/// No list is this long, and sums with it still are integers.
const FARTHEST: i64 = 1 << 52;

/// Which part of a list is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many objects.
    pub limit: i64,
    /// After how many others.
    pub offset: i64,
}

impl Page {
    /// Reads `limit` and `offset`; 0 and anything over 1000 mean 1000.
    pub fn parse(query: &Query) -> Result<Self> {
        let limit = match query.get("limit") {
            None => DEFAULT_LIMIT,
            Some(text) => match integer(text) {
                None => return Err(refused("limit", text, "a positive integer")),
                Some(limit) if limit < 0 => {
                    return Err(refused("limit", text, "a positive integer >= 0"));
                }
                Some(limit) if limit == 0 || limit > MOST => MOST,
                Some(limit) => limit,
            },
        };
        let offset = match query.get("offset") {
            None => 0,
            Some(text) => match integer(text) {
                None => return Err(refused("offset", text, "an integer")),
                Some(offset) if offset < 0 => {
                    return Err(refused("offset", text, "a positive integer >= 0"));
                }
                Some(offset) => offset.min(FARTHEST),
            },
        };
        Ok(Self { limit, offset })
    }

    /// The `meta` of a page that holds `count` of `total` objects. A page may be shorter than its
    /// limit, where its texts are long; the next one begins where it ended.
    pub fn meta(self, path: &str, query: &Query, count: i64, total: i64) -> Value {
        let at = |offset: i64| {
            let (limit, offset) = (self.limit.to_string(), offset.to_string());
            format!("{path}?{}", query.with(&[("limit", Some(&limit)), ("offset", Some(&offset))]))
        };
        let end = self.offset.saturating_add(count);
        let next = (count > 0 && end < total).then(|| at(end));
        let previous = (self.offset > 0).then(|| at((self.offset - self.limit).max(0)));
        json!({
            "limit": self.limit,
            "next": next,
            "offset": self.offset,
            "previous": previous,
            "total_count": total,
        })
    }
}

fn refused(name: &str, text: &str, wanted: &str) -> Error {
    Error::invalid(format!("Invalid {name} '{text}' provided. Please provide {wanted}."))
}

/// An integer as Python reads one; what is beyond our range counts as the end of it.
fn integer(text: &str) -> Option<i64> {
    let text = text.trim();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    if unsigned.is_empty() || !unsigned.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    Some(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN } else { i64::MAX }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(query: &str) -> std::result::Result<(i64, i64), String> {
        let page = Page::parse(&Query::parse(query.as_bytes()));
        page.map(|page| (page.limit, page.offset)).map_err(|error| error.to_string())
    }

    #[test]
    fn limits_are_bounded() {
        assert_eq!(page(""), Ok((200, 0)));
        assert_eq!(page("limit=0&offset=3"), Ok((1000, 3)));
        assert_eq!(page("limit=99999999999999999999"), Ok((1000, 0)));
        assert_eq!(page("limit=1&limit=2"), Ok((2, 0)));
    }

    #[test]
    fn what_is_no_number_is_refused_in_tastypies_words() {
        for (query, message) in [
            ("limit=abc", "Invalid limit 'abc' provided. Please provide a positive integer."),
            ("limit=1e3", "Invalid limit '1e3' provided. Please provide a positive integer."),
            ("limit=-1", "Invalid limit '-1' provided. Please provide a positive integer >= 0."),
            ("offset=x", "Invalid offset 'x' provided. Please provide an integer."),
            ("offset=-3", "Invalid offset '-3' provided. Please provide a positive integer >= 0."),
        ] {
            assert_eq!(page(query), Err(message.into()));
        }
    }

    #[test]
    fn links_keep_every_parameter() {
        let query = Query::parse(b"state=scheduled&limit=2&offset=2");
        let meta = Page::parse(&query).unwrap().meta("/api/v1/run/", &query, 2, 5);
        assert_eq!(meta["next"], "/api/v1/run/?state=scheduled&limit=2&offset=4");
        assert_eq!(meta["previous"], "/api/v1/run/?state=scheduled&limit=2&offset=0");
        let last = Page { limit: 2, offset: 4 }.meta("/api/v1/run/", &query, 1, 5);
        assert_eq!(last["next"], Value::Null);
        let first = Page { limit: 2, offset: 0 }.meta("/api/v1/run/", &query, 2, 2);
        assert_eq!((&first["next"], &first["previous"]), (&Value::Null, &Value::Null));
    }
}
