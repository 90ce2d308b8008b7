//! What only the operator sees: people, excludes, the outbox.

use super::Resource;
use super::describe::{
    Description, by_flag, by_id, by_text, clock, filled, flag, id, many, name, one, text, time,
    title,
};

/// `user`.
pub static USER: Description = Description {
    name: "user",
    fields: &[
        id(),
        name("username", 150, char::is_whitespace, "The name to log in with.").unique(),
        filled("password", 4096, "The password; never shown.").blank().hidden(),
        filled("password_hash", 255, "A password as Django keeps it.").blank().hidden(),
        many("groups", Resource::Group, "The groups that the person is in.").or("[]"),
        flag("is_active", "Whether the person may log in.").or("true"),
    ],
    filters: &[],
    orders: &["id"],
    list_methods: &["get"],
    detail_methods: &["get"],
};

/// `reschedule_exclude`.
pub static RESCHEDULE_EXCLUDE: Description = Description {
    name: "reschedule_exclude",
    fields: &[
        id(),
        one("job", Resource::Job, "The job that is not scheduled again then."),
        clock("start_time", "From this time of day on."),
        clock("end_time", "To this one, which may be on the next day."),
        text("note", "Why.").or("\"\""),
    ],
    filters: &[by_id("job")],
    orders: &["id"],
    list_methods: &["get"],
    detail_methods: &["get"],
};

/// `notification`.
pub static NOTIFICATION: Description = Description {
    name: "notification",
    fields: &[
        id(),
        title("kind", "What happened.").readonly(),
        time("created_dts", "When.").readonly(),
        text("subject", "The subject of the mail.").readonly(),
        text("body", "Its text.").readonly(),
        text("addresses", "Who is to get it, a list.").readonly(),
        one("run", Resource::Run, "The run that it is about.").nullable().readonly(),
        one("job", Resource::Job, "The job that it is about.").nullable().readonly(),
        time("sent_dts", "When it was sent.").nullable(),
    ],
    filters: &[by_flag("sent"), by_id("job"), by_text("kind")],
    orders: &["id"],
    list_methods: &["get"],
    detail_methods: &["get", "patch"],
};
