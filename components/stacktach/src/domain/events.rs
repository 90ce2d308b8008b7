//! A notification as a row: what is searched, shown and counted, extracted once.

use std::borrow::Cow;

use assay_web::time::Micros;
use serde::Serialize;

use super::facts::{self, Facts};
use super::fields::{Fields, Text, VERSIONED};
use super::items::Item;
use super::services::Service;
use super::{dates, digests, images};

/// No extracted field is longer than this many characters.
const FIELD_LIMIT: usize = 255;

/// What is stored of one notification. Its names are those that `store/arrive.sql` reads.
#[derive(Debug, Default, Serialize)]
pub struct Event {
    /// Whose it is.
    pub svc: i64,
    /// Where it comes from; filled in when the deployment's number is known.
    pub deployment_id: i64,
    /// When it happened, by the clock of its sender.
    pub when_us: Micros,
    /// `event_type`.
    pub event: String,
    /// The part of the publisher after its first dot.
    pub host: Option<String>,
    /// And before it.
    pub service: String,
    /// `publisher_id`.
    pub publisher: String,
    /// Where it was published.
    pub routing_key: String,
    /// The project.
    pub tenant: Option<String>,
    /// The instance it is about.
    pub instance: Option<String>,
    /// The image for glance, else the instance.
    pub uuid: Option<String>,
    /// The user's request that led to it, or empty.
    pub request_id: String,
    /// The instance's state.
    pub state: Option<String>,
    /// And the one before.
    pub old_state: Option<String>,
    /// The task before.
    pub old_task: Option<String>,
    /// The task now.
    pub task: Option<String>,
    /// The image's status.
    pub status: Option<String>,
    /// The image's owner.
    pub owner: Option<String>,
    /// What kind of image, as bits.
    pub image_type: Option<i64>,
    /// What a second delivery is known by, within the deployment.
    pub dedupe: String,
    /// What went wrong, for an error.
    pub error: Option<String>,
    /// The name up to its last dot, in the words of the old notifications.
    pub op: String,
    /// And after it.
    pub step: String,
    /// Which fact about usage follows.
    pub kind: Option<&'static str>,
    /// Its values.
    pub facts: Option<Facts>,
    /// Where its body begins among those of its group, in bytes; filled in when it is stored.
    pub at: usize,
    /// And how long it is.
    pub length: usize,
    /// What could not be derived, and why.
    #[serde(skip)]
    pub warnings: Vec<String>,
    /// `message_id`, if it has one.
    #[serde(skip)]
    pub message_id: Option<String>,
}

/// A notification taken apart; the rules read it, nothing else does.
pub struct Source<'a> {
    /// The whole of it.
    pub top: Fields<'a>,
    /// Its payload, unwrapped when it is of the versioned kind.
    pub payload: Fields<'a>,
    /// Whether it is of the versioned kind, whose fields have other names.
    pub versioned: bool,
}

impl Event {
    /// Reads an item. `service` is for one that does not say its own.
    pub fn read(item: &Item<'_>, service: Option<Service>) -> Result<Self, String> {
        let source = Source::of(&item.body);
        let event = source.required("event_type")?;
        let publisher = source.required("publisher_id")?;
        let svc = item.service.or(service).unwrap_or_else(|| Service::of(&event, &publisher));
        let message_id = source.top.non_empty("message_id").map(Cow::into_owned);
        let (service, host) = publisher.split_once('.').unzip();
        let legacy = if source.versioned && event.starts_with("instance.") {
            format!("compute.{event}")
        } else {
            event.clone()
        };
        let (op, step) = legacy.rsplit_once('.').unwrap_or((&legacy, ""));
        let mut read = Self {
            svc: svc.number(),
            when_us: source.when()?,
            event,
            host: host.map(str::to_owned),
            service: service.unwrap_or(&publisher).to_owned(),
            publisher: publisher.clone(),
            routing_key: source.routing_key(item),
            request_id: source.top.non_empty("_context_request_id").unwrap_or_default().into(),
            dedupe: message_id.clone().unwrap_or_else(|| digests::of_body(&item.body)),
            message_id,
            op: op.to_owned(),
            step: step.to_owned(),
            ..Self::default()
        };
        match svc {
            Service::Glance => read.describe_image(&source),
            Service::Nova | Service::Generic => read.describe_instance(&source, svc),
        }
        read.error = source.error(&read);
        read.check_lengths()?;
        facts::derive(&mut read, &source, svc, &legacy);
        Ok(read)
    }

