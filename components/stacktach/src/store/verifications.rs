//! Verification: what is to be verified, and what came out of it.
//!
//! A pass reads, decides, and writes its verdicts with one statement, each on condition that the audit's
//! status is still the one that was read. So a pass that dies has changed nothing, two passes at once
//! do not count anything twice, and nobody ever sees the `verifying` of upstream; where an older
//! store has left one, it counts as pending.

use assay_db::{Db, FromRow, Result, Row, params};
use assay_web::time::Micros;

use crate::domain::services::Service;
use crate::domain::verdicts::Verdict;

/// The next audits that ended by then, `pending` first, then by id: a JSON array for the domain to
/// read. Indexes: `..._to_verify`, and those of what they are compared with.
pub async fn next(db: Db, service: Service, ended_by: Micros, limit: i64) -> Result<String> {
    const NOVA: &str = include_str!("verify_nova.sql");
    const GLANCE: &str = include_str!("verify_glance.sql");
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

/// How many are left that ended by then. Indexes: `..._by_status`.
pub async fn remaining(db: Db, service: Service, ended_by: Micros) -> Result<i64> {
    const NOVA: &str = "
        SELECT count(*)
          FROM json_each('[\"pending\", \"verifying\", \"sent_unverified\", \"sent_verifying\"]') AS s
         CROSS JOIN stacktach_exists AS e INDEXED BY stacktach_exists_by_status
            ON e.status = s.value AND e.audit_ending_us <= ?1";
    const GLANCE: &str = "
        SELECT count(*)
          FROM json_each('[\"pending\", \"verifying\", \"sent_unverified\", \"sent_verifying\"]') AS s
         CROSS JOIN stacktach_image_exists AS e INDEXED BY stacktach_image_exists_by_status
            ON e.status = s.value AND e.audit_ending_us <= ?1";
    let sql = if service == Service::Glance { GLANCE } else { NOVA };
    Ok(db.int(sql, params![ended_by]).await?.unwrap_or_default())
}
