//! Whether an audit of an image can be billed: it must say what the image's own events say.

use assay_web::time::Micros;
use serde::Deserialize;

use super::uuids;
use super::verdicts::{Comparison, Fault, Links, Verdict, is_hex};

/// An image that was activated.
#[derive(Debug, Deserialize)]
struct Image {
    id: i64,
    created_us: Option<Micros>,
    owner: Option<String>,
    size: Option<i64>,
}

/// An image's delete.
#[derive(Debug, Deserialize)]
struct Delete {
    id: i64,
    deleted_us: Option<Micros>,
}

/// An audit of an image, and all that the store knows about what it says.
#[derive(Debug, Deserialize)]
pub struct ImageAudit {
    id: i64,
    uuid: String,
    status: String,
    created_us: Option<Micros>,
    deleted_us: Option<Micros>,
    owner: Option<String>,
    size: Option<i64>,
    /// The one that was linked, else the first of that uuid.
    image: Option<Image>,
    /// The delete that was linked.
    delete: Option<Delete>,
    /// Those of that uuid, at most two.
    deletes: Vec<Delete>,
    /// Whether one of them is from before the audit's end.
    was_deleted: i64,
}

impl ImageAudit {
    /// What a pass at this time thinks of it.
    pub fn verdict(self, now: Micros) -> Verdict {
        match self.verify(now) {
            Ok(links) => Verdict::verified(self.id, self.status, links, false),
            Err(fault) => Verdict::failed(self.id, self.status, &fault),
        }
    }

    fn verify(&self, now: Micros) -> Result<Links, Fault> {
        self.check_validity()?;
        let query = format!("{{'uuid': '{}'}}", self.uuid);
        let image = self.image.as_ref().ok_or_else(|| Fault::not_found("ImageUsage", &query))?;
        let with = Comparison { now, uuid: &self.uuid, other: "launches" };
        with.dates("created_at", self.created_us, image.created_us)?;
        with.texts("owner", self.owner.as_deref(), image.owner.as_deref())?;
        let text = |size: Option<i64>| size.map(|size| size.to_string());
        with.texts("size", text(self.size).as_deref(), text(image.size).as_deref())?;
        Ok((Some(image.id), self.check_delete(now, &query)?))
    }

    fn check_validity(&self) -> Result<(), Fault> {
        self.size.ok_or_else(|| Fault::null("size", self.id))?;
        self.created_us.ok_or_else(|| Fault::null("created_at", self.id))?;
        let owner = self.owner.as_deref().ok_or_else(|| Fault::null("owner", self.id))?;
        if !uuids::is_uuid(&self.uuid.to_ascii_lowercase()) {
            return Err(Fault::of_type("uuid", &self.uuid, self.id));
        }
        if !is_hex(owner) {
            return Err(Fault::of_type("owner", owner, self.id));
        }
        Ok(())
    }

    fn check_delete(&self, now: Micros, query: &str) -> Result<Option<i64>, Fault> {
        const WHAT: &str = "ImageDeletes";
        let delete = match (&self.delete, self.deletes.as_slice()) {
            (Some(delete), _) => delete,
            (None, _) if self.deleted_us.is_none() => {
                let was_deleted = self.was_deleted != 0;
                return if was_deleted { Err(Fault::unexpected(WHAT)) } else { Ok(None) };
            }
            (None, [one]) => one,
            (None, []) => return Err(Fault::not_found(WHAT, query)),
            (None, _) => return Err(Fault::ambiguous(WHAT, query)),
        };
        let with = Comparison { now, uuid: &self.uuid, other: "deletes" };
        with.dates("deleted_at", self.deleted_us, delete.deleted_us)?;
        Ok(Some(delete.id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const UUID: &str = "8559a9b6-f873-46d0-b4db-017155a30fb5";

    fn audit() -> Value {
        json!({
            "id": 1, "uuid": UUID, "status": "pending", "created_us": 5_000_000, "deleted_us": null,
            "owner": "0af", "size": 9_007_199_254_740_993_i64, "delete": null, "deletes": [],
            "image": {
                "id": 10, "created_us": 5_900_000, "owner": "0af",
                "size": 9_007_199_254_740_993_i64,
            },
            "was_deleted": 0,
        })
    }

    fn verdict(audit: &Value) -> Verdict {
        serde_json::from_value::<ImageAudit>(audit.clone()).unwrap().verdict(0)
    }

    #[test]
    fn an_audit_agrees_with_its_image() {
        let verified = verdict(&audit());
        assert_eq!(
            (verified.status, verified.usage, verified.delete),
            ("verified", Some(10), None)
        );
        for (field, value) in [
            ("owner", json!("1")),
            ("size", json!(9_007_199_254_740_992_i64)),
            ("created_at", json!(6_000_000)),
        ] {
            let mut audit = audit();
            audit["image"][field.replace("_at", "_us")] = value;
            let reason = verdict(&audit).fail_reason.unwrap();
            assert!(reason.contains(&format!("Data mismatch for '{field}'")), "{reason}");
        }
        let mut alone = audit();
        alone["image"] = Value::Null;
        let reason = format!("Couldn't find ImageUsage using {{'uuid': '{UUID}'}}");
        assert_eq!(verdict(&alone).fail_reason, Some(reason));
    }

    #[test]
    fn its_own_fields_must_make_sense() {
        for (field, value) in [
            ("size", Value::Null),
            ("created_us", Value::Null),
            ("owner", Value::Null),
            ("owner", json!("acme")),
            ("uuid", json!("7")),
        ] {
            let mut audit = audit();
            audit[field] = value;
            assert_eq!(verdict(&audit).status, "failed", "{field}");
        }
    }

    #[test]
    fn a_delete_must_be_there_exactly_when_the_audit_says_so() {
        let mut audit = audit();
        audit["was_deleted"] = json!(1);
        let unexpected = "Found ImageDeletes for non-delete exist";
        assert_eq!(verdict(&audit).fail_reason.unwrap(), unexpected);
        audit["deleted_us"] = json!(6_000_000);
        assert!(verdict(&audit).fail_reason.unwrap().starts_with("Couldn't find ImageDeletes"));
        audit["deletes"] = json!([{ "id": 20, "deleted_us": 6_100_000 }]);
        assert_eq!(verdict(&audit).delete, Some(20));
        audit["delete"] = json!({ "id": 21, "deleted_us": 8_000_000 });
        assert!(verdict(&audit).fail_reason.unwrap().contains("'deletes' contains"));
    }
}
