//! People. Only the operator sees them here; their sessions are in [`super::sessions`].

use super::sql::{flag, picked, shown, text, uri, uris};

/// All people, for the operator. Index: primary key.
pub const PICK: &str = picked!(
    "-- scan: all of them are listed
     SELECT u.id, 0, NULL, NULL, NULL, NULL
       FROM job_runner_users AS u
      WHERE ?1 ->> 'kind' IN ('operator', 'bridge')"
);

/// People as JSON; never with their passwords.
pub const SHOW: &str = shown!(
    {
        "id" ("u.id")
        "resource_uri" (uri!("user", "u.id"))
        "username" (text!("u.username"))
        "groups" (uris!("group",
            "SELECT ug.group_id AS id
               FROM job_runner_user_groups AS ug
              WHERE ug.user_id = u.id
              ORDER BY ug.group_id"))
        "is_active" (flag!("u.is_active"))
    },
    "CROSS JOIN job_runner_users AS u ON u.id = picked.value
     WHERE ?2 ->> 'kind' IN ('operator', 'bridge')"
);
