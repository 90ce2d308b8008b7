//! What a client says of a job: parsed once, whole, before anything is written.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use assay_web::json::RawObject;

use super::fields::{self, Kind};
use super::statuses::Status;
use crate::error::{Error, Result};

/// One report. What is absent stays as it was.
#[derive(Debug, Default)]
pub struct JobReport {
    /// The job's name within its run, as the body said.
    pub job_id: Option<JobId>,
    status: Option<Status>,
    success: Option<Value>,
    fields: Map<String, Value>,
    wide: Map<String, Value>,
    hosts: Vec<String>,
    updated: Option<i64>,
}

/// A job's name within its run: 1 to 32 of `[A-Za-z0-9._-]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobId(String);

/// Names that are URLs of their own below `/runs/{name}/`.
const RESERVED: [&str; 8] =
    ["jobs", "summary", "rerun", "compare", "junit.xml", "badge.svg", ".", ".."];

impl JobId {
    /// Checks a name.
    pub fn parse(text: &str) -> Result<Self> {
        let shaped = (1..=32).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
        if !shaped {
            return Err(Error::field(
                "job_id",
                "1 to 32 letters, digits, dots, underscores and hyphens",
            ));
        }
        if RESERVED.contains(&text) {
            return Err(Error::field("job_id", "something else: this is a reserved word"));
        }
        Ok(Self(text.to_owned()))
    }

    fn from_json(raw: &RawValue) -> Result<Option<Self>> {
        match fields::value("job_id", raw)? {
            Value::Null => Ok(None),
            Value::String(text) => Self::parse(&text).map(Some),
            Value::Number(number) if number.is_i64() || number.is_u64() => {
                Self::parse(&number.to_string()).map(Some)
            }
            _ => Err(Error::field("job_id", "text or an integer")),
        }
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Sorts as people count: decimal ids first, by number. Unique in a run also for `1` and `01`.
    pub fn key(&self) -> String {
        let decimal = self.0.bytes().all(|byte| byte.is_ascii_digit());
        if decimal { format!("0{:0>33} {}", self.0, self.0) } else { format!("1{}", self.0) }
    }
}

impl JobReport {
    /// Reads the body of a new job, whose `job_id` counts.
    pub fn parse_new(object: &RawObject<'_>) -> Result<Self> {
        let pairs = last_of_each(object);
        let job_id = pairs.get("job_id").map(|raw| JobId::from_json(raw)).transpose()?.flatten();
        Ok(Self { job_id, ..Self::read(&pairs)? })
    }

    /// Reads the body of a change; its `job_id`, if any, is ignored: nothing renames a job.
    pub fn parse_change(object: &RawObject<'_>) -> Result<Self> {
        Self::read(&last_of_each(object))
    }

    fn read(pairs: &BTreeMap<String, &RawValue>) -> Result<Self> {
        let mut report = Self::default();
        for (name, raw) in pairs {
            report.take(name, raw)?;
        }
        Ok(report)
    }

    fn take(&mut self, name: &str, raw: &RawValue) -> Result<()> {
        match name {
            "status" => self.status = read_status(raw)?,
            "updated" => self.updated = read_updated(raw)?,
            "targets" => self.take_targets(raw)?,
            _ => {}
        }
        let Some(kind) = fields::kind(name) else { return Ok(()) };
        let value = match kind {
            Kind::Text => fields::text(name, raw)?,
            Kind::Boolean => fields::boolean(name, raw)?,
            Kind::Integer => fields::integer(name, raw)?,
            Kind::Timestamp => fields::timestamp(name, raw)?,
            // As text of JSON, so that no number in it changes on its way.
            Kind::Json => {
                self.wide.insert(name.to_owned(), Value::String(raw.get().to_owned()));
                return Ok(());
            }
        };
        if name == "success" {
            self.success = Some(value.clone());
        }
        self.fields.insert(name.to_owned(), value);
        Ok(())
    }

    fn take_targets(&mut self, raw: &RawValue) -> Result<()> {
        let refused = || Error::field("targets", "an object whose keys are user@host or host");
        if raw.get() == "null" {
            self.hosts.clear();
            return Ok(());
        }
        let object = RawObject::parse(raw.get()).ok_or_else(refused)?;
        self.hosts =
            object.pairs().map(|(key, _)| host(key).ok_or_else(refused)).collect::<Result<_>>()?;
        Ok(())
    }

    /// What `success` says where `status` says nothing.
    fn verdict(&self) -> Option<&'static str> {
        match self.success.as_ref()? {
            Value::Bool(true) => Some("pass"),
            Value::Bool(false) => Some("fail"),
            _ => Some("unknown"),
        }
    }

