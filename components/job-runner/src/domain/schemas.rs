//! `schema/`: what a resource's fields, methods and filters are, for generic clients.

use serde_json::{Map, Value, json};

use super::pages::DEFAULT_LIMIT;
use super::resources::{Description, Field, Kind};

/// The schema of a resource.
pub fn schema(description: &Description) -> Value {
    let mut schema = Map::new();
    schema.insert("allowed_detail_http_methods".into(), json!(description.detail_methods));
    schema.insert("allowed_list_http_methods".into(), json!(description.list_methods));
    schema.insert("default_format".into(), json!("application/json"));
    schema.insert("default_limit".into(), json!(DEFAULT_LIMIT));
    let shown = description.fields.iter().filter(|field| !field.hidden);
    let mut fields: Map<String, Value> =
        shown.map(|field| (field.name.to_owned(), field_schema(field))).collect();
    fields.insert("resource_uri".into(), uri_schema());
    schema.insert("fields".into(), Value::Object(fields));
    let filtering = filtering(description);
    if !filtering.is_empty() {
        schema.insert("filtering".into(), Value::Object(filtering));
    }
    Value::Object(schema)
}

fn field_schema(field: &Field) -> Value {
    let default = match field.default {
        Some(json) => serde_json::from_str(json).unwrap_or_default(),
        None => json!("No default provided."),
    };
    let mut schema = json!({
        "blank": field.blank,
        "default": default,
        "help_text": field.help,
        "nullable": field.nullable,
        "readonly": field.readonly,
        "type": kind_name(field.kind),
        "unique": field.unique,
    });
    let related = match field.kind {
        Kind::One(_) => Some("to_one"),
        Kind::Many(_) => Some("to_many"),
        _ => None,
    };
    if let (Some(related), Some(schema)) = (related, schema.as_object_mut()) {
        schema.insert("related_type".into(), json!(related));
    }
    schema
}

fn uri_schema() -> Value {
    json!({
        "blank": true,
        "default": "No default provided.",
        "help_text": "Where the object is.",
        "nullable": false,
        "readonly": true,
        "type": "string",
        "unique": false,
    })
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Text { .. } | Kind::Name { .. } | Kind::Word(_) | Kind::Clock => "string",
        Kind::Integer(..) => "integer",
        Kind::Boolean => "boolean",
        Kind::Time => "datetime",
        Kind::One(_) | Kind::Many(_) => "related",
    }
}

/// tastypie's way to say it: a list of lookups, 1 for all of them, 2 for all of them and those of
/// related objects.
fn filtering(description: &Description) -> Map<String, Value> {
    let mut filtering = Map::new();
    for filter in description.filters {
        let (name, beyond) = filter.path.split_once("__").unwrap_or((filter.path, ""));
        if description.field(name).is_none() {
            continue;
        }
        let value = if !beyond.is_empty() {
            json!(2)
        } else if matches!(filter.kind, Kind::Time) {
            json!(1)
        } else {
            let lookups = std::iter::once("exact").chain(filter.lookups.iter().copied());
            json!(lookups.collect::<Vec<_>>())
        };
        filtering.insert(name.to_owned(), value);
    }
    filtering
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::resources::{ALL, Resource};

    #[test]
    fn a_schema_says_what_tastypie_says() {
        let run = schema(Resource::Run.description());
        assert_eq!(run["allowed_list_http_methods"], json!(["get", "post"]));
        assert_eq!(run["allowed_detail_http_methods"], json!(["get", "patch"]));
        assert_eq!(run["default_limit"], 200);
        assert_eq!(run["filtering"]["job"], 2);
        assert_eq!(run["filtering"]["schedule_dts"], 1);
        assert_eq!(run["filtering"]["is_manual"], json!(["exact"]));
        let job = &run["fields"]["job"];
        assert_eq!((&job["type"], &job["related_type"]), (&json!("related"), &json!("to_one")));
        assert_eq!(job["default"], "No default provided.");
        assert_eq!(run["fields"]["schedule_children"]["default"], true);
        assert!(schema(Resource::Group.description()).get("filtering").is_none());
    }

    #[test]
    fn defaults_are_json_and_secrets_are_not_told() {
        for resource in ALL {
            for field in resource.description().fields {
                assert!(
                    field.default.is_none_or(|json| serde_json::from_str::<Value>(json).is_ok()),
                    "{}",
                    field.name
                );
            }
        }
        assert!(schema(Resource::Worker.description())["fields"].get("secret").is_none());
    }
}
