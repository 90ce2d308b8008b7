//! `stacktach_exists_totals`: exists counted by status and send_status; and the same of some of
//! them.

use assay_db::{Db, Result, params};

use super::columns::{exists_key, image_exists_key};
use super::listings::ends;
use crate::domain::listings::{Listing, Table, Way};
use crate::domain::services::Service;

/// All exists of a service. Index: the primary key, a handful of rows.
pub async fn all(db: Db, service: Service) -> Result<String> {
    const SQL: &str = "
        SELECT json_group_array(json_object('status', status, 'send_status', send_status,
                                            'event_count', n))
          FROM stacktach_exists_totals
         WHERE svc = ?1 AND n > 0";
    Ok(db.text(SQL, params![service.number()]).await?.unwrap_or_default())
}

/// ?1 the periods to check: `{column: [from, until]}`.
macro_rules! count {
    ($table:literal, $key:ident, $from:expr) => {
        concat!(
            "SELECT json_group_array(json_object('status', status, 'send_status', send_status,
                                            'event_count', n))
               FROM (SELECT u.status, u.send_status, count(*) AS n
                       FROM ",
            $table,
            " AS u ",
            $from,
            "
                        AND (?1 IS NULL OR NOT EXISTS (SELECT 1
                                                         FROM json_each(?1) AS f
                                                        WHERE ifnull(",
            $key!("f.key"),
            " NOT BETWEEN f.value ->> 0 AND f.value ->> 1, 1)))
                      GROUP BY u.status, u.send_status)"
        )
    };
}

/// ?2 and ?3 the ends of the period or both forms of the instance's id.
macro_rules! statement {
    ($way:expr, $table:literal, $key:ident, $instance:literal,
     [$($name:literal: $column:literal, $index:literal;)*]) => {
        match $way {
            $(
                Way::Range($name) | Way::RangeSorted($name) => count!(
                    $table, $key,
                    concat!("INDEXED BY ", $index, " WHERE ", $column, " BETWEEN ?2 AND ?3")
                ),
            )*
            Way::OfInstance => {
                count!($table, $key, concat!("WHERE ", $instance, " IN (?2, ?3)"))
            }
            _ => count!(
                $table, $key,
                "-- scan: a period of something that is no date
                 WHERE ?2 IS ?3"
            ),
        }
    };
}

/// Those of a listing. Indexes: `..._by_instance`, or the one of the column that its way names.
pub async fn some(db: Db, listing: &Listing) -> Result<String> {
    let way = listing.way();
    let sql = if listing.table == Table::ImageExists {
        statement!(way, "stacktach_image_exists", image_exists_key, "u.uuid", [
            "received": "u.received_us", "stacktach_image_exists_by_received";
            "created_at": "u.created_us", "stacktach_image_exists_by_created";
            "deleted_at": "u.deleted_us", "stacktach_image_exists_by_deleted";
            "audit_period_beginning": "u.audit_beginning_us", "stacktach_image_exists_by_beginning";
            "audit_period_ending": "u.audit_ending_us", "stacktach_image_exists_by_ending";
        ])
    } else {
        statement!(way, "stacktach_exists", exists_key, "u.instance", [
            "received": "u.received_us", "stacktach_exists_by_received";
            "launched_at": "u.launched_us", "stacktach_exists_by_launched";
            "deleted_at": "u.deleted_us", "stacktach_exists_by_deleted";
            "audit_period_beginning": "u.audit_beginning_us", "stacktach_exists_by_beginning";
            "audit_period_ending": "u.audit_ending_us", "stacktach_exists_by_ending";
        ])
    };
    let [first, second] = ends(listing);
    let [others] = params![listing.other_ranges(way)];
    Ok(db.text(sql, [others, first, second]).await?.unwrap_or_default())
}
