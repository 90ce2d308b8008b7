//! What the lists below `/db/usage/` can be asked: which table, in which order, between which
//! dates.

use std::collections::BTreeMap;

use assay_web::time::Micros;

use super::{dates, uuids};

/// A table of usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Table {
    /// Instances that were launched.
    Launches,
    /// Instances that were deleted.
    Deletes,
    /// Instances that were audited.
    Exists,
    /// Images that were activated.
    Images,
    /// Images that were deleted.
    ImageDeletes,
    /// Images that were audited.
    ImageExists,
}

/// What is known of a table's columns.
struct Columns {
    all: &'static [&'static str],
    /// Those with an index of their own, all of them dates.
    indexed: &'static [&'static str],
    /// The order of a list that does not say.
    order: &'static str,
}

impl Table {
    fn columns(self) -> Columns {
        match self {
            Self::Launches => Columns {
                all: &[
                    "id",
                    "instance",
                    "launched_at",
                    "request_id",
                    "instance_type_id",
                    "instance_flavor_id",
                    "tenant",
                    "os_architecture",
                    "os_distro",
                    "os_version",
                    "rax_options",
                ],
                indexed: &["launched_at"],
                order: "launched_at",
            },
            Self::Deletes => Columns {
                all: &["id", "instance", "launched_at", "deleted_at", "raw"],
                indexed: &["launched_at", "deleted_at"],
                order: "launched_at",
            },
            Self::Exists => Columns {
                all: &[
                    "id",
                    "instance",
                    "launched_at",
                    "deleted_at",
                    "audit_period_beginning",
                    "audit_period_ending",
                    "message_id",
                    "instance_type_id",
                    "instance_flavor_id",
                    "status",
                    "fail_reason",
                    "raw",
                    "usage",
                    "delete",
                    "send_status",
                    "tenant",
                    "os_architecture",
                    "os_distro",
                    "os_version",
                    "rax_options",
                    "bandwidth_public_out",
                    "event_id",
                    "received",
                ],
                indexed: &[
                    "received",
                    "launched_at",
                    "deleted_at",
                    "audit_period_beginning",
                    "audit_period_ending",
                ],
                order: "id",
            },
            Self::Images => Columns {
                all: &["id", "uuid", "created_at", "owner", "size", "last_raw"],
                indexed: &["created_at"],
                order: "created_at",
            },
            Self::ImageDeletes => Columns {
                all: &["id", "uuid", "deleted_at", "raw"],
                indexed: &["deleted_at"],
                order: "deleted_at",
            },
            Self::ImageExists => Columns {
                all: &[
                    "id",
                    "uuid",
                    "created_at",
                    "deleted_at",
                    "audit_period_beginning",
                    "audit_period_ending",
                    "status",
                    "fail_reason",
                    "raw",
                    "usage",
                    "delete",
                    "send_status",
                    "owner",
                    "size",
                    "message_id",
                    "event_id",
                    "received",
                ],
                indexed: &[
                    "received",
                    "created_at",
                    "deleted_at",
                    "audit_period_beginning",
                    "audit_period_ending",
                ],
                order: "id",
            },
        }
    }

    fn column(self, name: &str) -> Result<&'static str, String> {
        let known = self.columns().all.iter().find(|column| **column == name);
        known.copied().ok_or_else(|| format!("No such field '{name}'."))
    }

    fn is_of_instances(self) -> bool {
        matches!(self, Self::Launches | Self::Deletes | Self::Exists)
    }

    /// The key under which the answer has the rows.
    pub fn envelope(self) -> &'static str {
        match self {
            Self::Launches => "launches",
            Self::Images => "images",
            Self::Deletes | Self::ImageDeletes => "deletes",
            Self::Exists | Self::ImageExists => "exists",
        }
    }

    /// The key under which the answer has one row. Upstream calls an image a launch.
    pub fn single(self) -> &'static str {
        match self {
            Self::Launches | Self::Images => "launch",
            Self::Deletes | Self::ImageDeletes => "delete",
            Self::Exists | Self::ImageExists => "exist",
        }
    }
}

