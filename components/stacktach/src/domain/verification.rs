//! Whether an audit of an instance can be billed: it must say what launches and deletes say, or
//! else what somebody has reconciled.

use assay_web::time::{self, Micros};
use serde::Deserialize;

use super::verdicts::{Comparison, Fault, Links, Verdict, is_hex};

/// How strict a pass is about the audit's own fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    /// All of them.
    All,
    /// Those without which nobody can be billed.
    Basic,
    /// None.
    Nothing,
}

/// Which field says what was rented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlavorField {
    /// `instance_type_id`.
    Type,
    /// `instance_flavor_id`.
    Flavor,
}

/// What a pass goes by.
#[derive(Clone, Copy, Debug)]
pub struct Rules {
    /// How strict it is.
    pub level: Level,
    /// What it compares.
    pub flavor: FlavorField,
    /// The time in its messages.
    pub now: Micros,
}

/// What an audit, a launch and a reconciliation say of an instance.
#[derive(Debug, Default, Deserialize)]
pub struct Facts {
    id: i64,
    launched_us: Option<Micros>,
    deleted_us: Option<Micros>,
    instance_type_id: Option<String>,
    instance_flavor_id: Option<String>,
    tenant: Option<String>,
    rax_options: Option<String>,
    os_architecture: Option<String>,
    os_version: Option<String>,
    os_distro: Option<String>,
}

/// A delete.
#[derive(Debug, Deserialize)]
pub struct Delete {
    id: i64,
    launched_us: Option<Micros>,
    deleted_us: Option<Micros>,
}

/// An audit, and all that the store knows about what it says.
#[derive(Debug, Deserialize)]
pub struct Audit {
    facts: Facts,
    instance: String,
    status: String,
    image_type: Option<i64>,
    /// The launch that was linked when the audit came.
    launch: Option<Facts>,
    /// Else those of the same second, at most two; nothing if the instance has none at all.
    launches: Option<Vec<Facts>>,
    /// The delete that was linked.
    delete: Option<Delete>,
    /// Those of a launch of the same second, at most two.
    deletes: Vec<Delete>,
    /// Whether one of them is from before the audit's end.
    was_deleted: i64,
    /// At most two of a launch of the same second; nothing if the instance has none at all.
    reconciles: Option<Vec<Facts>>,
}

impl Audit {
    /// What a pass thinks of it.
    pub fn verdict(self, rules: &Rules) -> Verdict {
        let id = self.facts.id;
        match self.verify(rules) {
            Ok(links) => Verdict::verified(id, self.status, links, false),
            Err(first) => match self.reconcile(rules) {
                Ok(delete) => Verdict::verified(id, self.status, (None, delete), true),
                Err(Fault::NotFound(_)) => Verdict::failed(id, self.status, &first),
                Err(second) => Verdict::failed(id, self.status, &second),
            },
        }
    }

    fn verify(&self, rules: &Rules) -> Result<Links, Fault> {
        if self.facts.launched_us.is_none() {
            return Err(Fault::Wrong("Exists without a launched_at".to_owned()));
        }
        self.check_validity(rules)?;
        let launch = match (&self.launch, &self.launches) {
            (Some(launch), _) => launch,
            (None, launches) => self.only(launches.as_deref(), "InstanceUsage")?,
        };
        self.compare(launch, rules)?;
        Ok((Some(launch.id), self.check_delete(rules)?))
    }

    /// The same, as somebody has corrected it; gives the delete.
    fn reconcile(&self, rules: &Rules) -> Result<Option<i64>, Fault> {
        let reconcile = self.only(self.reconciles.as_deref(), "InstanceReconcile")?;
        self.compare(reconcile, rules)?;
        let Some(deleted_us) = reconcile.deleted_us else { return self.check_delete(rules) };
        self.comparison(rules, "deletes").dates(
            "deleted_at",
            self.facts.deleted_us,
            Some(deleted_us),
        )?;
        Ok(None)
    }

