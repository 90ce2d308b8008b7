//! Query parameters.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;

/// The parameters of a query string or of a form body, decoded, in order. A value is text: what it must be
/// is the area's to say, in its own words. Bytes that are not UTF-8 become U+FFFD.
#[derive(Clone, Debug, Default)]
pub struct Query(Vec<(String, String)>);

impl Query {
    /// Decodes `a=1&b=x+y`.
    pub fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// A parameter's value; when it is given twice the last one counts.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().rev().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The same, but a parameter without a value is as good as none.
    pub fn non_empty(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// Whether a parameter is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// All pairs, as given.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// The query string with some parameters replaced (`Some`) or removed (`None`), for links to the next
    /// page; what is replaced moves to the end.
    pub fn with(&self, changes: &[(&str, Option<&str>)]) -> String {
        let changed = |key: &str| changes.iter().any(|(name, _)| *name == key);
        let mut text = form_urlencoded::Serializer::new(String::new());
        text.extend_pairs(self.pairs().filter(|(key, _)| !changed(key)));
        text.extend_pairs(changes.iter().filter_map(|(name, value)| Some((name, (*value)?))));
        text.finish()
    }
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Infallible> {
        Ok(Self::parse(parts.uri.query().unwrap_or_default().as_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_of_a_parameter_counts() {
        let query = Query::parse(b"a=1&b=x+y%2F&a=2&c");
        assert_eq!(query.get("a"), Some("2"));
        assert_eq!(query.get("b"), Some("x y/"));
        assert_eq!(query.get("c"), Some(""));
        assert_eq!(query.non_empty("c"), None);
        assert!(!query.has("d"));
    }

    #[test]
    fn links_keep_what_they_do_not_change() {
        let query = Query::parse(b"count=2&page=1&x=%26");
        assert_eq!(query.with(&[("page", None), ("cursor", Some("9"))]), "count=2&x=%26&cursor=9");
    }
}
