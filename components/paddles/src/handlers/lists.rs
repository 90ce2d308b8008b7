//! What all lists share: the link to the next page, and slices of objects.

use assay_web::json::{JsonText, RawObject};
use assay_web::links;
use assay_web::query::Query;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, header};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::domain::cursors::Page;
use crate::error::{Error, Result};
use crate::site::Here;
use crate::store::{Listing, Place};

/// The places of one page, and the link to the next one if there is more.
pub struct Listed {
    /// What was asked for.
    pub places: Vec<Place>,
    next: Option<HeaderValue>,
}

impl Listed {
    /// Cuts off the row beyond the page, whose presence says that there is more.
    pub fn new(mut places: Vec<Place>, page: &Page, here: &Here, query: &Query) -> Self {
        let count = usize::try_from(page.count).unwrap_or(usize::MAX);
        let more = places.len() > count;
        places.truncate(count);
        let last = places.last().filter(|_| more).map(|place| place.0.to_string());
        let next = last.and_then(|cursor| link_to_next(&cursor, here, query));
        Self { places, next }
    }

    /// The answer with its `Link` header.
    pub fn respond(&self, json: String) -> Response {
        linked(json, self.next.clone())
    }
}

/// A page that SQLite has built whole, with its `Link` header.
pub fn respond(listing: Listing, here: &Here, query: &Query) -> Response {
    let next = listing.next.and_then(|cursor| link_to_next(&cursor, here, query));
    linked(listing.json, next)
}

fn link_to_next(cursor: &str, here: &Here, query: &Query) -> Option<HeaderValue> {
    let query = query.with(&[("page", None), ("cursor", Some(cursor))]);
    HeaderValue::try_from(links::next_page(&here.0, &query)).ok()
}

fn linked(json: String, next: Option<HeaderValue>) -> Response {
    let mut response = JsonText(json).into_response();
    if let Some(next) = next {
        response.headers_mut().insert(header::LINK, next);
    }
    response
}

/// An object whose values are JSON text still, in the order of its keys.
pub type RawMap = Vec<(String, Box<RawValue>)>;

/// Cuts an array of objects down to the keys that `fields=` names, in that order. For objects that are small anyway;
/// jobs are cut by SQLite. A name that is not allowed is refused.
pub fn slice(array: String, query: &Query, allowed: &[&str]) -> Result<String> {
    let Some(names) = slice_names(query, allowed)? else { return Ok(array) };
    let objects: Vec<String> = sliced(&array, Some(&names)).iter().map(object).collect();
    Ok(format!("[{}]", objects.join(",")))
}

/// The objects of an array, cut down to some keys or whole. A key that an object lacks is left out.
pub fn sliced(array: &str, names: Option<&[&str]>) -> Vec<RawMap> {
    let elements: Vec<&RawValue> = serde_json::from_str(array).unwrap_or_default();
    let objects = elements.iter().filter_map(|element| RawObject::parse(element.get()));
    objects
        .map(|object| match names {
            None => object.pairs().map(|(key, value)| (key.to_owned(), value.to_owned())).collect(),
            Some(names) => {
                let value = |name: &&str| Some(((*name).to_owned(), object.get(name)?.to_owned()));
                names.iter().filter_map(value).collect()
            }
        })
        .collect()
}

/// The text of an object.
pub fn object(pairs: &RawMap) -> String {
    let texts: Vec<String> = pairs
        .iter()
        .map(|(key, value)| format!("{}:{}", Value::from(key.as_str()), value.get()))
        .collect();
    format!("{{{}}}", texts.join(","))
}

/// The text of an object with one more key, whose value is JSON text.
pub fn object_with(pairs: &RawMap, key: &str, json: &str) -> String {
    let text = object(pairs);
    let open = text.strip_suffix('}').unwrap_or(&text);
    let comma = if pairs.is_empty() { "" } else { "," };
    format!("{open}{comma}{}:{json}}}", Value::from(key))
}

/// The names in `fields=`; `None` when all are wanted.
pub fn slice_names<'q>(query: &'q Query, allowed: &[&str]) -> Result<Option<Vec<&'q str>>> {
    let text = query.get("fields").unwrap_or_default();
    let names: Vec<&str> = text
        .split(',')
        .map(str::trim)
        .filter(|name| !name.is_empty() && !name.starts_with('_'))
        .collect();
    if names.iter().any(|name| !allowed.contains(name)) {
        return Err(Error::invalid("an invalid field was specified"));
    }
    Ok(if names.is_empty() { None } else { Some(names) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_keeps_the_order_asked_for() {
        let array = || r#"[{"a":1,"b":[2.50],"c":3}]"#.to_owned();
        let allowed = ["a", "b", "c", "d"];
        let cut = slice(array(), &Query::parse(b"fields=b,_x,,d,a"), &allowed).unwrap();
        assert_eq!(cut, r#"[{"b":[2.50],"a":1}]"#);
        assert_eq!(slice(array(), &Query::parse(b"fields=,"), &allowed).unwrap(), array());
        assert!(slice(array(), &Query::parse(b"fields=zip"), &allowed).is_err());
    }

    #[test]
    fn a_key_is_added_to_an_object() {
        let one = sliced(r#"[{"a":1}]"#, None);
        assert_eq!(object_with(&one[0], "jobs", "[]"), r#"{"a":1,"jobs":[]}"#);
        assert_eq!(object_with(&Vec::new(), "jobs", "[]"), r#"{"jobs":[]}"#);
    }
}
