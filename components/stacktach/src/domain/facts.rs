//! What follows from a notification about usage: launches, deletes, audits.
//!
//! Only what is said, in which words; what it changes is decided in the store, where the earlier
//! facts are (`migrations/0005_arrivals.sql`). What cannot be derived becomes a warning and never
//! keeps an event from being stored.

use std::borrow::Cow;

use assay_web::time::Micros;
use serde::Serialize;

use super::dates;
use super::events::{Event, Source};
use super::fields::{Fields, NoCount};
use super::services::Service;

/// The values of one fact. Which of them are used, [`Event::kind`] says.
#[derive(Debug, Default, Serialize, PartialEq)]
pub struct Facts {
    /// When the instance was launched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launched: Option<Micros>,
    /// When that replaces what is known: `never`, `first` (nothing is known), `latest` (or
    /// something earlier is).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub launched_rule: Option<&'static str>,
    /// `instance_type_id`.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub instance_type: Option<String>,
    /// `instance_flavor_id`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flavor: Option<String>,
    /// When those two replace what is known: `set` (always), `missing` (each for itself),
    /// `both_missing`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flavor_rule: Option<&'static str>,
    /// Of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub architecture: Option<String>,
    /// Of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub distro: Option<String>,
    /// Of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Of the image.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<String>,
    /// When the instance or image was deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deleted: Option<Micros>,
    /// When the image was created.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created: Option<Micros>,
    /// The image's size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// The beginning of the audited period.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beginning: Option<Micros>,
    /// And its end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ending: Option<Micros>,
    /// What billing confirms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_id: Option<String>,
    /// Bytes sent to the public network.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<i64>,
    /// The images of an audit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub images: Vec<Image>,
}

/// One image of an audit.
#[derive(Debug, Default, Serialize, PartialEq)]
pub struct Image {
    uuid: String,
    created: Option<Micros>,
    deleted: Option<Micros>,
    size: Option<i64>,
}

/// Adds to an event what follows from it. `legacy` is its name in the words of the old
/// notifications.
pub fn derive(event: &mut Event, source: &Source<'_>, svc: Service, legacy: &str) {
    let mut reader = Reader { source, warnings: Vec::new() };
    let has_instance = event.instance.as_ref().is_some_and(|id| !id.is_empty());
    let derived = match svc {
        Service::Nova if has_instance => reader.about_instance(event, legacy),
        Service::Nova if legacy == EXISTS => {
            reader.warn("no instance: the audit is not recorded");
            None
        }
        Service::Glance => reader.about_image(event),
        Service::Nova | Service::Generic => None,
    };
    event.warnings = reader.warnings;
    (event.kind, event.facts) = derived.unzip();
}

const EXISTS: &str = "compute.instance.exists";

/// How a name changes the launch: the rules for launched_at and for type and flavor.
fn launch_rules(legacy: &str) -> Option<(&'static str, &'static str)> {
    Some(match legacy.strip_prefix("compute.instance.")? {
        "create.start" | "finish_resize.start" => ("never", "set"),
        "rebuild.start" | "rescue.start" => ("first", "set"),
        "resize.prep.start" | "resize.revert.start" => ("first", "both_missing"),
        "create.end" | "rebuild.end" | "rescue.end" => ("latest", "missing"),
        "finish_resize.end" | "resize.revert.end" => ("latest", "set"),
        _ => return None,
    })
}

struct Reader<'s, 'a> {
    source: &'s Source<'a>,
    warnings: Vec<String>,
}