    fn check_validity(&self, rules: &Rules) -> Result<(), Fault> {
        if rules.level == Level::Nothing {
            return Ok(());
        }
        let (facts, id) = (&self.facts, self.facts.id);
        let there = |field: &'static str, value: &'_ Option<String>| {
            value.clone().ok_or_else(|| Fault::null(field, id))
        };
        let tenant = there("tenant", &facts.tenant)?;
        let (field, value) = facts.flavor(rules.flavor);
        value.ok_or_else(|| Fault::null(field, id))?;
        check(is_hex, "tenant", &tenant, id)?;
        if rules.level == Level::Basic {
            return Ok(());
        }
        check(is_integer, "rax_options", &there("rax_options", &facts.rax_options)?, id)?;
        let architecture = there("os_architecture", &facts.os_architecture)?;
        check(is_word, "os_architecture", &architecture, id)?;
        // An imported image says nothing of its system.
        if self.image_type.is_some_and(|bits| bits & 0xf == 3) {
            return Ok(());
        }
        check(is_word, "os_distro", &there("os_distro", &facts.os_distro)?, id)?;
        check(is_word, "os_version", &there("os_version", &facts.os_version)?, id)
    }

    /// The one of some candidates, of which there must be exactly one.
    fn only<'f>(&self, found: Option<&'f [Facts]>, what: &str) -> Result<&'f Facts, Fault> {
        match found {
            None => Err(Fault::not_found(what, &format!("{{'instance': '{}'}}", self.instance))),
            Some([]) => Err(Fault::not_found(what, &self.query())),
            Some([one]) => Ok(one),
            Some(_) => Err(Fault::ambiguous(what, &self.query())),
        }
    }

    fn query(&self) -> String {
        let launched = self.facts.launched_us.map(time::format).unwrap_or_default();
        format!("{{'instance': '{}', 'launched_at': '{launched}'}}", self.instance)
    }

    fn comparison(&self, rules: &Rules, other: &'static str) -> Comparison<'_> {
        Comparison { now: rules.now, uuid: &self.instance, other }
    }

    fn compare(&self, launch: &Facts, rules: &Rules) -> Result<(), Fault> {
        let (ours, with) = (&self.facts, self.comparison(rules, "launches"));
        with.dates("launched_at", ours.launched_us, launch.launched_us)?;
        let (field, flavor) = ours.flavor(rules.flavor);
        with.texts(field, flavor, launch.flavor(rules.flavor).1)?;
        for (field, ours, theirs) in [
            ("tenant", &ours.tenant, &launch.tenant),
            ("rax_options", &ours.rax_options, &launch.rax_options),
            ("os_architecture", &ours.os_architecture, &launch.os_architecture),
            ("os_version", &ours.os_version, &launch.os_version),
            ("os_distro", &ours.os_distro, &launch.os_distro),
        ] {
            with.texts(field, ours.as_deref(), theirs.as_deref())?;
        }
        Ok(())
    }

    fn check_delete(&self, rules: &Rules) -> Result<Option<i64>, Fault> {
        const WHAT: &str = "InstanceDeletes";
        let delete = match (&self.delete, self.deletes.as_slice()) {
            (Some(delete), _) => delete,
            (None, _) if self.facts.deleted_us.is_none() => {
                let was_deleted = self.was_deleted != 0;
                return if was_deleted { Err(Fault::unexpected(WHAT)) } else { Ok(None) };
            }
            (None, [one]) => one,
            (None, []) => return Err(Fault::not_found(WHAT, &self.query())),
            (None, _) => return Err(Fault::ambiguous(WHAT, &self.query())),
        };
        let with = self.comparison(rules, "deletes");
        with.dates("launched_at", self.facts.launched_us, delete.launched_us)?;
        with.dates("deleted_at", self.facts.deleted_us, delete.deleted_us)?;
        Ok(Some(delete.id))
    }
}

