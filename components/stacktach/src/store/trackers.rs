//! `stacktach_trackers`: how long users waited.

use assay_db::{Db, Result, params};
use assay_web::time::Micros;

use super::durations::duration;
use crate::domain::services::Service;
use crate::extract::Page;

macro_rules! kpi {
    ($from:literal) => {
        concat!(
            "SELECT json_group_array(json(cells))
               FROM (SELECT json_array('Event', 'Time', 'UUID', 'Deployment') AS cells
                      UNION ALL
                     SELECT json_array(t.event, ",
            duration!("t.duration_us"),
            ", t.instance, d.name)
                       FROM (SELECT event, duration_us, instance, deployment_id
                               FROM stacktach_trackers ",
            $from,
            "                ORDER BY duration_us, start_us
                              LIMIT ?2 + 0 OFFSET ?3 + 0) AS t
                       LEFT JOIN stacktach_deployments AS d ON d.id = t.deployment_id)"
        )
    };
}

/// The requests since then that have come to an end, fastest first; of all tenants or of one. All
/// of them unless a page is asked for: a cap would hide the slowest. Indexes:
/// `stacktach_trackers_by_start`, `..._by_tenant`.
pub async fn kpi(
    db: Db,
    since: Micros,
    tenant: Option<&str>,
    page: Option<Page>,
) -> Result<String> {
    const ALL: &str = kpi!(
        "INDEXED BY stacktach_trackers_by_start
         WHERE last_timing_id IS NOT NULL AND start_us >= ?1 AND ?4 IS NULL"
    );
    const OF_TENANT: &str = kpi!(
        "INDEXED BY stacktach_trackers_by_tenant
         WHERE last_timing_id IS NOT NULL AND start_us >= ?1 AND tenant = ?4"
    );
    let sql = if tenant.is_some() { OF_TENANT } else { ALL };
    let (limit, offset) = page.map_or((-1, 0), |page| (page.limit, page.offset));
    Ok(db.text(sql, params![since, limit, offset, tenant]).await?.unwrap_or_default())
}

/// Whether nova has ever said anything of this tenant. Index: `stacktach_events_by_tenant`.
pub async fn knows_tenant(db: Db, tenant: &str) -> Result<bool> {
    const SQL: &str = "
        SELECT 1
          FROM stacktach_events INDEXED BY stacktach_events_by_tenant
         WHERE svc = ?1 AND tenant = ?2
         LIMIT 1";
    db.any(SQL, params![Service::Nova.number(), tenant]).await
}
