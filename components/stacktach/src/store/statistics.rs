//! Numbers about the area itself, all of them kept as events come.

use assay_db::{Db, Result, params, wire_time};
use assay_web::time;

/// Counters, sizes and lags as a JSON object. Lag is how far the newest event is behind the
/// present.
pub async fn show(db: Db) -> Result<String> {
    const SQL: &str = concat!(
        "-- scan: a row for each deployment, name and status, of which there are tens
         SELECT json_object(
             'events', (SELECT ifnull(sum(n), 0) FROM stacktach_names),
             'services', json((SELECT json_group_object(name, n)
                            FROM (SELECT CASE svc WHEN 1 THEN 'nova'
                                                   WHEN 2 THEN 'glance' ELSE 'generic' END AS name,
                                         sum(n) AS n
                                    FROM stacktach_names GROUP BY svc))),
             'deployments', json((SELECT json_group_array(json_object(
                     'id', id, 'name', name, 'events', events, 'bytes', bytes, 'newest', ",
        wire_time!("newest_us"),
        ", 'lag_seconds', (?1 - newest_us) / 1000000))
                 FROM (SELECT id, name, events, bytes, newest_us
                         FROM stacktach_deployments
                        ORDER BY name))),
             'rejected', (SELECT n FROM stacktach_counters WHERE name = 'rejected'),
             'timings', (SELECT ifnull(sum(n), 0) FROM stacktach_timing_totals),
             'exists', json((SELECT json_group_array(json_object(
                     'service', iif(svc = 1, 'nova', 'glance'), 'status', status,
                     'send_status', send_status,
                     'count', n))
                 FROM (SELECT svc, status, send_status, n
                         FROM stacktach_exists_totals
                        WHERE n > 0))),
             'newest_id', (SELECT max(id) FROM stacktach_events),
             'oldest_id', (SELECT min(id) FROM stacktach_events))"
    );
    Ok(db.text(SQL, params![time::now()]).await?.unwrap_or_default())
}