    /// The report as `store/report.sql` takes it. `job_id` names the job where the body does not.
    pub fn to_command(&self, job_id: Option<&JobId>) -> Value {
        let job_id = job_id.or(self.job_id.as_ref());
        let mut command = json!({
            "job_id": job_id.map(JobId::as_str),
            "job_key": job_id.map(JobId::key),
            "word": self.status.map(Status::word),
            "verdict": self.verdict(),
            "fields": self.fields,
            "hosts": self.hosts,
            "updated": self.updated,
        });
        if let Some(object) = command.as_object_mut() {
            object.extend(self.wide.clone());
        }
        command
    }
}

/// The pairs of an object, of keys given twice the last one. teuthology's configuration writes
/// `os-type`, its database `os_type`: these are one key.
fn last_of_each<'a>(object: &RawObject<'a>) -> BTreeMap<String, &'a RawValue> {
    object.pairs().map(|(key, raw)| (key.replace('-', "_"), raw)).collect()
}

/// The host in `user@host`, if it can be the name of a node.
fn host(target: &str) -> Option<String> {
    let host = target.rsplit('@').next()?;
    let fits = (1..=256).contains(&host.chars().count());
    (fits && !host.contains('/') && !host.chars().any(char::is_control)).then(|| host.to_owned())
}

fn read_status(raw: &RawValue) -> Result<Option<Status>> {
    match fields::value("status", raw)? {
        Value::Null => Ok(None),
        Value::String(word) => Status::parse(&word).map(Some),
        _ => Err(Status::no_such_word()),
    }
}

fn read_updated(raw: &RawValue) -> Result<Option<i64>> {
    let refused = || Error::field("updated", "a time, YYYY-MM-DD HH:MM:SS[.ffffff]");
    match fields::value("updated", raw)? {
        Value::Null => Ok(None),
        Value::String(text) => assay_web::time::parse(&text).map(Some).ok_or_else(refused),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<JobReport> {
        JobReport::parse_new(&RawObject::parse(text).unwrap())
    }

    #[test]
    fn unknown_keys_are_ignored_and_hyphens_are_underscores() {
        let report = parse(
            r#"{"os-type": "rocky", "zip": 1, "job_id": 31, "targets": {"u@n1": "k", "n2": 0}}"#,
        )
        .unwrap();
        let command = report.to_command(None);
        assert_eq!(command["fields"], json!({"os_type": "rocky"}));
        assert_eq!(command["job_id"], "31");
        assert_eq!(command["hosts"], json!(["n1", "n2"]));
        assert_eq!(command["targets"], r#"{"u@n1": "k", "n2": 0}"#);
    }

    #[test]
    fn success_decides_where_status_says_nothing() {
        for (body, word, verdict) in [
            (r#"{"success": true}"#, Value::Null, json!("pass")),
            (r#"{"success": null}"#, Value::Null, json!("unknown")),
            (r#"{"success": false, "status": "dead"}"#, json!("dead"), json!("fail")),
            ("{}", Value::Null, Value::Null),
        ] {
            let command = parse(body).unwrap().to_command(None);
            assert_eq!((&command["word"], &command["verdict"]), (&word, &verdict), "{body}");
        }
    }

    #[test]
    fn bad_values_name_their_field() {
        for (body, field) in [
            (r#"{"success": "yes"}"#, "success"),
            (r#"{"priority": "high"}"#, "priority"),
            (r#"{"timestamp": "soon"}"#, "timestamp"),
            (r#"{"updated": 5}"#, "updated"),
            (r#"{"targets": "n1"}"#, "targets"),
            (r#"{"targets": {"a/b": 1}}"#, "targets"),
            (r#"{"job_id": 1.5}"#, "job_id"),
            (r#"{"job_id": "jobs"}"#, "job_id"),
        ] {
            let message = parse(body).unwrap_err().to_string();
            assert!(message.starts_with(&format!("field '{field}' must be")), "{message}");
        }
        for body in [r#"{"status": "odd"}"#, r#"{"status": 3}"#, r#"{"status": []}"#] {
            assert!(parse(body).unwrap_err().to_string().starts_with("Job status must be one of"));
        }
    }

    #[test]
    fn job_keys_sort_as_people_count() {
        let mut ids = ["10", "9", "a1", "100", "1.2"].map(|id| JobId::parse(id).unwrap());
        ids.sort_by_key(JobId::key);
        assert_eq!(ids.map(|id| id.0), ["9", "10", "100", "1.2", "a1"]);
    }
}
