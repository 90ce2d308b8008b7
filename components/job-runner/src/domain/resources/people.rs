//! Groups, projects, pools and workers: who may see what, and who runs it.

use super::Resource;
use super::describe::{
    Description, by_id, by_key, by_text, filled, flag, id, integer, many, name, text, time, title,
};

/// `group`.
pub static GROUP: Description = Description {
    name: "group",
    fields: &[id(), title("name", "What the group is called.").unique()],
    filters: &[],
    orders: &["id"],
    list_methods: &["get"],
    detail_methods: &["get"],
};

/// `project`.
pub static PROJECT: Description = Description {
    name: "project",
    fields: &[
        id(),
        title("title", "What the project is called."),
        text("description", "What it is for.").or("\"\""),
        flag("enqueue_is_enabled", "Whether its jobs run on schedule.").or("true"),
        many("worker_pools", Resource::WorkerPool, "The pools that run its jobs.").or("[]"),
        many("auth_groups", Resource::Group, "Who may change its jobs and start runs.").or("[]"),
        many("groups", Resource::Group, "Who may see it.").or("[]").hidden(),
        text("notification_addresses", "Who is told of failures, one a line.").or("\"\"").hidden(),
    ],
    filters: &[by_id("id"), by_text("title")],
    orders: &["id", "title"],
    list_methods: &["get"],
    detail_methods: &["get"],
};

/// `worker_pool`.
pub static WORKER_POOL: Description = Description {
    name: "worker_pool",
    fields: &[
        id(),
        title("title", "What the pool is called."),
        text("description", "What it is for.").or("\"\""),
        flag("enqueue_is_enabled", "Whether it takes scheduled runs.").or("true"),
        many("workers", Resource::Worker, "The machines in it.").or("[]"),
        text("notification_addresses", "Who is told of failures, one a line.").or("\"\"").hidden(),
    ],
    filters: &[by_text("title"), by_id("project_id")],
    orders: &["id", "title"],
    list_methods: &["get"],
    detail_methods: &["get"],
};

/// `worker`.
pub static WORKER: Description = Description {
    name: "worker",
    fields: &[
        id(),
        title("title", "What the machine is called."),
        name("api_key", 255, |c| c == ':', "The name with which it signs.").unique(),
        filled("secret", 255, "What it signs with.").blank().hidden(),
        text("description", "What it is.").or("\"\""),
        flag("enqueue_is_enabled", "Whether it takes runs.").or("true"),
        time("ping_response_dts", "When it last answered a ping.").nullable(),
        filled("worker_version", 100, "The version of its program.").nullable(),
        integer("concurrent_jobs", 0, i64::MAX, "How many runs it takes at once.").nullable(),
        flag("is_responsive", "Whether it has answered the last pings.").blank().readonly(),
    ],
    filters: &[by_key("api_key"), by_id("project_id")],
    orders: &["id", "title"],
    list_methods: &["get"],
    detail_methods: &["get", "patch"],
};
