//! What a body asks for: its keys checked against the resource's description, and turned into what
//! the store keeps.

use jiff::tz::TimeZone;
use serde_json::{Map, Value, json};

use super::filters::not_a_time;
use super::resources::{Description, Field, Kind, Resource};
use super::{times, uris};
use crate::error::{Error, Result};

/// How bodies are read.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// What is created or changed.
    pub resource: Resource,
    /// The lab's time zone, for times without an offset.
    pub zone: &'a TimeZone,
    /// Where the client reached us, for absolute URIs.
    pub origin: &'a str,
}

/// What a body asks for.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Changes {
    /// Values as the store keeps them (flags 0 and 1, times in microseconds, objects by number), by
    /// field; what is not named is not in it.
    pub fields: Map<String, Value>,
    /// The objects that it names, which must be there and visible.
    pub named: Vec<Named>,
}

/// An object that a body names.
#[derive(Clone, Debug, PartialEq)]
pub struct Named {
    /// Which.
    pub resource: Resource,
    /// Its number.
    pub id: i64,
    /// As it was written.
    pub uri: String,
}

impl Changes {
    /// The fields as the store's parameter.
    pub fn json(&self) -> String {
        Value::Object(self.fields.clone()).to_string()
    }

    /// A field that is there and not null.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields.get(name).filter(|value| !value.is_null())
    }

    /// A field's number, if it is there and one.
    pub fn int(&self, name: &str) -> Option<i64> {
        self.get(name)?.as_i64()
    }
}

impl Reader<'_> {
    /// A body that creates an object: what is left out gets its default; what is required must be
    /// there.
    pub fn new_object(&self, body: &Map<String, Value>) -> Result<Changes> {
        let mut changes = Changes::default();
        for field in self.description().fields.iter().filter(|field| !field.readonly) {
            match body.get(field.name) {
                Some(value) => self.read(field, value, &mut changes)?,
                None => leave_out(field, &mut changes)?,
            }
        }
        Ok(changes)
    }

    /// A body that changes the object `id`: what it does not name stays. It may send back the
    /// object whole, but not as another one.
    pub fn change(&self, id: i64, body: &Map<String, Value>) -> Result<Changes> {
        if body
            .get("id")
            .is_some_and(|given| *given != json!(id) && *given != json!(id.to_string()))
        {
            return Err(Error::about("id", "The 'id' field cannot be changed.".into()));
        }
        if let Some(given) = body.get("resource_uri") {
            let named = given.as_str().and_then(|uri| uris::parse(uri, self.origin));
            if named != Some((self.resource, id)) {
                return Err(Error::about(
                    "resource_uri",
                    "The 'resource_uri' field cannot be changed.".into(),
                ));
            }
        }
        let mut changes = Changes::default();
        for field in self.description().fields.iter().filter(|field| !field.readonly) {
            if let Some(value) = body.get(field.name) {
                self.read(field, value, &mut changes)?;
            }
        }
        Ok(changes)
    }

    fn description(&self) -> &'static Description {
        self.resource.description()
    }

    fn read(&self, field: &Field, given: &Value, changes: &mut Changes) -> Result<()> {
        let value = match (given, field.kind) {
            (Value::Null, _) if field.nullable => Value::Null,
            (Value::Null, _) => {
                return Err(Error::about(
                    field.name,
                    format!("The '{}' field must not be null.", field.name),
                ));
            }
            (given, Kind::One(resource)) => self.one(field, resource, given, changes)?,
            (Value::Array(given), Kind::Many(resource)) => {
                let mut ids: Vec<Value> = Vec::new();
                for given in given {
                    let id = self.one(field, resource, given, changes)?;
                    if !ids.contains(&id) {
                        ids.push(id);
                    }
                }
                Value::Array(ids)
            }
            (given, kind) => scalar(field.name, kind, given, self.zone)?,
        };
        changes.fields.insert(field.name.to_owned(), value);
        Ok(())
    }

    /// The number of an object that is named by its URI, or by an object that has `resource_uri` or
    /// `pk`.
    fn one(
        &self,
        field: &Field,
        resource: Resource,
        given: &Value,
        changes: &mut Changes,
    ) -> Result<Value> {
        let wrong = || Error::field(field.name, &format!("the URI of a {}", resource.name()));
        let uri = match given {
            Value::String(uri) => uri.clone(),
            Value::Object(object) => match (object.get("resource_uri"), object.get("pk")) {
                (Some(Value::String(uri)), _) => uri.clone(),
                (None, Some(pk)) => {
                    let text = pk.as_str().map_or_else(|| pk.to_string(), str::to_owned);
                    resource.uri(uris::parse_id(&text).ok_or_else(wrong)?)
                }
                _ => return Err(wrong()),
            },
            _ => return Err(wrong()),
        };
        let (named, id) = uris::parse(&uri, self.origin).ok_or_else(wrong)?;
        if named != resource {
            return Err(wrong());
        }
        changes.named.push(Named { resource, id, uri });
        Ok(json!(id))
    }
}

/// A required field is missing, or gets its default.
fn leave_out(field: &Field, changes: &mut Changes) -> Result<()> {
    if !field.blank {
        let name = field.name;
        let message =
            format!("The '{name}' field has no data and doesn't allow a default or null value.");
        return Err(Error::about(name, message));
    }
    let default: Option<Value> = field.default.and_then(|json| serde_json::from_str(json).ok());
    if let Some(default) = default {
        let value = if let Value::Bool(flag) = default { json!(i64::from(flag)) } else { default };
        changes.fields.insert(field.name.to_owned(), value);
    }
    Ok(())
}

