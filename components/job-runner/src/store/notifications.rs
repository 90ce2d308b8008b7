//! The outbox: what upstream would have mailed.

use super::sql::{picked, shown, text, time, uri};

/// Notifications by whether they were sent, by job and by kind, for the operator and the bridge.
/// Index: primary key.
pub const PICK: &str = picked!(
    "-- scan: all of them are listed unless a filter is given
     SELECT n.id, octet_length(n.body), NULL, NULL, NULL, NULL
       FROM job_runner_notifications AS n
      WHERE ?1 ->> 'kind' IN ('operator', 'bridge')
        AND (?2 ->> 'sent' IS NULL OR (n.sent_dts IS NULL) <> ?2 ->> 'sent')
        AND (?2 ->> 'job' IS NULL OR n.job_id = ?2 ->> 'job')
        AND (?2 ->> 'kind' IS NULL OR n.kind = ?2 ->> 'kind')"
);

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
