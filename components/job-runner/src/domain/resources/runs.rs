//! Runs, the requests to kill them, and their logs.

use super::Resource;
use super::describe::{
    Description, Filter, Kind, TIME_LOOKUPS, by_flag, by_id, by_key, by_text, flag, id, integer,
    one, text, time,
};

/// `run`.
pub static RUN: Description = Description {
    name: "run",
    fields: &[
        id(),
        one("job", Resource::Job, "What runs."),
        integer("schedule_id", 1, i64::MAX, "The same for all runs of one execution.")
            .blank()
            .readonly(),
        one("worker", Resource::Worker, "The machine that runs it.").nullable(),
        time("schedule_dts", "When it is to run.").blank(),
        time("enqueue_dts", "When a worker took it.").nullable(),
        time("start_dts", "When it started.").nullable(),
        time("return_dts", "When it returned.").nullable(),
        flag("return_success", "Whether it succeeded.").nullable(),
        integer("pid", 0, i64::MAX, "Its process on the worker.").nullable(),
        flag("is_manual", "Whether a person started it.").or("false"),
        flag("schedule_children", "Whether the job's children run after it.").or("true"),
        one("run_log", Resource::RunLog, "What it printed.").nullable().readonly(),
        integer("attempt", 1, i64::MAX, "How often it was handed out.").or("1").readonly(),
        time("lease_expires_dts", "Until when its worker must be heard of.").nullable().readonly(),
    ],
    filters: &[
        by_id("job"),
        by_id("job__id"),
        by_text("job__title"),
        by_id("job__job_template"),
        by_id("job__job_template__id"),
        by_text("job__job_template__title"),
        by_id("job__job_template__project"),
        by_id("job__job_template__project__id"),
        by_text("job__job_template__project__title"),
        Filter { lookups: &["isnull"], ..by_id("worker") },
        by_id("worker__id"),
        by_key("worker__api_key"),
        by_flag("is_manual"),
        Filter { path: "schedule_dts", kind: Kind::Time, lookups: TIME_LOOKUPS },
        by_id("project_id"),
        by_id("schedule_id"),
    ],
    orders: &["id", "schedule_dts"],
    list_methods: &["get", "post"],
    detail_methods: &["get", "patch"],
};

/// `kill_request`.
pub static KILL_REQUEST: Description = Description {
    name: "kill_request",
    fields: &[
        id(),
        one("run", Resource::Run, "What is to be killed."),
        time("schedule_dts", "When it was asked for.").blank().readonly(),
        time("enqueue_dts", "When the worker heard of it.").nullable(),
        time("execute_dts", "When the worker killed the run.").nullable(),
    ],
    filters: &[by_id("run")],
    orders: &["id", "schedule_dts"],
    list_methods: &["get", "post"],
    detail_methods: &["get", "patch"],
};

/// `run_log`.
pub static RUN_LOG: Description = Description {
    name: "run_log",
    fields: &[
        id(),
        one("run", Resource::Run, "The run that printed it.").unique(),
        text("content", "What it printed.").nullable(),
    ],
    filters: &[by_id("run")],
    orders: &["id"],
    list_methods: &["get", "post"],
    detail_methods: &["get", "patch"],
};