fn scalar(name: &str, kind: Kind, given: &Value, zone: &TimeZone) -> Result<Value> {
    match (kind, given) {
        (Kind::Text { most, filled }, Value::String(text)) => check_text(name, text, most, filled),
        (Kind::Name { most, without }, Value::String(text)) => {
            let wrong = text.chars().find(|c| without(*c) || c.is_control());
            if let Some(wrong) = wrong {
                return Err(Error::field(name, &format!("a name without {wrong:?}")));
            }
            check_text(name, text, most, true)
        }
        (Kind::Word(words), Value::String(word)) if words.contains(&word.as_str()) => {
            Ok(json!(word))
        }
        (Kind::Word(words), _) => {
            Err(Error::field(name, &format!("one of {}", words.join(" ").trim())))
        }
        (Kind::Integer(least, most), given) => {
            let number = given.as_i64().or_else(|| given.as_str()?.trim().parse().ok());
            let number = number.filter(|number| (least..=most).contains(number));
            number.map(Value::from).ok_or_else(|| Error::field(name, &range(least, most)))
        }
        (Kind::Boolean, Value::Bool(flag)) => Ok(json!(i64::from(*flag))),
        (Kind::Boolean, _) => Err(Error::field(name, "true or false")),
        (Kind::Time, Value::String(text)) => {
            let time = times::parse(text, zone);
            time.map(Value::from).ok_or_else(|| Error::about(name, not_a_time(text).to_string()))
        }
        (Kind::Clock, Value::String(text)) => {
            let time = times::parse_time_of_day(text);
            time.map(Value::from).ok_or_else(|| Error::field(name, "a time of day, HH:MM[:SS]"))
        }
        (Kind::Many(resource), _) => {
            Err(Error::field(name, &format!("a list of URIs of {}s", resource.name())))
        }
        _ => Err(Error::field(name, "text")),
    }
}

fn check_text(name: &str, text: &str, most: usize, filled: bool) -> Result<Value> {
    if text.contains('\0') {
        return Err(Error::field(name, "text without NUL"));
    }
    if most > 0 && text.chars().count() > most {
        return Err(Error::field(name, &format!("at most {most} characters")));
    }
    if filled && text.trim().is_empty() {
        return Err(Error::field(name, "text that is not empty"));
    }
    Ok(json!(text))
}

fn range(least: i64, most: i64) -> String {
    if most == i64::MAX {
        format!("an integer >= {least}")
    } else {
        format!("an integer from {least} to {most}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static UTC: TimeZone = TimeZone::UTC;

    fn reader(resource: Resource) -> Reader<'static> {
        Reader { resource, zone: &UTC, origin: "http://h" }
    }

    fn object(value: Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_new_object_gets_its_defaults() {
        let body = object(json!({ "job": "http://h/api/vi/job/3", "zip": 1, "schedule_id": 7 }));
        let changes = reader(Resource::Run).new_object(&body).unwrap();
        assert_eq!(
            Value::Object(changes.fields),
            json!({ "job": 3, "is_manual": 0, "schedule_children": 1 })
        );
        assert_eq!(changes.named[0].uri, "http://h/api/vi/job/3");
        let error = reader(Resource::Run).new_object(&Map::new()).unwrap_err();
        assert!(error.to_string().starts_with("The 'job' field has no data"));
    }

    #[test]
    fn a_change_takes_what_is_named() {
        let body = object(json!({
            "id": 5, "resource_uri": "/api/v1/run/5/", "pid": "12", "return_success": false,
            "enqueue_dts": null, "start_dts": "1970-01-01 00:00:01+00:00", "worker": { "pk": 4 },
        }));
        let changes = reader(Resource::Run).change(5, &body).unwrap();
        assert_eq!(
            Value::Object(changes.fields),
            json!({ "worker": 4, "enqueue_dts": null, "start_dts": 1_000_000, "return_success": 0, "pid": 12 })
        );
        assert!(reader(Resource::Run).change(6, &body).is_err(), "another id");
    }

    #[test]
    fn values_of_another_kind_are_refused() {
        for (resource, body) in [
            (Resource::Run, json!({ "pid": "abc" })),
            (Resource::Run, json!({ "pid": -3 })),
            (Resource::Run, json!({ "pid": 9_223_372_036_854_775_808_u64 })),
            (Resource::Run, json!({ "pid": 1.5 })),
            (Resource::Run, json!({ "return_success": "maybe" })),
            (Resource::Run, json!({ "start_dts": "2013-02-30 00:00" })),
            (Resource::Run, json!({ "worker": 1 })),
            (Resource::Run, json!({ "worker": "/api/v1/job/1/" })),
            (Resource::Run, json!({ "is_manual": null })),
            (Resource::Job, json!({ "title": "  " })),
            (Resource::Job, json!({ "title": "x".repeat(256) })),
            (Resource::Job, json!({ "description": "a\u{0}b" })),
            (Resource::Job, json!({ "reschedule_interval_type": "YEAR" })),
            (Resource::Job, json!({ "reschedule_interval": 0 })),
            (Resource::Worker, json!({ "api_key": "a:b" })),
            (Resource::User, json!({ "username": "a b" })),
            (Resource::Project, json!({ "worker_pools": "/api/v1/worker_pool/1/" })),
            (Resource::RescheduleExclude, json!({ "start_time": "25:00" })),
        ] {
            assert!(reader(resource).change(1, &object(body.clone())).is_err(), "{body}");
        }
    }
}
