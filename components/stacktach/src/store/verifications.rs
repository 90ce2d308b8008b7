//! Verification: what is to be verified, and what came out of it.
//!
//! A pass reads, decides, and writes its verdicts with one statement, each on condition that the
//! audit's status is still the one that was read. So a pass that dies has changed nothing, two
//! passes at once do not count anything twice, and nobody ever sees the `verifying` of upstream;
//! where an older store has left one, it counts as pending.

use assay_db::{Db, FromRow, Result, Row, params};
use assay_web::time::Micros;

use crate::domain::services::Service;
use crate::domain::verdicts::Verdict;

/// The next audits of one status. ?1 they ended by then, ?2 at most so many.
macro_rules! of_status {
    ($table:literal, $status:literal) => {
        concat!(
            "SELECT id
               FROM (SELECT id
                       FROM ",
            $table,
            " INDEXED BY ",
            $table,
            "_to_verify
                      WHERE status = '",
            $status,
            "' AND audit_ending_us <= ?1
                      ORDER BY id
                      LIMIT ?2 + 0)"
        )
    };
}

/// The next audits, as a table `todo`.
macro_rules! queue {
    ($table:literal) => {
        concat!(
            "WITH todo (audit_id) AS MATERIALIZED (",
            of_status!($table, "verifying"),
            " UNION ALL ",
            of_status!($table, "pending"),
            " UNION ALL ",
            of_status!($table, "sent_verifying"),
            " UNION ALL ",
            of_status!($table, "sent_unverified"),
            " LIMIT ?2 + 0) "
        )
    };
}

/// A row as `domain::verification::Facts`.
macro_rules! facts {
    ($deleted:literal) => {
        concat!(
            "json_object(
                'id', id, 'launched_us', launched_us, 'deleted_us', ",
            $deleted,
            ", 'instance_type_id', instance_type_id, 'instance_flavor_id', instance_flavor_id,
                'tenant', tenant, 'rax_options', rax_options, 'os_architecture', os_architecture,
                'os_version', os_version, 'os_distro', os_distro)"
        )
    };
}

/// Rows of the audit's instance that were launched in the same second.
macro_rules! of_launch {
    ($table:literal, $index:literal) => {
        concat!(
            " FROM ",
            $table,
            " INDEXED BY ",
            $index,
            "
             WHERE instance = a.instance
               AND launched_us >= a.launched_us / 1000000 * 1000000
               AND launched_us < a.launched_us / 1000000 * 1000000 + 1000000"
        )
    };
}

