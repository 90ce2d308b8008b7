//! The only SQL of the area, and `migrations/`: one file per resource, each with how its objects
//! are shown, how lists of them are picked, and how they change.
//!
//! Visibility is part of the statements: each takes the caller's scope ([`callers`]) as a
//! parameter. Lists are two statements, as everywhere: one picks numbers in the order of the answer
//! ([`reads::pick`], for runs [`run_lists`]), one shows what was picked as JSON text
//! ([`reads::show`]). In that text instants stand between marks (`domain::times`), because SQLite
//! knows no time zones.

pub mod admin;
pub mod callers;
pub mod dispatch;
pub mod groups;
pub mod job_templates;
pub mod jobs;
pub mod kill_requests;
pub mod notifications;
pub mod outcomes;
pub mod pings;
pub mod plans;
pub mod projects;
pub mod reads;
pub mod references;
pub mod reschedule_excludes;
pub mod run_lists;
pub mod run_logs;
pub mod runs;
pub mod sessions;
pub mod sql;
pub mod users;
pub mod worker_pools;
pub mod workers;

use assay_db::{Db, Migrations};

const MIGRATIONS: Migrations = Migrations {
    area: "job_runner",
    scripts: &[
        include_str!("../../migrations/0001_resources.sql"),
        include_str!("../../migrations/0002_runs.sql"),
        include_str!("../../migrations/0003_edits.sql"),
        include_str!("../../migrations/0004_scheduling.sql"),
    ],
};

/// This instance's connection, with this area's tables up to date.
pub async fn open() -> assay_db::Result<Db> {
    Db::open(&MIGRATIONS).await
}
