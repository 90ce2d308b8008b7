//! Queries of URLs in this area: a plus in them is a plus and never a space.

use std::borrow::Cow;

/// A query as a client wrote it, so that readers of forms find its pluses.
pub fn with_literal_plus(query: &str) -> Cow<'_, str> {
    match query.contains('+') {
        true => query.replace('+', "%2B").into(),
        false => query.into(),
    }
}

/// A query as a form writer wrote it, so that clients read its spaces.
pub fn with_literal_space(query: &str) -> String {
    query.replace('+', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;
    use assay_web::query::Query;

    #[test]
    fn pluses_and_spaces_survive_reading_and_writing() {
        let query = Query::parse(with_literal_plus("name=lib++&ref=a%20b%2Bc").as_bytes());
        assert_eq!((query.get("name"), query.get("ref")), (Some("lib++"), Some("a b+c")));
        let written = with_literal_space(&query.with(&[]));
        assert_eq!(written, "name=lib%2B%2B&ref=a%20b%2Bc");
    }
}