/// Each audit as `domain::verification::Audit`. Two candidates are enough to see that there is not
/// one.
const NOVA: &str = concat!(
    queue!("stacktach_exists"),
    "SELECT json_group_array(json_object(
                'facts', ",
    facts!("deleted_us"),
    ", 'instance', a.instance, 'status', a.status, 'image_type', a.image_type,
                'launch', json((SELECT ",
    facts!("NULL"),
    " FROM stacktach_launches WHERE id = a.usage_id)),
                'launches', json(CASE
                    WHEN a.usage_id IS NULL
                     AND EXISTS (SELECT 1 FROM stacktach_launches WHERE instance = a.instance)
                    THEN (SELECT json_group_array(json(f)) FROM (SELECT ",
    facts!("NULL"),
    " AS f ",
    of_launch!("stacktach_launches", "stacktach_launches_by_instance"),
    " LIMIT 2)) END),
                'delete', json((
                    SELECT json_object(
                               'id', id, 'launched_us', launched_us, 'deleted_us', deleted_us)
                      FROM stacktach_deletes
                     WHERE id = a.delete_id)),
                'deletes', json((SELECT json_group_array(json(f)) FROM (
                    SELECT json_object(
                               'id', id, 'launched_us', launched_us, 'deleted_us', deleted_us)
                           AS f",
    of_launch!("stacktach_deletes", "stacktach_deletes_by_instance"),
    " LIMIT 2))),
                'was_deleted', EXISTS (SELECT 1",
    of_launch!("stacktach_deletes", "stacktach_deletes_by_instance"),
    " AND deleted_us <= a.audit_ending_us),
                'reconciles', json(CASE
                    WHEN EXISTS (SELECT 1 FROM stacktach_reconciles WHERE instance = a.instance)
                    THEN (SELECT json_group_array(json(f)) FROM (SELECT ",
    facts!("deleted_us"),
    " AS f ",
    of_launch!("stacktach_reconciles", "stacktach_reconciles_once"),
    " LIMIT 2)) END)))
      FROM todo
     CROSS JOIN stacktach_exists AS a ON a.id = todo.audit_id"
);

/// Each audit as `domain::image_verification::ImageAudit`.
const GLANCE: &str = concat!(
    queue!("stacktach_image_exists"),
    "SELECT json_group_array(json_object(
                'id', a.id, 'uuid', a.uuid, 'status', a.status, 'created_us', a.created_us,
                'deleted_us', a.deleted_us, 'owner', a.owner, 'size', a.size,
                'image', json((
                    SELECT json_object(
                               'id', id, 'created_us', created_us, 'owner', owner, 'size', size)
                      FROM stacktach_images
                     WHERE id = ifnull(a.usage_id, (SELECT id
                                                      FROM stacktach_images
                                                     WHERE uuid = a.uuid)))),
                'delete', json((
                    SELECT json_object('id', id, 'deleted_us', deleted_us)
                      FROM stacktach_image_deletes
                     WHERE id = a.delete_id)),
                'deletes', json((
                    SELECT json_group_array(json_object('id', id, 'deleted_us', deleted_us))
                      FROM (SELECT id, deleted_us
                              FROM stacktach_image_deletes
                             WHERE uuid = a.uuid
                             LIMIT 2))),
                'was_deleted', EXISTS (
                    SELECT 1
                      FROM stacktach_image_deletes
                     WHERE uuid = a.uuid
                       AND deleted_us <= a.audit_ending_us)))
      FROM todo
     CROSS JOIN stacktach_image_exists AS a ON a.id = todo.audit_id"
);

/// The next audits that ended by then, pending ones first, then by id: a JSON array for the domain
/// to read. Indexes: `..._to_verify`, and those of what they are compared with.
pub async fn next(db: Db, service: Service, ended_by: Micros, limit: i64) -> Result<String> {
    let sql = if service == Service::Glance { GLANCE } else { NOVA };
    Ok(db.text(sql, params![ended_by, limit]).await?.unwrap_or_default())
}

/// The status that an audit has got.
pub struct Status(pub String);

impl FromRow for Status {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.text("status").map(Self)
    }
}

macro_rules! settle {
    ($table:literal) => {
        concat!(
            "UPDATE ",
            $table,
            " AS e
                SET status      = v.value ->> 'status',
                    fail_reason = v.value ->> 'fail_reason',
                    usage_id    = ifnull(v.value ->> 'usage', e.usage_id),
                    delete_id   = ifnull(v.value ->> 'delete', e.delete_id)
               FROM json_each(?1) AS v
              WHERE e.id = v.value ->> 'id'
                AND e.status = v.value ->> 'was'
             RETURNING status"
        )
    };
}

/// Stores verdicts, all or none; gives the status of each audit that they have changed. Index: the
/// primary key.
pub async fn settle(db: Db, service: Service, verdicts: &[Verdict]) -> Result<Vec<Status>> {
    let sql = if service == Service::Glance {
        settle!("stacktach_image_exists")
    } else {
        settle!("stacktach_exists")
    };
    db.all(sql, params![serde_json::to_string(verdicts).unwrap_or_default()]).await
}

macro_rules! remaining {
    ($table:literal) => {
        concat!(
            r#"SELECT count(*)
                 FROM json_each('["pending","verifying","sent_unverified","sent_verifying"]') AS s
                CROSS JOIN "#,
            $table,
            " AS e INDEXED BY ",
            $table,
            "_by_status ON e.status = s.value AND e.audit_ending_us <= ?1"
        )
    };
}

/// How many are left that ended by then. Indexes: `..._by_status`.
pub async fn remaining(db: Db, service: Service, ended_by: Micros) -> Result<i64> {
    let sql = if service == Service::Glance {
        remaining!("stacktach_image_exists")
    } else {
        remaining!("stacktach_exists")
    };
    Ok(db.int(sql, params![ended_by]).await?.unwrap_or_default())
}