/// How the store finds the rows of a listing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// All of an instance, then sorts.
    OfInstance,
    /// All of a period in this indexed column, which is the order.
    Range(&'static str),
    /// All of a period in this indexed column, then sorts.
    RangeSorted(&'static str),
    /// Walks this column's index until the page is full.
    Walk(&'static str),
    /// Looks at the whole table, then sorts.
    Sorted,
}

/// What a list was asked for.
#[derive(Debug, PartialEq, Eq)]
pub struct Listing {
    /// Where the rows are.
    pub table: Table,
    /// By which column they are ordered; ties by id.
    pub order: &'static str,
    /// In which direction.
    pub descending: bool,
    /// Of which instance, in both forms of its id.
    pub instance: Option<[String; 2]>,
    /// From when to when, by column.
    ranges: BTreeMap<&'static str, (Micros, Micros)>,
}

impl Listing {
    /// Reads the parameters of a query; unknown ones do not matter. The refusal is in upstream's
    /// words.
    pub fn parse<'q>(
        table: Table,
        pairs: impl Iterator<Item = (&'q str, &'q str)>,
    ) -> Result<Self, String> {
        let order = table.columns().order;
        let mut listing =
            Self { table, order, descending: true, instance: None, ranges: BTreeMap::new() };
        for (name, value) in pairs {
            match name {
                "order_by" if !value.is_empty() => listing.order = table.column(value)?,
                "direction" => listing.descending = value.is_empty() || value == "desc",
                "instance" => listing.instance = Some(instance(table, value)?),
                _ => listing.add_bound(name, value)?,
            }
        }
        Ok(listing)
    }

    /// `<column>_min` and `<column>_max`; both ends are meant.
    fn add_bound(&mut self, name: &str, value: &str) -> Result<(), String> {
        let (column, is_min) = match (name.strip_suffix("_min"), name.strip_suffix("_max")) {
            (Some(column), _) => (column, true),
            (_, Some(column)) => (column, false),
            _ => return Ok(()),
        };
        let column = self.table.column(column)?;
        let date = dates::parse(value).ok_or("Range filters must be dates.")?;
        let range = self.ranges.entry(column).or_insert((Micros::MIN, Micros::MAX));
        *(if is_min { &mut range.0 } else { &mut range.1 }) = date;
        Ok(())
    }

    /// Whether nothing narrows the list.
    pub fn is_of_all(&self) -> bool {
        self.instance.is_none() && self.ranges.is_empty()
    }

    /// How its rows are best found.
    pub fn way(&self) -> Way {
        let indexed = self.table.columns().indexed;
        let is_indexed = indexed.contains(&self.order);
        let ranged = indexed.iter().find(|column| self.ranges.contains_key(**column));
        match ranged {
            _ if self.instance.is_some() => Way::OfInstance,
            _ if is_indexed && self.ranges.contains_key(self.order) => Way::Range(self.order),
            Some(column) => Way::RangeSorted(column),
            None if is_indexed || self.order == "id" => Way::Walk(self.order),
            None => Way::Sorted,
        }
    }

    /// The period that a way walks through.
    pub fn range(&self, column: &str) -> (Micros, Micros) {
        self.ranges.get(column).copied().unwrap_or((Micros::MIN, Micros::MAX))
    }

    /// The periods that are left to check on the way, as a JSON object, if there are any.
    pub fn other_ranges(&self, way: Way) -> Option<String> {
        let walked = match way {
            Way::Range(column) | Way::RangeSorted(column) => column,
            Way::OfInstance | Way::Walk(_) | Way::Sorted => "",
        };
        let others: BTreeMap<_, _> =
            self.ranges.iter().filter(|(column, _)| **column != walked).collect();
        if others.is_empty() { None } else { serde_json::to_string(&others).ok() }
    }
}

fn instance(table: Table, value: &str) -> Result<[String; 2], String> {
    if !table.is_of_instances() {
        return Err("No such field 'instance'.".to_owned());
    }
    if !uuids::is_uuid(value) {
        return Err(format!("{value} is not uuid-like"));
    }
    Ok(uuids::both_forms(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listing(table: Table, pairs: &[(&str, &str)]) -> Result<Listing, String> {
        Listing::parse(table, pairs.iter().copied())
    }

    #[test]
    fn a_list_begins_with_the_latest() {
        let launches = listing(Table::Launches, &[("color", "red"), ("limit", "x")]).unwrap();
        assert_eq!((launches.order, launches.descending), ("launched_at", true));
        assert!(launches.is_of_all());
        assert!(!listing(Table::Exists, &[("direction", "up")]).unwrap().descending);
    }

    #[test]
    fn an_index_is_used_where_there_is_one() {
        let way = |pairs: &[(&str, &str)]| listing(Table::Exists, pairs).unwrap().way();
        let since = ("received_min", "2026-03-10 00:00:00");
        let uuid = ("instance", "8559a9b6-f873-46d0-b4db-017155a30fb5");
        assert_eq!(way(&[]), Way::Walk("id"));
        assert_eq!(way(&[since]), Way::RangeSorted("received"));
        assert_eq!(way(&[since, ("order_by", "received")]), Way::Range("received"));
        assert_eq!(way(&[("order_by", "launched_at")]), Way::Walk("launched_at"));
        assert_eq!(way(&[("order_by", "tenant")]), Way::Sorted);
        assert_eq!(way(&[since, uuid]), Way::OfInstance);
    }

    #[test]
    fn what_the_way_does_not_see_to_is_checked_on_it() {
        let pairs = [("received_min", "1970-01-01 00:00:01"), ("id_max", "1970-01-01T00:00:02Z")];
        let exists = listing(Table::ImageExists, &pairs).unwrap();
        let way = exists.way();
        assert_eq!(exists.range("received"), (1_000_000, Micros::MAX));
        assert_eq!(
            exists.other_ranges(way).unwrap(),
            format!(r#"{{"id":[{},2000000]}}"#, i64::MIN)
        );
        assert!(listing(Table::Launches, &[]).unwrap().other_ranges(Way::Sorted).is_none());
    }

    #[test]
    fn refusals_are_in_upstreams_words() {
        let refusal = |table, pair| listing(table, &[pair]).unwrap_err();
        assert_eq!(refusal(Table::Deletes, ("order_by", "x")), "No such field 'x'.");
        assert_eq!(refusal(Table::Deletes, ("x_min", "")), "No such field 'x'.");
        assert_eq!(refusal(Table::Launches, ("received_max", "")), "No such field 'received'.");
        let no_date = "Range filters must be dates.";
        assert_eq!(refusal(Table::Launches, ("launched_at_min", "x")), no_date);
        assert_eq!(refusal(Table::Launches, ("id_max", "1")), no_date);
        assert_eq!(refusal(Table::Exists, ("instance", "x")), "x is not uuid-like");
        assert_eq!(refusal(Table::Images, ("instance", "x")), "No such field 'instance'.");
    }
}
