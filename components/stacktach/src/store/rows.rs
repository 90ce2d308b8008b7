//! Rows of the six tables of usage as JSON objects: some that were picked, or one.
//!
//! `raw` and `last_raw` are null once retention has deleted the event.

use assay_db::{Db, Result, params, wire_time};

use crate::domain::listings::Table;

macro_rules! event {
    ($column:literal) => {
        concat!("(SELECT id FROM stacktach_events WHERE id = ", $column, ")")
    };
}

macro_rules! launch {
    () => {
        concat!(
            "json_object('id', u.id, 'instance', u.instance, 'launched_at', ",
            wire_time!("u.launched_us"),
            ", 'request_id', u.request_id, 'instance_type_id', u.instance_type_id,
               'instance_flavor_id', u.instance_flavor_id, 'tenant', u.tenant,
               'os_architecture', u.os_architecture, 'os_distro', u.os_distro,
               'os_version', u.os_version, 'rax_options', u.rax_options)"
        )
    };
}

macro_rules! delete {
    () => {
        concat!(
            "json_object('id', u.id, 'instance', u.instance, 'launched_at', ",
            wire_time!("u.launched_us"),
            ", 'deleted_at', ",
            wire_time!("u.deleted_us"),
            ", 'raw', ",
            event!("u.raw"),
            ")"
        )
    };
}

macro_rules! exists {
    () => {
        concat!(
            "json_object('id', u.id, 'instance', u.instance, 'launched_at', ",
            wire_time!("u.launched_us"),
            ", 'deleted_at', ",
            wire_time!("u.deleted_us"),
            ", 'audit_period_beginning', ",
            wire_time!("u.audit_beginning_us"),
            ", 'audit_period_ending', ",
            wire_time!("u.audit_ending_us"),
            ", 'message_id', u.message_id, 'instance_type_id', u.instance_type_id,
               'instance_flavor_id', u.instance_flavor_id, 'status', u.status,
               'fail_reason', u.fail_reason, 'raw', ",
            event!("u.raw"),
            ", 'usage', u.usage_id, 'delete', u.delete_id, 'send_status', u.send_status,
               'tenant', u.tenant, 'os_architecture', u.os_architecture,
               'os_distro', u.os_distro, 'os_version', u.os_version,
               'rax_options', u.rax_options, 'bandwidth_public_out', u.bandwidth_public_out,
               'event_id', u.event_id, 'received', ",
            wire_time!("u.received_us"),
            ")"
        )
    };
}

macro_rules! image {
    () => {
        concat!(
            "json_object('id', u.id, 'uuid', u.uuid, 'created_at', ",
            wire_time!("u.created_us"),
            ", 'owner', u.owner, 'size', u.size, 'last_raw', ",
            event!("u.last_raw"),
            ")"
        )
    };
}

macro_rules! image_delete {
    () => {
        concat!(
            "json_object('id', u.id, 'uuid', u.uuid, 'deleted_at', ",
            wire_time!("u.deleted_us"),
            ", 'raw', ",
            event!("u.raw"),
            ")"
        )
    };
}

macro_rules! image_exists {
    () => {
        concat!(
            "json_object('id', u.id, 'uuid', u.uuid, 'created_at', ",
            wire_time!("u.created_us"),
            ", 'deleted_at', ",
            wire_time!("u.deleted_us"),
            ", 'audit_period_beginning', ",
            wire_time!("u.audit_beginning_us"),
            ", 'audit_period_ending', ",
            wire_time!("u.audit_ending_us"),
            ", 'status', u.status, 'fail_reason', u.fail_reason, 'raw', ",
            event!("u.raw"),
            ", 'usage', u.usage_id, 'delete', u.delete_id, 'send_status', u.send_status,
               'owner', u.owner, 'size', u.size, 'message_id', u.message_id,
               'event_id', u.event_id, 'received', ",
            wire_time!("u.received_us"),
            ")"
        )
    };
}

/// A row of each table, `$row!()` being its object. `$from` says which rows.
macro_rules! of_table {
    ($table:expr, $select:literal, $from:literal) => {
        match $table {
            Table::Launches => of_table!(@ $select, launch, $from, "stacktach_launches"),
            Table::Deletes => of_table!(@ $select, delete, $from, "stacktach_deletes"),
            Table::Exists => of_table!(@ $select, exists, $from, "stacktach_exists"),
            Table::Images => of_table!(@ $select, image, $from, "stacktach_images"),
            Table::ImageDeletes => {
                of_table!(@ $select, image_delete, $from, "stacktach_image_deletes")
            }
            Table::ImageExists => {
                of_table!(@ $select, image_exists, $from, "stacktach_image_exists")
            }
        }
    };
    (@ $select:literal, $row:ident, $from:literal, $table:literal) => {
        concat!(
            "SELECT ", $select, "(", $row!(), ") FROM ", $from, $table, " AS u ON u.id = p.value"
        )
    };
}

/// The rows of these ids in their order; a JSON array for a JSON array. Index: the primary keys.
pub async fn show(db: Db, table: Table, ids: &str) -> Result<String> {
    let sql = of_table!(table, "json_group_array", "json_each(?1) AS p CROSS JOIN ");
    Ok(db.text(sql, params![ids]).await?.unwrap_or_default())
}

/// The row of one id, a JSON object. Index: the primary keys.
pub async fn one(db: Db, table: Table, id: i64) -> Result<Option<String>> {
    let sql = of_table!(table, "json", "(SELECT ?1 AS value) AS p CROSS JOIN ");
    db.text(sql, params![id]).await
}
