//! The outbox: what upstream would have mailed.

use assay_db::{Db, FromRow, Result, Row, params};
use assay_web::time::Micros;

use super::sql::{shown, text, time, uri};
use crate::domain::filters::Filters;

/// A page of notifications. `$among` is the condition that has an index, if there is one.
macro_rules! page {
    ($among:literal, $order:literal) => {
        concat!(
            "SELECT (SELECT count(*) FROM job_runner_notifications AS n WHERE ",
            checks!($among),
            ") AS total,
                    (SELECT json_group_array(json_array(id, weight))
                       FROM (SELECT n.id, octet_length(n.body) AS weight
                               FROM job_runner_notifications AS n
                              WHERE ",
            checks!($among),
            " ORDER BY ",
            $order,
            " LIMIT ?4 + 0 OFFSET ?5 + 0)) AS picked"
        )
    };
}

macro_rules! checks {
    ($among:literal) => {
        concat!(
            $among,
            " AND ?1 ->> 'kind' IN ('operator', 'bridge')
              AND (?2 ->> 'sent' IS NULL OR (n.sent_dts IS NULL) <> ?2 ->> 'sent')
              AND (?2 ->> 'job' IS NULL OR n.job_id = ?2 ->> 'job')
              AND (?2 ->> 'kind' IS NULL OR n.kind = ?2 ->> 'kind')"
        )
    };
}

macro_rules! pages {
    ($among:literal, $order:expr) => {
        match $order {
            "-id" => page!($among, "n.id DESC"),
            _ => page!($among, "n.id"),
        }
    };
}

/// A page of what the operator and the bridge see: of a job, or by whether they were sent, or all.
/// Index: job_id; whether sent; primary key.
pub fn pick(filters: &Filters) -> &'static str {
    let order = filters.order.as_str();
    if filters.has("job") {
        pages!("n.job_id = (?2 ->> 'job')", order)
    } else if filters.has("sent") {
        pages!("(n.sent_dts IS NULL) = (1 - (?2 ->> 'sent'))", order)
    } else {
        pages!("-- scan: all of them are listed, and old ones go away (`prune`)\n n.id > 0", order)
    }
}

/// Removes up to 100 of the oldest that were made before `until`, sent or not: nobody waits for
/// them any more. Index: primary key.
pub async fn prune(db: Db, until: Micros) -> Result<usize> {
    const SQL: &str = "
        DELETE FROM job_runner_notifications
         WHERE id IN (SELECT oldest.id
                        FROM job_runner_notifications AS oldest
                       ORDER BY oldest.id
                       LIMIT 100)
           AND created_dts < ?1
        RETURNING id";
    db.count(SQL, params![until]).await
}

/// Notifications as JSON.
pub const SHOW: &str = shown!(
    {
        "id" ("n.id")
        "resource_uri" (uri!("notification", "n.id"))
        "kind" (text!("n.kind"))
        "created_dts" (time!("n.created_dts"))
        "subject" (text!("n.subject"))
        "body" (text!("n.body"))
        "addresses" ("n.addresses")
        "run" (uri!("run", "(SELECT r.id FROM job_runner_runs AS r WHERE r.id = n.run_id)"))
        "job" (uri!("job", "(SELECT j.id FROM job_runner_jobs AS j WHERE j.id = n.job_id)"))
        "sent_dts" (time!("n.sent_dts"))
    },
    "CROSS JOIN job_runner_notifications AS n ON n.id = picked.value
     WHERE ?2 ->> 'kind' IN ('operator', 'bridge')"
);

/// Notes when a notification was sent (or that it was not); false when there is none of that
/// number. Index: primary key.
pub async fn set_sent(db: Db, id: i64, sent: Option<Micros>) -> Result<bool> {
    const SQL: &str =
        "UPDATE job_runner_notifications SET sent_dts = ?2 WHERE id = ?1 RETURNING id";
    db.any(SQL, params![id, sent]).await
}

/// The oldest notifications that the webhook has not taken yet. Index: the unposted ones.
pub async fn unposted(db: Db) -> Result<Vec<i64>> {
    const SQL: &str = "
        SELECT n.id
          FROM job_runner_notifications AS n
         WHERE n.posted_dts IS NULL
         ORDER BY n.id
         LIMIT 10";
    Ok(db.all::<Unposted>(SQL, []).await?.into_iter().map(|unposted| unposted.0).collect())
}

struct Unposted(i64);

impl FromRow for Unposted {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        row.int("id").map(Self)
    }
}

/// Notes that the webhook has taken a notification. Index: primary key.
pub async fn set_posted(db: Db, id: i64, now: Micros) -> Result<()> {
    const SQL: &str = "UPDATE job_runner_notifications SET posted_dts = ?2 WHERE id = ?1";
    db.run(SQL, params![id, now]).await
}