type Derived = Option<(&'static str, Facts)>;

impl Reader<'_, '_> {
    fn about_instance(&mut self, event: &Event, legacy: &str) -> Derived {
        let payload = &self.source.payload;
        if let Some((launched_rule, flavor_rule)) = launch_rules(legacy) {
            let failed = |text: Cow<'_, str>| text != "Success";
            if legacy.ends_with(".create.end") && payload.non_empty("message").is_some_and(failed) {
                return None;
            }
            let launched = self.date(payload, "launched_at");
            let rules = (Some(launched_rule), Some(flavor_rule));
            let (launched_rule, flavor_rule) = rules;
            return Some((
                "launch",
                Facts { launched, launched_rule, flavor_rule, ..self.hardware() },
            ));
        }
        match legacy {
            "compute.instance.delete.end" => self.deletion(),
            EXISTS => self.audit(event),
            _ => None,
        }
    }

    fn deletion(&mut self) -> Derived {
        let payload = &self.source.payload;
        payload.non_empty("launched_at")?;
        let key = match payload.non_empty("terminated_at") {
            Some(_) => "terminated_at",
            None => "deleted_at",
        };
        let (launched, deleted) = (self.date(payload, "launched_at"), self.date(payload, key));
        Some(("delete", Facts { launched, deleted, ..Facts::default() }))
    }

    fn audit(&mut self, event: &Event) -> Derived {
        let payload = &self.source.payload;
        if payload.non_empty("launched_at").is_none() {
            self.warn("'launched_at' missing: the audit is not recorded");
            return None;
        }
        let versioned = payload.versioned("audit_period");
        let period = if versioned.is_object() { &versioned } else { payload };
        let facts = Facts {
            launched: self.date(payload, "launched_at"),
            deleted: self.date(payload, "deleted_at"),
            beginning: self.date(period, "audit_period_beginning"),
            ending: self.date(period, "audit_period_ending"),
            message_id: event.message_id.clone(),
            bandwidth: self.bandwidth(),
            ..self.hardware()
        };
        Some(("exists", facts))
    }

    /// Type, flavor and what the image says of its system.
    fn hardware(&self) -> Facts {
        let payload = &self.source.payload;
        let own = |text: Option<Cow<'_, str>>| text.map(Cow::into_owned);
        let meta = payload.object("image_meta");
        let system = |key: &str| own(meta.text(key).or_empty());
        let flavor = match payload.text("instance_flavor_id").known() {
            None => payload.versioned("flavor").text("flavorid").known(),
            flavor => flavor,
        };
        Facts {
            instance_type: own(payload.text("instance_type_id").known()),
            flavor: own(flavor),
            architecture: system("org.openstack__1__architecture"),
            distro: system("org.openstack__1__os_distro"),
            version: system("org.openstack__1__os_version"),
            options: system("com.rackspace__1__options"),
            ..Facts::default()
        }
    }

    fn bandwidth(&mut self) -> Option<i64> {
        let public = self.source.payload.object("bandwidth").object("public");
        match public.count("bw_out") {
            Ok(bytes) => Some(bytes.unwrap_or(0)),
            Err(NoCount) => {
                self.warn("'bandwidth.public.bw_out' is not a count of bytes");
                None
            }
        }
    }

    fn about_image(&mut self, event: &Event) -> Derived {
        let payload = &self.source.payload;
        match event.event.as_str() {
            "image.activate" | "image.delete" if event.uuid.is_none() => {
                self.warn("'id' missing: nothing is recorded of the image");
                None
            }
            "image.activate" => {
                let created = self.date(payload, "created_at");
                let size = self.size(payload);
                Some(("image", Facts { created, size, ..Facts::default() }))
            }
            "image.delete" => {
                let deleted = match self.source.top.non_empty("deleted_at") {
                    Some(_) => self.date(&self.source.top, "deleted_at"),
                    None => self.date(payload, "deleted_at"),
                };
                Some(("image_delete", Facts { deleted, ..Facts::default() }))
            }
            "image.exists" if payload.is_object() => Some((
                "image_exists",
                Facts {
                    beginning: self.date(payload, "audit_period_beginning"),
                    ending: self.date(payload, "audit_period_ending"),
                    message_id: event.message_id.clone(),
                    images: self.images(),
                    ..Facts::default()
                },
            )),
            _ => None,
        }
    }

    fn images(&mut self) -> Vec<Image> {
        let list = self.source.payload.raw("images").map_or("[]", |raw| raw.get());
        let list: Vec<&serde_json::value::RawValue> =
            serde_json::from_str(list).unwrap_or_default();
        list.into_iter().filter_map(|image| self.image(&Fields::of(image.get()))).collect()
    }

    fn image(&mut self, image: &Fields<'_>) -> Option<Image> {
        if image.non_empty("created_at").is_none() {
            self.warn("an image without 'created_at' is not recorded");
            return None;
        }
        let Some(uuid) = image.non_empty("id") else {
            self.warn("an image without 'id' is not recorded");
            return None;
        };
        Some(Image {
            uuid: uuid.into_owned(),
            created: self.date(image, "created_at"),
            deleted: self.date(image, "deleted_at"),
            size: self.size(image),
        })
    }

    fn size(&mut self, fields: &Fields<'_>) -> Option<i64> {
        fields.count("size").unwrap_or_else(|NoCount| {
            self.warn("'size' is not a count of bytes");
            None
        })
    }

    fn date(&mut self, fields: &Fields<'_>, key: &str) -> Option<Micros> {
        let text = fields.non_empty(key)?;
        let date = dates::parse(&text);
        if date.is_none() {
            self.warn(&format!("'{key}' is not a date"));
        }
        date
    }

    fn warn(&mut self, text: &str) {
        self.warnings.push(text.to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::items;
    use serde_json::{Value, json};

    fn event(name: &str, payload: Value) -> Event {
        let body = json!({
            "message_id": "m", "publisher_id": "compute.a", "event_type": name,
            "timestamp": "2026-03-10 00:00:00", "payload": payload,
        });
        Event::read(&items::unpack(&body.to_string()).unwrap(), None).unwrap()
    }

    fn launch(name: &str, message: Value) -> Option<Facts> {
        let payload = json!({
            "instance_id": "i", "launched_at": "1970-01-01 00:00:01", "message": message,
            "instance_type_id": 2, "instance_flavor_id": "f",
            "image_meta": {"org.openstack__1__os_version": "9", "com.rackspace__1__options": null},
        });
        event(&format!("compute.instance.{name}"), payload).facts
    }

    #[test]
    fn a_launch_says_what_it_changes() {
        let facts = launch("create.end", json!("Success")).unwrap();
        assert_eq!(facts.launched, Some(1_000_000));
        assert_eq!((facts.launched_rule, facts.flavor_rule), (Some("latest"), Some("missing")));
        assert_eq!(
            (facts.instance_type.as_deref(), facts.flavor.as_deref()),
            (Some("2"), Some("f"))
        );
        assert_eq!((facts.version.as_deref(), facts.distro.as_deref()), (Some("9"), Some("")));
        assert_eq!(facts.options, None);
        assert_eq!(launch("rescue.start", json!("")).unwrap().launched_rule, Some("first"));
        let prep = launch("resize.prep.start", json!(null)).unwrap();
        assert_eq!(prep.flavor_rule, Some("both_missing"));
    }

    #[test]
    fn a_create_that_failed_is_no_launch() {
        assert_eq!(launch("create.end", json!("boom")), None);
        assert!(launch("rebuild.end", json!("boom")).is_some());
        assert_eq!(launch("resize.confirm.end", json!("")), None);
    }

    #[test]
    fn a_bad_date_is_a_warning() {
        let bad = event(
            "compute.instance.create.end",
            json!({"instance_id": "i", "launched_at": "soon"}),
        );
        assert_eq!(bad.warnings, ["'launched_at' is not a date"]);
        assert_eq!(bad.facts.unwrap().launched, None);
        let empty =
            event("compute.instance.create.end", json!({"instance_id": "i", "launched_at": ""}));
        assert!(empty.warnings.is_empty());
    }

    #[test]
    fn a_delete_ends_when_the_instance_was_terminated() {
        let payload = json!({"instance_id": "i", "launched_at": "1970-01-01 00:00:01",
            "terminated_at": "1970-01-01 00:00:02", "deleted_at": "1970-01-01 00:00:03"});
        let deleted = event("compute.instance.delete.end", payload);
        assert_eq!(
            (deleted.kind, deleted.facts.unwrap().deleted),
            (Some("delete"), Some(2_000_000))
        );
        let none =
            event("compute.instance.delete.end", json!({"instance_id": "i", "launched_at": ""}));
        assert_eq!(none.kind, None);
    }

    #[test]
    fn an_audit_counts_bytes_exactly_or_not_at_all() {
        let audit = |bandwidth: Value| {
            let payload = json!({"instance_id": "i", "launched_at": "1970-01-01 00:00:01",
                "bandwidth": bandwidth});
            let audit = event("compute.instance.exists", payload);
            (audit.facts.unwrap().bandwidth, audit.warnings.len())
        };
        assert_eq!(
            audit(json!({"public": {"bw_out": 9_007_199_254_740_993_i64}})).0,
            Some(9_007_199_254_740_993)
        );
        assert_eq!(audit(json!({"public": {"bw_out": u64::MAX}})), (None, 1));
        assert_eq!(audit(json!({"public": {"bw_out": -1}})), (None, 1));
        assert_eq!(audit(json!(null)), (Some(0), 0));
        let none = event("compute.instance.exists", json!({"instance_id": "i"}));
        assert_eq!((none.kind, none.warnings.len()), (None, 1));
    }

    #[test]
    fn an_audit_of_images_has_one_fact_for_each() {
        let payload = json!({"owner": "o", "images": [
            {"id": "a", "created_at": "1970-01-01T00:00:01", "size": 5, "deleted_at": null},
            {"id": "b"}, 7,
        ]});
        let audit = event("image.exists", payload);
        let image =
            Image { uuid: "a".into(), created: Some(1_000_000), deleted: None, size: Some(5) };
        assert_eq!(audit.facts.unwrap().images, [image]);
        assert_eq!(audit.warnings.len(), 2);
        assert_eq!(event("image.exists", json!("text")).kind, None);
    }
}
