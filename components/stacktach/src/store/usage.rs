//! The tables of usage as stacky shows them: `stacktach_launches`, `stacktach_deletes`,
//! `stacktach_exists`.

use assay_db::{Db, Result, params, wire_time};

use crate::domain::uuids;
use crate::extract::Page;

/// Which table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Instances that were launched.
    Launches,
    /// Instances that were deleted.
    Deletes,
    /// Instances that were audited.
    Exists,
}

macro_rules! rows {
    ($table:literal, $filter:literal, $titles:literal, $cells:expr) => {
        concat!(
            "SELECT json_group_array(json(cells))
               FROM (SELECT json_array(",
            $titles,
            ") AS cells
                      UNION ALL
                     SELECT json_array(",
            $cells,
            ")
                       FROM (SELECT id
                               FROM ",
            $table,
            " WHERE ",
            $filter,
            "                ORDER BY id
                              LIMIT ?1 + 0 OFFSET ?2 + 0) AS picked
                      CROSS JOIN ",
            $table,
            " AS u ON u.id = picked.id)"
        )
    };
}

macro_rules! tables {
    ($filter:literal, $kind:expr) => {
        match $kind {
            Kind::Launches => rows!(
                "stacktach_launches",
                $filter,
                "'UUID', 'Launched At', 'Instance Type Id', 'Instance Flavor Id'",
                concat!(
                    "u.instance, ",
                    wire_time!("u.launched_us"),
                    ", u.instance_type_id, u.instance_flavor_id"
                )
            ),
            Kind::Deletes => rows!(
                "stacktach_deletes",
                $filter,
                "'UUID', 'Launched At', 'Deleted At'",
                concat!(
                    "u.instance, ",
                    wire_time!("u.launched_us"),
                    ", ",
                    wire_time!("u.deleted_us")
                )
            ),
            Kind::Exists => rows!(
                "stacktach_exists",
                $filter,
                "'UUID', 'Launched At', 'Deleted At', 'Instance Type Id', 'Instance Flavor Id',
                 'Message ID', 'Status'",
                concat!(
                    "u.instance, ",
                    wire_time!("u.launched_us"),
                    ", ",
                    wire_time!("u.deleted_us"),
                    ", u.instance_type_id, u.instance_flavor_id, u.message_id, u.status"
                )
            ),
        }
    };
}

/// A page of one table by id, of all instances or of one. Indexes: the primary keys,
/// `..._by_instance`.
pub async fn table(db: Db, kind: Kind, instance: Option<&str>, page: Page) -> Result<String> {
    let rows = match instance {
        None => db.text(tables!("1", kind), params![page.limit, page.offset]).await?,
        Some(instance) => {
            let [dashed, plain] = uuids::both_forms(instance);
            let params = params![page.limit, page.offset, dashed, plain];
            db.text(tables!("instance IN (?3, ?4)", kind), params).await?
        }
    };
    Ok(rows.unwrap_or_default())
}
