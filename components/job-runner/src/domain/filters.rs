//! What a list's query parameters ask for, tastypie's way: `field`, `field__lookup`,
//! `field__through__field`.
//!
//! The outcome is a JSON object that the store's queries read: the parameter's name without
//! `__exact`, and its value as the store keeps it. A parameter that is no field is nobody's
//! business here (`limit`, `format`, `_`).

use assay_web::query::Query;
use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::resources::{Description, Filter, Kind, Resource};
use super::{times, uris};
use crate::error::{Error, Result};

/// The names of states, and the numbers that the store gives them.
const STATES: [(&str, &[i64]); 7] = [
    ("scheduled", &[0]),
    ("in_queue", &[1]),
    ("started", &[2]),
    ("completed", &[3, 4]),
    ("completed_successful", &[3]),
    ("completed_with_errors", &[4]),
    ("completed_with_error", &[4]),
];

/// Comparisons that Django knows, so that an unknown word is not one.
const LOOKUPS: [&str; 10] =
    ["exact", "in", "gt", "gte", "lt", "lte", "range", "isnull", "startswith", "contains"];

/// What a list is to be filtered and ordered by.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// For the store: names and typed values.
    pub by: Map<String, Value>,
    /// `id`, `-id`, `title`, ...; empty = the resource's own order.
    pub order: String,
}

impl Filters {
    /// Reads the parameters of a list of `resource`.
    pub fn parse(resource: Resource, query: &Query, zone: &TimeZone) -> Result<Self> {
        let description = resource.description();
        let mut by = Map::new();
        for (name, text) in query.pairs() {
            if let Some((filter, lookup)) = find(description, name)? {
                let key = if lookup == "exact" {
                    filter.path.to_owned()
                } else {
                    format!("{}__{lookup}", filter.path)
                };
                by.insert(key, value(filter.kind, lookup, text, zone)?);
            }
        }
        if resource == Resource::Run
            && let Some(state) = query.get("state")
        {
            by.extend(states(state)?);
        }
        Ok(Self { by, order: order(description, query)? })
    }

    /// The filters as the store's parameter.
    pub fn json(&self) -> String {
        Value::Object(self.by.clone()).to_string()
    }

    /// Whether any filter begins with this name.
    pub fn has(&self, prefix: &str) -> bool {
        self.by.keys().any(|key| key.starts_with(prefix))
    }
}

/// The filter that a parameter names, and its lookup; `None` when it is no field.
fn find<'q>(
    description: &Description,
    name: &'q str,
) -> Result<Option<(&'static Filter, &'q str)>> {
    let named = |path: &str| description.filters.iter().find(|filter| filter.path == path);
    if let Some(filter) = named(name) {
        return Ok(Some((filter, "exact")));
    }
    let field = name.split("__").next().unwrap_or_default();
    if let Some((path, lookup)) = name.rsplit_once("__")
        && let Some(filter) = named(path)
    {
        if lookup == "exact" || filter.lookups.contains(&lookup) {
            return Ok(Some((filter, lookup)));
        }
        let message = format!("'{lookup}' is not an allowed filter on the '{field}' field.");
        return Err(Error::invalid(message));
    }
    let is_field = description.field(field).is_some_and(|field| !field.hidden);
    let knows_more = named(field).is_some();
    match (is_field, knows_more) {
        (false, _) => Ok(None),
        (true, false) => {
            Err(Error::invalid(format!("The '{field}' field does not allow filtering.")))
        }
        (true, true) => {
            let last = name.rsplit("__").next().unwrap_or_default();
            let word = if LOOKUPS.contains(&last) { last } else { "exact" };
            Err(Error::invalid(format!("'{word}' is not an allowed filter on the '{name}' field.")))
        }
    }
}

fn value(kind: Kind, lookup: &str, text: &str, zone: &TimeZone) -> Result<Value> {
    let single = |text: &str| -> Result<Value> {
        match kind {
            Kind::Integer(..) => {
                let number =
                    uris::parse(text, "").map(|(_, id)| id).or_else(|| text.trim().parse().ok());
                number.map(Value::from).ok_or_else(mismatched)
            }
            Kind::Boolean => flag(text),
            Kind::Time => {
                times::parse_filter(text, zone).map(Value::from).ok_or_else(|| not_a_time(text))
            }
            _ => Ok(json!(text)),
        }
    };
    match lookup {
        "isnull" => flag(text),
        "in" => text.split(',').map(single).collect::<Result<Vec<_>>>().map(Value::from),
        "range" => match text.split_once(',') {
            Some((from, to)) => Ok(json!([single(from)?, single(to)?])),
            None => Err(mismatched()),
        },
        _ => single(text),
    }
}