    fn describe_instance(&mut self, source: &Source<'_>, svc: Service) {
        let tenant = match source.payload.text("tenant_id") {
            Text::Absent => source.top.text("_context_project_id"),
            text => text,
        };
        self.tenant = tenant.known().map(Cow::into_owned);
        self.instance = source.instance();
        self.uuid.clone_from(&self.instance);
        if svc == Service::Nova {
            let [state, old_state, old_task, task] = source.states();
            (self.state, self.old_state, self.old_task, self.task) =
                (state, old_state, old_task, task);
            self.image_type = Some(images::kind(&source.payload));
        }
    }

    fn describe_image(&mut self, source: &Source<'_>) {
        let own = |text: Text<'_>| text.known().map(Cow::into_owned);
        let payload = &source.payload;
        self.owner = own(payload.text("owner"));
        self.instance = own(payload.object("properties").text("instance_uuid"));
        self.uuid = own(payload.text("id"));
        self.status = own(payload.text("status"));
        self.image_type = Some(images::kind(payload));
    }

    fn check_lengths(&self) -> Result<(), String> {
        let optional = [
            ("tenant", &self.tenant),
            ("instance", &self.instance),
            ("uuid", &self.uuid),
            ("state", &self.state),
            ("old_state", &self.old_state),
            ("old_task", &self.old_task),
            ("task", &self.task),
            ("status", &self.status),
            ("owner", &self.owner),
        ];
        let required = [
            ("event_type", &self.event),
            ("publisher_id", &self.publisher),
            ("routing_key", &self.routing_key),
            ("request_id", &self.request_id),
            ("message_id", &self.dedupe),
        ];
        let optional = optional.into_iter().filter_map(|(name, text)| Some((name, text.as_ref()?)));
        let mut all = required.into_iter().chain(optional);
        let is_long = |text: &str| text.len() > FIELD_LIMIT && text.chars().count() > FIELD_LIMIT;
        match all.find(|(_, text)| is_long(text)) {
            Some((name, _)) => Err(format!("'{name}' is longer than {FIELD_LIMIT} characters")),
            None => Ok(()),
        }
    }
}

impl<'a> Source<'a> {
    fn of(body: &'a str) -> Self {
        let top = Fields::of(body);
        let payload = top.object("payload");
        let versioned = payload.has(VERSIONED);
        let payload = if versioned { payload.object(VERSIONED) } else { payload };
        Self { top, payload, versioned }
    }

    /// A string that must be there and not be empty.
    fn required(&self, key: &str) -> Result<String, String> {
        match self.top.raw(key) {
            None => Err(format!("'{key}' missing")),
            Some(raw) if !raw.get().starts_with('"') => Err(format!("'{key}' must be a string")),
            Some(_) => {
                let text = self.top.non_empty(key).ok_or_else(|| format!("'{key}' is empty"))?;
                Ok(text.into_owned())
            }
        }
    }

    fn when(&self) -> Result<Micros, String> {
        let own = self.top.non_empty("timestamp");
        let text = own.or_else(|| self.top.non_empty("_context_timestamp"));
        let text = text.ok_or("'timestamp' missing")?;
        dates::parse(&text).ok_or_else(|| "'timestamp' is not a date".into())
    }

    fn routing_key(&self, item: &Item<'_>) -> String {
        if let Some(key) = &item.routing_key {
            return key.to_string();
        }
        let priority = self.top.non_empty("priority").unwrap_or(Cow::Borrowed("info"));
        format!("notifications.{}", priority.to_lowercase())
    }

