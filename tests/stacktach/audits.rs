//! Instances and images that are launched, deleted and audited, for the tests of billing.

use assay_tests::{Client, Value, json};

use crate::{new_uuid, notification, send};

/// When the instances of these tests are launched.
pub const LAUNCHED: &str = "2026-03-10 09:00:01";
/// And deleted.
pub const DELETED: &str = "2026-03-10 21:00:02";

/// An instance that was launched.
pub struct Vm {
    /// Its id.
    pub instance: String,
    request: String,
}

/// What every event of an instance says in these tests, changed by `changes`.
fn payload(changes: Value) -> Value {
    let mut payload = json!({
        "tenant_id": "0af1", "launched_at": LAUNCHED, "deleted_at": "", "instance_type_id": 2,
        "instance_flavor_id": "f2", "message": "Success",
        "image_meta": {
            "org.openstack__1__architecture": "x64", "org.openstack__1__os_distro": "org.ubuntu",
            "org.openstack__1__os_version": "24.04", "com.rackspace__1__options": "0",
        },
    });
    for (key, value) in changes.as_object().expect("an object") {
        payload[key] = value.clone();
    }
    payload
}

impl Vm {
    /// One that nothing is known of.
    pub fn unknown() -> Self {
        Self { instance: new_uuid(), request: format!("req-{}", new_uuid()) }
    }

    /// One that was launched.
    pub fn launched(client: &Client) -> Self {
        let vm = Self::unknown();
        vm.happens(client, "create.end", json!({}));
        vm
    }

    /// Sends an event of its; gives the message's id.
    pub fn happens(&self, client: &Client, event: &str, changes: Value) -> String {
        let mut body = self.event(event, changes);
        body["_context_request_id"] = json!(self.request);
        send(client, json!([["monitor.info", body]]));
        body["message_id"].as_str().unwrap().to_owned()
    }

    fn event(&self, event: &str, changes: Value) -> Value {
        let when = "2026-03-11 00:10:00.5";
        notification(&format!("compute.instance.{event}"), &self.instance, when, payload(changes))
    }

    /// Is deleted.
    pub fn deleted(&self, client: &Client) {
        self.happens(client, "delete.end", json!({ "terminated_at": DELETED }));
    }

    /// Sends the audit of 2026-03-10; gives the message's id.
    pub fn audited(&self, client: &Client, mut changes: Value) -> String {
        for (key, default) in [
            ("audit_period_beginning", "2026-03-10 00:00:00"),
            ("audit_period_ending", "2026-03-11 00:00:00"),
        ] {
            if changes.get(key).is_none() {
                changes[key] = json!(default);
            }
        }
        self.happens(client, "exists", changes)
    }

    /// Its only audit, as `/db/` shows it.
    #[track_caller]
    pub fn audit(&self, client: &Client) -> Value {
        let path = format!("/db/usage/exists/?instance={}", self.instance);
        let found = client.get(&path).expect(200).json();
        assert_eq!(found["exists"].as_array().unwrap().len(), 1, "{found}");
        found["exists"][0].clone()
    }
}

/// A notification of glance's.
pub fn image_event(event: &str, payload: Value) -> Value {
    json!({
        "message_id": new_uuid(), "publisher_id": "glance-api.north-1", "event_type": event,
        "priority": "INFO", "timestamp": "2026-03-11 00:10:00", "payload": payload,
    })
}
