//! Templates and jobs.

use super::Resource;
use super::describe::{
    Description, by_id, by_text, flag, id, integer, many, one, text, title, word,
};

/// The units of a job's interval; empty: none.
pub const INTERVAL_TYPES: &[&str] = &["", "MINUTE", "HOUR", "DAY", "MONTH"];

/// `job_template`.
pub static JOB_TEMPLATE: Description = Description {
    name: "job_template",
    fields: &[
        id(),
        title("title", "What the template is called."),
        text("description", "What it is for.").or("\"\""),
        flag("enqueue_is_enabled", "Whether its jobs run on schedule.").or("true"),
        one("project", Resource::Project, "The project that it belongs to."),
        text("body", "The script, with {{ content|safe }} where a job's part goes.")
            .or("\"\"")
            .hidden(),
        text("notification_addresses", "Who is told of failures, one a line.").or("\"\"").hidden(),
    ],
    filters: &[
        by_text("title"),
        by_id("project"),
        by_id("project__id"),
        by_text("project__title"),
        by_id("project_id"),
    ],
    orders: &["id", "title"],
    list_methods: &["get"],
    detail_methods: &["get"],
};

/// `job`.
pub static JOB: Description = Description {
    name: "job",
    fields: &[
        id(),
        title("title", "What the job is called; unique in its template."),
        text("description", "What it is for.").or("\"\""),
        one("job_template", Resource::JobTemplate, "The template of its script."),
        one("worker_pool", Resource::WorkerPool, "The pool that runs it."),
        one("parent", Resource::Job, "The job after which this one runs.").nullable(),
        many("children", Resource::Job, "The jobs that run after this one.").blank().readonly(),
        text("script_content_partial", "Its part of the script.").or("\"\""),
        text("script_content", "The whole script.").blank().readonly(),
        flag("enqueue_is_enabled", "Whether it runs on schedule.").or("true"),
        integer("reschedule_interval", 1, i64::MAX, "After how many units it runs again.")
            .nullable(),
        word("reschedule_interval_type", INTERVAL_TYPES, "The unit of the interval.").or("\"\""),
        flag("run_on_all_workers", "Whether each worker of the pool runs it.").or("false"),
        flag("schedule_children_on_error", "Whether children run after a failure too.").or("false"),
        text("notification_addresses", "Who is told of failures, one a line.").or("\"\""),
        integer("disable_enqueue_after_fails", 0, i64::MAX, "After more failures it is disabled.")
            .nullable(),
        integer("max_attempts", 1, 100, "How often a run is tried when its worker is lost.")
            .or("1"),
        integer("fail_times", 0, i64::MAX, "How often it failed in a row.").or("0").readonly(),
        integer("last_completed_schedule_id", 1, i64::MAX, "The schedule that completed last.")
            .nullable()
            .readonly(),
    ],
    filters: &[
        by_text("title"),
        by_id("job_template"),
        by_id("job_template__id"),
        by_text("job_template__title"),
        by_id("job_template__project"),
        by_id("job_template__project__id"),
        by_text("job_template__project__title"),
        by_id("project_id"),
    ],
    orders: &["id", "title"],
    list_methods: &["get", "post"],
    detail_methods: &["get", "put", "patch"],
};