impl Facts {
    fn flavor(&self, field: FlavorField) -> (&'static str, Option<&str>) {
        match field {
            FlavorField::Type => ("instance_type_id", self.instance_type_id.as_deref()),
            FlavorField::Flavor => ("instance_flavor_id", self.instance_flavor_id.as_deref()),
        }
    }
}

fn check(is_right: fn(&str) -> bool, field: &str, value: &str, id: i64) -> Result<(), Fault> {
    if is_right(value) { Ok(()) } else { Err(Fault::of_type(field, value, id)) }
}

fn is_integer(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'.')
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const RULES: Rules = Rules { level: Level::All, flavor: FlavorField::Type, now: 7_900_000 };

    fn facts(id: i64) -> Value {
        json!({
            "id": id, "launched_us": 5_000_000, "deleted_us": null, "instance_type_id": "2",
            "instance_flavor_id": "f", "tenant": "0aF", "rax_options": "0",
            "os_architecture": "x64", "os_version": "24.04", "os_distro": "org.ubuntu",
        })
    }

    fn audit() -> Value {
        json!({
            "facts": facts(1), "instance": "vm", "status": "pending", "image_type": null,
            "launch": facts(10), "launches": null, "delete": null, "deletes": [],
            "was_deleted": 0, "reconciles": null,
        })
    }

    fn verdict(audit: &Value, rules: Rules) -> Verdict {
        serde_json::from_value::<Audit>(audit.clone()).unwrap().verdict(&rules)
    }

    fn reason(audit: &Value) -> String {
        verdict(audit, RULES).fail_reason.unwrap()
    }

    #[test]
    fn an_audit_that_agrees_with_its_launch_is_verified() {
        let verdict = verdict(&audit(), RULES);
        assert_eq!((verdict.status, verdict.usage, verdict.delete), ("verified", Some(10), None));
    }

    #[test]
    fn a_second_is_what_dates_agree_to() {
        let mut audit = audit();
        audit["launch"]["launched_us"] = json!(5_999_999);
        assert_eq!(verdict(&audit, RULES).status, "verified");
        audit["launch"]["launched_us"] = json!(6_000_000);
        assert_eq!(
            reason(&audit),
            "Failed at 1970-01-01 00:00:07 UTC for vm: Data mismatch for 'launched_at' - 'exists' \
             contains '1970-01-01 00:00:05' but 'launches' contains '1970-01-01 00:00:06'"
        );
    }

    #[test]
    fn a_launch_that_was_not_linked_must_be_the_only_one() {
        let mut audit = audit();
        audit["launch"] = Value::Null;
        assert_eq!(reason(&audit), "Couldn't find InstanceUsage using {'instance': 'vm'}");
        audit["launches"] = json!([]);
        let query = "{'instance': 'vm', 'launched_at': '1970-01-01 00:00:05'}";
        assert_eq!(reason(&audit), format!("Couldn't find InstanceUsage using {query}"));
        audit["launches"] = json!([facts(3), facts(4)]);
        assert_eq!(reason(&audit), format!("Ambiguous results for InstanceUsage using {query}"));
        audit["launches"] = json!([facts(3)]);
        assert_eq!(verdict(&audit, RULES).usage, Some(3));
    }

    #[test]
    fn every_field_is_compared() {
        for field in [
            "instance_type_id",
            "tenant",
            "rax_options",
            "os_architecture",
            "os_version",
            "os_distro",
        ] {
            let mut audit = audit();
            audit["launch"][field] = Value::Null;
            let reason = reason(&audit);
            assert!(reason.contains(&format!("mismatch for '{field}'")), "{reason}");
            assert!(reason.ends_with("'launches' contains 'None'"), "{reason}");
        }
        let mut audit = audit();
        audit["launch"]["instance_type_id"] = json!("9");
        let by_flavor = Rules { flavor: FlavorField::Flavor, ..RULES };
        assert_eq!(verdict(&audit, by_flavor).status, "verified");
    }

    #[test]
    fn fields_are_checked_as_strictly_as_asked() {
        let basic = Rules { level: Level::Basic, ..RULES };
        let nothing = Rules { level: Level::Nothing, ..RULES };
        for (field, bad, is_basic) in [
            ("tenant", json!("acme"), true),
            ("tenant", json!(null), true),
            ("instance_type_id", json!(null), true),
            ("rax_options", json!("x"), false),
            ("rax_options", json!(""), false),
            ("os_architecture", json!(""), false),
            ("os_distro", json!("a b"), false),
            ("os_version", json!(null), false),
        ] {
            let mut audit = audit();
            for side in ["facts", "launch"] {
                audit[side][field] = bad.clone();
            }
            assert_eq!(verdict(&audit, RULES).status, "failed", "{field}");
            let expected = if is_basic { "failed" } else { "verified" };
            assert_eq!(verdict(&audit, basic).status, expected, "{field}");
            assert_eq!(verdict(&audit, nothing).status, "verified", "{field}");
        }
        let mut imported = audit();
        imported["image_type"] = json!(0x13);
        for side in ["facts", "launch"] {
            imported[side]["os_distro"] = json!("");
        }
        assert_eq!(verdict(&imported, RULES).status, "verified");
        let mut without = audit();
        without["facts"]["launched_us"] = Value::Null;
        assert_eq!(reason(&without), "Exists without a launched_at");
    }

    #[test]
    fn a_delete_must_be_there_exactly_when_the_audit_says_so() {
        let delete = json!({ "id": 20, "launched_us": 5_500_000, "deleted_us": 6_500_000 });
        let mut audit = audit();
        audit["was_deleted"] = json!(1);
        assert_eq!(reason(&audit), "Found InstanceDeletes for non-delete exist");
        audit["facts"]["deleted_us"] = json!(6_000_000);
        assert!(reason(&audit).starts_with("Couldn't find InstanceDeletes using {"));
        audit["deletes"] = json!([delete, delete]);
        assert!(reason(&audit).starts_with("Ambiguous results for InstanceDeletes using {"));
        audit["deletes"] = json!([delete]);
        assert_eq!(verdict(&audit, RULES).delete, Some(20));
        audit["facts"]["deleted_us"] = json!(7_000_000);
        audit["delete"] = delete;
        assert!(
            reason(&audit)
                .contains("'deleted_at' - 'exists' contains '1970-01-01 00:00:07' but 'deletes'")
        );
    }

    #[test]
    fn what_was_reconciled_saves_an_audit() {
        let mut audit = audit();
        audit["launch"] = Value::Null;
        audit["reconciles"] = json!([]);
        assert!(reason(&audit).starts_with("Couldn't find InstanceUsage"), "the first reason");
        audit["reconciles"] = json!([facts(30), facts(31)]);
        assert!(reason(&audit).starts_with("Ambiguous results for InstanceReconcile"));
        audit["reconciles"] = json!([facts(30)]);
        let saved = verdict(&audit, RULES);
        assert_eq!((saved.status, saved.usage), ("reconciled", None));
        audit["reconciles"][0]["deleted_us"] = json!(6_000_000);
        assert!(reason(&audit).contains("'deleted_at'"), "the second reason");
        audit["facts"]["deleted_us"] = json!(6_000_001);
        assert_eq!(verdict(&audit, RULES).status, "reconciled");
    }

    #[test]
    fn what_was_sent_already_fails_as_sent_and_reasons_are_cut() {
        let mut audit = audit();
        audit["status"] = json!("sent_unverified");
        assert_eq!(verdict(&audit, RULES).status, "verified");
        for side in ["facts", "launch"] {
            audit[side]["tenant"] = json!("x".repeat(400));
        }
        let failed = verdict(&audit, RULES);
        assert_eq!((failed.status, failed.was.as_str()), ("sent_failed", "sent_unverified"));
        assert_eq!(failed.fail_reason.unwrap().len(), 300);
    }
}
