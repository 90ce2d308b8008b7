//! Retention: old events and their bodies go, what was derived from them stays.

use assay_db::{Db, Result, params};
use assay_web::time::Micros;

/// Deletes the oldest events before a moment, at most so many, and says how many they were. Their
/// bodies go by a trigger. Index: `stacktach_events_by_when`, for each service.
pub async fn events(db: Db, before: Micros, limit: i64) -> Result<usize> {
    const SQL: &str = "
        WITH
        nova    AS (SELECT id, when_us FROM stacktach_events
                     WHERE svc = 1 AND when_us < ?1 ORDER BY when_us, id LIMIT ?2 + 0),
        glance  AS (SELECT id, when_us FROM stacktach_events
                     WHERE svc = 2 AND when_us < ?1 ORDER BY when_us, id LIMIT ?2 + 0),
        generic AS (SELECT id, when_us FROM stacktach_events
                     WHERE svc = 3 AND when_us < ?1 ORDER BY when_us, id LIMIT ?2 + 0)
        DELETE FROM stacktach_events
         WHERE id IN (SELECT id
                        FROM (SELECT id, when_us FROM nova
                               UNION ALL SELECT id, when_us FROM glance
                               UNION ALL SELECT id, when_us FROM generic)
                       ORDER BY when_us, id
                       LIMIT ?2 + 0)
        RETURNING 1";
    db.count(SQL, params![before, limit]).await
}

/// Whether there are more.
pub async fn any_left(db: Db, before: Micros) -> Result<bool> {
    const SQL: &str = "
        SELECT 1
          FROM json_each('[1,2,3]') AS s
         CROSS JOIN stacktach_events AS e ON e.svc = s.value AND e.when_us < ?1
         LIMIT 1";
    db.any(SQL, params![before]).await
}