    /// The id of the instance, wherever this kind of notification has it.
    fn instance(&self) -> Option<String> {
        let payload = &self.payload;
        if self.versioned {
            return payload.non_empty("uuid").map(Cow::into_owned);
        }
        let own = match payload.text("instance_uuid") {
            Text::Absent => payload.text("instance_id"),
            text => text,
        };
        let found = own
            .known()
            .filter(|id| !id.is_empty())
            .or_else(|| payload.object("exception").object("kwargs").non_empty("uuid"))
            .or_else(|| payload.object("instance").non_empty("uuid"));
        found.map(Cow::into_owned)
    }

    /// State, old state, old task and task.
    fn states(&self) -> [Option<String>; 4] {
        let update = self.payload.versioned("state_update");
        let own = |fields: &Fields<'_>, key| fields.text(key).or_empty().map(Cow::into_owned);
        let state = own(&self.payload, "state");
        if update.is_object() {
            let [old, old_task, task] = ["old_state", "old_task_state", "new_task_state"];
            return [state, own(&update, old), own(&update, old_task), own(&update, task)];
        }
        let [old, old_task, task] =
            ["old_state", "old_task_state", "new_task_state"].map(|key| own(&self.payload, key));
        [state, old, old_task, task]
    }

    /// What went wrong, when this tells of an error.
    fn error(&self, event: &Event) -> Option<String> {
        let is_error = event.routing_key.ends_with("error")
            || event.state.as_deref().is_some_and(|state| state.eq_ignore_ascii_case("error"));
        if !is_error {
            return None;
        }
        let payload = &self.payload;
        let exception = payload.object("exception");
        let text = payload
            .non_empty("exception")
            .or_else(|| exception.non_empty("message"))
            .or_else(|| exception.object("kwargs").non_empty("reason"))
            .or_else(|| payload.versioned("fault").non_empty("exception_message"))
            .or_else(|| payload.non_empty("exception_message"))
            .or_else(|| payload.non_empty("message"))
            .or_else(|| self.top.non_empty("payload"))
            .unwrap_or_default();
        Some(text.chars().take(FIELD_LIMIT).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::items;
    use serde_json::{Value, json};

    fn read(body: &Value) -> Result<Event, String> {
        Event::read(&items::unpack(&body.to_string()).unwrap(), None)
    }

    fn notification(payload: Value) -> Value {
        json!({
            "message_id": "m1", "publisher_id": "compute.cmp-1.north", "event_type": "compute.instance.update",
            "timestamp": "1970-01-01 00:00:01.5", "_context_request_id": "req-1", "_context_project_id": "p1",
            "payload": payload,
        })
    }

    #[test]
    fn a_legacy_notification_is_extracted() {
        let payload = json!({
            "instance_id": "i1", "tenant_id": "t1", "state": "active", "old_state": null, "new_task_state": "x",
            "image_meta": {"image_type": "base"}, "os_type": "linux",
        });
        let event = read(&notification(payload)).unwrap();
        assert_eq!((event.svc, event.when_us), (1, 1_500_000));
        assert_eq!(
            (event.service.as_str(), event.host.as_deref()),
            ("compute", Some("cmp-1.north"))
        );
        assert_eq!((event.op.as_str(), event.step.as_str()), ("compute.instance", "update"));
        assert_eq!(event.routing_key, "notifications.info");
        assert_eq!((event.tenant.as_deref(), event.uuid.as_deref()), (Some("t1"), Some("i1")));
        assert_eq!((event.state.as_deref(), event.old_state), (Some("active"), None));
        assert_eq!((event.old_task.as_deref(), event.task.as_deref()), (Some(""), Some("x")));
        assert_eq!((event.image_type, event.dedupe.as_str()), (Some(0x11), "m1"));
        assert_eq!((event.error, event.kind), (None, None));
    }

    #[test]
    fn an_instance_is_found_in_four_places() {
        let instance = |payload| read(&notification(payload)).unwrap().instance;
        assert_eq!(
            instance(json!({"instance_uuid": "a", "instance_id": "b"})).as_deref(),
            Some("a")
        );
        assert_eq!(instance(json!({"instance_uuid": null, "instance_id": "b"})), None);
        assert_eq!(instance(json!({"instance_id": 7})).as_deref(), Some("7"));
        let exception = json!({"exception": {"kwargs": {"uuid": "c"}}, "instance_id": ""});
        assert_eq!(instance(exception).as_deref(), Some("c"));
        let nested = json!({"exception": "Boom", "instance": {"uuid": "d"}});
        assert_eq!(instance(nested).as_deref(), Some("d"));
        for payload in
            [json!(null), json!("text"), json!([1]), json!({"exception": {"kwargs": []}})]
        {
            assert_eq!(instance(payload), None);
        }
    }

    #[test]
    fn a_missing_tenant_is_the_contexts_and_null_is_null() {
        let tenant = |payload| read(&notification(payload)).unwrap().tenant;
        assert_eq!(tenant(json!({})).as_deref(), Some("p1"));
        assert_eq!(tenant(json!({"tenant_id": null})), None);
    }

    #[test]
    fn a_versioned_notification_is_read_by_its_own_names() {
        let body = json!({
            "event_type": "instance.create.end", "publisher_id": "nova-compute:cmp-1", "priority": "INFO",
            "timestamp": "2026-03-10 09:00:00Z",
            "payload": {"nova_object.name": "InstanceCreatePayload", "nova_object.data": {
                "uuid": "i1", "tenant_id": "t1", "state": "active", "launched_at": "2026-03-10T09:00:00Z",
                "flavor": {"nova_object.data": {"flavorid": "f7"}},
            }},
        });
        let event = read(&body).unwrap();
        assert_eq!((event.svc, event.event.as_str()), (1, "instance.create.end"));
        assert_eq!((event.op.as_str(), event.step.as_str()), ("compute.instance.create", "end"));
        assert_eq!((event.instance.as_deref(), event.tenant.as_deref()), (Some("i1"), Some("t1")));
        assert_eq!((event.service.as_str(), event.host), ("nova-compute:cmp-1", None));
        assert_eq!(event.kind, Some("launch"));
        assert!(event.dedupe.starts_with("sha256:"));
    }

    #[test]
    fn an_image_has_other_fields() {
        let mut body = notification(json!({"id": "g1", "owner": "o", "status": "queued",
            "properties": {"instance_uuid": "i1"}}));
        body["event_type"] = json!("image.update");
        let event = read(&body).unwrap();
        assert_eq!(event.svc, 2);
        assert_eq!((event.uuid.as_deref(), event.instance.as_deref()), (Some("g1"), Some("i1")));
        assert_eq!((event.owner.as_deref(), event.status.as_deref()), (Some("o"), Some("queued")));
        assert_eq!((event.tenant, event.state), (None, None));
        body["payload"] = json!("Error uploading");
        body["priority"] = json!("ERROR");
        let event = read(&body).unwrap();
        assert_eq!((event.image_type, event.error.as_deref()), (Some(0), Some("Error uploading")));
    }

    #[test]
    fn what_is_required_is_named() {
        let fault = |key: &str, value: Value| {
            let mut body = notification(json!({}));
            body[key] = value;
            read(&body).unwrap_err()
        };
        assert_eq!(fault("event_type", json!("")), "'event_type' is empty");
        assert_eq!(fault("event_type", json!(5)), "'event_type' must be a string");
        assert_eq!(fault("timestamp", json!("2026-02-30 00:00:00")), "'timestamp' is not a date");
        assert_eq!(fault("timestamp", json!(null)), "'timestamp' missing");
        let long = fault("event_type", json!("x".repeat(256)));
        assert_eq!(long, "'event_type' is longer than 255 characters");
        assert_eq!(read(&json!({})).unwrap_err(), "'event_type' missing");
        let mut body = notification(json!({}));
        body["timestamp"] = json!(null);
        body["_context_timestamp"] = json!("1970-01-01T00:00:02");
        assert_eq!(read(&body).unwrap().when_us, 2_000_000);
    }
}