fn flag(text: &str) -> Result<Value> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Ok(json!(1)),
        "false" | "0" => Ok(json!(0)),
        _ => Err(mismatched()),
    }
}

fn mismatched() -> Error {
    Error::invalid("Invalid resource lookup data provided (mismatched type).")
}

/// The refusal of what is no time.
pub fn not_a_time(text: &str) -> Error {
    Error::invalid(format!(
        "'{text}' value has an invalid format. It must be in YYYY-MM-DD HH:MM[:ss[.uuuuuu]][TZ] format."
    ))
}

fn states(name: &str) -> Result<Map<String, Value>> {
    let mut by = Map::new();
    if name == "last_completed" {
        by.insert("last_completed".into(), json!(1));
        by.insert("states".into(), json!([3, 4]));
        return Ok(by);
    }
    let Some((_, numbers)) = STATES.iter().find(|(known, _)| *known == name) else {
        let known: Vec<&str> = STATES.iter().map(|(known, _)| *known).collect();
        let known = known.join(", ");
        return Err(Error::invalid(format!("'{name}' is not a state: {known}, last_completed.")));
    };
    by.insert("states".into(), json!(numbers));
    Ok(by)
}

fn order(description: &Description, query: &Query) -> Result<String> {
    let Some(order) = query.non_empty("order_by") else { return Ok(String::new()) };
    let field = order.strip_prefix('-').unwrap_or(order);
    if description.orders.contains(&field) {
        return Ok(order.to_owned());
    }
    Err(Error::invalid(format!("No matching '{field}' field for ordering on.")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filters(resource: Resource, query: &str) -> std::result::Result<String, String> {
        let filters = Filters::parse(resource, &Query::parse(query.as_bytes()), &TimeZone::UTC);
        filters.map(|filters| filters.json()).map_err(|error| error.to_string())
    }

    #[test]
    fn filters_are_typed() {
        assert_eq!(
            filters(Resource::Project, "id=3&title__exact=x&_=1&format=json"),
            Ok(r#"{"id":3,"title":"x"}"#.into())
        );
        assert_eq!(
            filters(Resource::Run, "state=completed&is_manual=True&worker__api_key__in=a,b&worker__isnull=0&job=1&job=2"),
            Ok(r#"{"is_manual":1,"worker__api_key__in":["a","b"],"worker__isnull":0,"job":2,"states":[3,4]}"#.into())
        );
        assert_eq!(
            filters(Resource::Run, "schedule_dts__range=1970-01-01,1970-01-01T00:00:01Z"),
            Ok(r#"{"schedule_dts__range":[0,1000000]}"#.into())
        );
    }

    #[test]
    fn what_is_not_allowed_is_refused_in_tastypies_words() {
        for (resource, query, message) in [
            (
                Resource::Project,
                "description=x",
                "The 'description' field does not allow filtering.",
            ),
            (
                Resource::Project,
                "title__contains=x",
                "'contains' is not an allowed filter on the 'title' field.",
            ),
            (Resource::Project, "id=x", "Invalid resource lookup data provided (mismatched type)."),
            (
                Resource::Run,
                "is_manual=maybe",
                "Invalid resource lookup data provided (mismatched type).",
            ),
            (Resource::Run, "order_by=pid", "No matching 'pid' field for ordering on."),
        ] {
            assert_eq!(filters(resource, query), Err(message.into()), "{query}");
        }
        assert!(filters(Resource::Run, "state=lost").unwrap_err().contains("in_queue"));
        assert!(
            filters(Resource::Run, "schedule_dts__gt=junk")
                .unwrap_err()
                .starts_with("'junk' value")
        );
    }

    #[test]
    fn what_is_no_field_is_ignored() {
        assert_eq!(filters(Resource::Group, "zip=1&state=x&groups=2"), Ok("{}".into()));
    }
}
