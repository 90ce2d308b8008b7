//! Picking rows of the six tables of usage in any order and between any dates.
//!
//! Each statement walks one index, or all of an instance, and checks the other dates on the way.
//! The texts are put together at compile time: one for each indexed column, way and direction.

use assay_db::{Db, Result, Value, params};

use super::columns::{
    delete_key, exists_key, image_delete_key, image_exists_key, image_key, launch_key,
};
use crate::domain::listings::{Listing, Table, Way};
use crate::extract::Page;

/// ?1 and ?2 limit and offset, ?3 the periods to check: `{column: [from, until]}`.
macro_rules! pick {
    ($table:literal, $key:ident, $from:expr, $order:expr) => {
        concat!(
            "SELECT json_group_array(id)
               FROM (SELECT u.id
                       FROM ",
            $table,
            " AS u ",
            $from,
            "
                        AND (?3 IS NULL OR NOT EXISTS (SELECT 1
                                                         FROM json_each(?3) AS f
                                                        WHERE ifnull(",
            $key!("f.key"),
            " NOT BETWEEN f.value ->> 0 AND f.value ->> 1, 1)))
                      ORDER BY ",
            $order,
            "
                      LIMIT ?1 + 0 OFFSET ?2 + 0)"
        )
    };
}

/// Both directions of one order.
macro_rules! either {
    ($descending:expr, $table:literal, $key:ident, $from:expr, $order:expr) => {
        if $descending {
            pick!($table, $key, $from, concat!($order, " DESC, u.id DESC"))
        } else {
            pick!($table, $key, $from, concat!($order, ", u.id"))
        }
    };
}

/// The statement of a listing of one table. ?4 and ?5 the ends of the period or both forms of the
/// instance's id, ?6 the column of the order.
macro_rules! statement {
    ($listing:expr, $table:literal, $key:ident, $instance:literal,
     [$($name:literal: $column:literal, $index:literal;)*]) => {{
        let descending = $listing.descending;
        match $listing.way() {
            $(
                Way::Walk($name) => either!(
                    descending, $table, $key, concat!("INDEXED BY ", $index, " WHERE 1"), $column
                ),
                Way::Range($name) => either!(
                    descending, $table, $key,
                    concat!("INDEXED BY ", $index, " WHERE ", $column, " BETWEEN ?4 AND ?5"),
                    $column
                ),
                Way::RangeSorted($name) => either!(
                    descending, $table, $key,
                    concat!("INDEXED BY ", $index, " WHERE ", $column, " BETWEEN ?4 AND ?5"),
                    $key!("?6")
                ),
            )*
            Way::OfInstance => either!(
                descending, $table, $key, concat!("WHERE ", $instance, " IN (?4, ?5)"), $key!("?6")
            ),
            Way::Walk(_) => either!(descending, $table, $key, "NOT INDEXED WHERE 1", "u.id"),
            Way::Range(_) | Way::RangeSorted(_) | Way::Sorted => either!(
                descending, $table, $key,
                "-- scan: any column can be the order, and few have an index
                 WHERE ?4 IS ?5",
                $key!("?6")
            ),
        }
    }};
}

/// The ids of the rows of a page, a JSON array. Indexes: `..._by_instance`, or the one of the
/// column that the listing's way names.
pub async fn pick(db: Db, listing: &Listing, page: Page) -> Result<String> {
    let sql = match listing.table {
        Table::Launches => statement!(listing, "stacktach_launches", launch_key, "u.instance", [
            "launched_at": "u.launched_us", "stacktach_launches_by_launched";
        ]),
        Table::Deletes => statement!(listing, "stacktach_deletes", delete_key, "u.instance", [
            "launched_at": "u.launched_us", "stacktach_deletes_by_launched";
            "deleted_at": "u.deleted_us", "stacktach_deletes_by_deleted";
        ]),
        Table::Exists => statement!(listing, "stacktach_exists", exists_key, "u.instance", [
            "launched_at": "u.launched_us", "stacktach_exists_by_launched";
            "deleted_at": "u.deleted_us", "stacktach_exists_by_deleted";
            "received": "u.received_us", "stacktach_exists_by_received";
            "audit_period_beginning": "u.audit_beginning_us", "stacktach_exists_by_beginning";
            "audit_period_ending": "u.audit_ending_us", "stacktach_exists_by_ending";
        ]),
        Table::Images => statement!(listing, "stacktach_images", image_key, "u.uuid", [
            "created_at": "u.created_us", "stacktach_images_by_created";
        ]),
        Table::ImageDeletes => {
            statement!(listing, "stacktach_image_deletes", image_delete_key, "u.uuid", [
                "deleted_at": "u.deleted_us", "stacktach_image_deletes_by_deleted";
            ])
        }
        Table::ImageExists => {
            statement!(listing, "stacktach_image_exists", image_exists_key, "u.uuid", [
                "created_at": "u.created_us", "stacktach_image_exists_by_created";
                "deleted_at": "u.deleted_us", "stacktach_image_exists_by_deleted";
                "received": "u.received_us", "stacktach_image_exists_by_received";
                "audit_period_beginning":
                    "u.audit_beginning_us", "stacktach_image_exists_by_beginning";
                "audit_period_ending": "u.audit_ending_us", "stacktach_image_exists_by_ending";
            ])
        }
    };
    Ok(db.text(sql, parameters(listing, page)).await?.unwrap_or_default())
}

/// What the listing's way goes through: the ends of its period or both forms of the instance's id.
pub(super) fn ends(listing: &Listing) -> [Value; 2] {
    match (listing.way(), &listing.instance) {
        (Way::OfInstance, Some([dashed, plain])) => params![dashed, plain],
        (Way::Range(column) | Way::RangeSorted(column), _) => {
            let (from, until) = listing.range(column);
            params![from, until]
        }
        _ => [Value::Null, Value::Null],
    }
}

/// As many as the statement of the listing's way has.
fn parameters(listing: &Listing, page: Page) -> Vec<Value> {
    let way = listing.way();
    let [first, second] = ends(listing);
    let others = listing.other_ranges(way);
    let [limit, offset, others, order] = params![page.limit, page.offset, others, listing.order];
    match way {
        Way::Walk(_) => vec![limit, offset, others],
        Way::Range(_) => vec![limit, offset, others, first, second],
        _ => vec![limit, offset, others, first, second, order],
    }
}
