//! Every resource, every method, every kind of caller: one table, and what the API says of it.

use assay_tests::{Client, Value, json, unique};

use crate::acceptance::{Lab, Worker, id};
use crate::accounts::Person;

/// Who asks.
enum Caller<'a> {
    Nobody(&'a Client),
    Worker(&'a Worker),
    Person(&'a Person<'a>),
    Bearer(&'a Client),
}

impl Caller<'_> {
    fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> u16 {
        let bare = |client: &Client| {
            let request = client.request(method, path);
            match body {
                Some(body) => request.body(body.clone()).send().status(),
                None => request.send().status(),
            }
        };
        match self {
            Self::Nobody(client) | Self::Bearer(client) => bare(client),
            Self::Worker(worker) => worker.signed(method, path, body.cloned()).send().status(),
            Self::Person(person) => person.ask(method, path, body),
        }
    }
}

/// A resource: its object in the caller's project, one in a foreign project, a body that creates
/// one, and one that changes.
struct Row {
    resource: &'static str,
    own: String,
    foreign: String,
    new: Value,
    change: Value,
    /// For worker, viewer, admin: may read, create, change.
    rights: [&'static str; 3],
}

/// Two labs' worth of everything.
fn rows(lab: &Lab) -> Vec<Row> {
    let make = |resource: &str, body: Value| lab.make(resource, body);
    let log = |run: &str| make("run_log", json!({ "run": run, "content": "x" }));
    let kill = |run: &str| make("kill_request", json!({ "run": run }));
    let foreign_template = lab.see(&lab.job2)["job_template"].as_str().unwrap().to_owned();
    let user = make("user", json!({ "username": unique("u"), "password": "longenough" }));
    let exclude = json!({ "job": lab.job1, "start_time": "00:00", "end_time": "01:00" });
    let excluded = make("reschedule_exclude", exclude.clone());
    let fresh = make("run", json!({ "job": lab.job3 }));
    let told = notification(lab);
    let row = |resource, own: &str, foreign: &str, new, change, rights| Row {
        resource,
        own: own.into(),
        foreign: foreign.into(),
        new,
        change,
        rights,
    };
    let text = || json!({ "description": "changed" });
    let job =
        json!({ "title": unique("J"), "job_template": lab.template_a, "worker_pool": lab.pool1 });
    let template = json!({ "title": unique("T"), "project": lab.project_a });
    let worker = json!({ "title": "w", "api_key": unique("k") });
    let (r, none) = ("r", "");
    vec![
        row(
            "group",
            &lab.group1,
            &lab.group2,
            json!({ "name": unique("g") }),
            json!({}),
            [r, r, r],
        ),
        row("project", &lab.project_a, &lab.project_b, json!({ "title": "p" }), text(), [r, r, r]),
        row("worker_pool", &lab.pool1, &lab.pool2, json!({ "title": "p" }), text(), [r, r, r]),
        row("worker", &lab.worker1.uri, &lab.worker2.uri, worker, text(), ["rw", r, r]),
        row("job_template", &lab.template_a, &foreign_template, template, text(), [r, r, r]),
        row("job", &lab.job1, &lab.job2, job, text(), ["rc", r, "rw"]),
        row(
            "run",
            &lab.run1,
            &lab.run2,
            json!({ "job": lab.job1 }),
            json!({ "pid": 3 }),
            ["rcw", r, "rc"],
        ),
        row(
            "kill_request",
            &kill(&lab.run1),
            &kill(&lab.run2),
            json!({ "run": lab.run1 }),
            json!({}),
            ["rcw", r, "rc"],
        ),
        row(
            "run_log",
            &log(&lab.run1),
            &log(&lab.run2),
            json!({ "run": fresh }),
            json!({ "content": "y" }),
            ["rcw", r, r],
        ),
        row(
            "user",
            &user,
            &user,
            json!({ "username": unique("u"), "password": "longenough" }),
            json!({}),
            [none; 3],
        ),
        row("reschedule_exclude", &excluded, &excluded, exclude, json!({ "note": "x" }), [none; 3]),
        row("notification", &told, &told, json!({}), json!({ "sent_dts": null }), [none; 3]),
    ]
}

/// A notification of a run that has failed.
fn notification(lab: &Lab) -> String {
    let run = lab.make("run", json!({ "job": lab.job2 }));
    lab.change(&run, json!({ "return_dts": "2013-01-01 00:00", "return_success": false }));
    let told = lab.see(&format!("/api/v1/notification/?job={}", id(&lab.job2)));
    told["objects"][0]["resource_uri"].as_str().expect("a notification").to_owned()
}

/// What a caller with these rights is answered.
fn check(name: &str, caller: &Caller, row: &Row, rights: &str) {
    let may = |right: char| rights.contains(right);
    let list = format!("/api/v1/{}/", row.resource);
    let ask = |method: &str, path: &str, body: Option<&Value>| caller.ask(method, path, body);
    let said = |what: &str, status: u16, wanted: &[u16]| {
        assert!(
            wanted.contains(&status),
            "{name} {what} {}: {status}, not {wanted:?}",
            row.resource
        );
    };
    let set = |uri: &str| format!("{list}set/{}/", id(uri));
    for path in [&list, &format!("{list}schema/"), &row.own, &set(&row.own)] {
        for method in ["GET", "HEAD"] {
            said("reads", ask(method, path, None), if may('r') { &[200] } else { &[401] });
        }
    }
    for path in [&row.foreign, &set(&row.foreign)] {
        said("reads a foreign", ask("GET", path, None), &[401]);
    }
    said(
        "changes",
        ask("PATCH", &row.own, Some(&row.change)),
        if may('w') { &[202] } else { &[401] },
    );
    said("changes a foreign", ask("PATCH", &row.foreign, Some(&row.change)), &[401]);
    said("replaces a foreign", ask("PUT", &row.foreign, Some(&row.change)), &[401, 405]);
    let replaces = may('w') && row.resource == "job";
    let replaced = ask("PUT", &row.own, Some(&row.change));
    said("replaces", replaced, if replaces { &[204] } else { &[401, 405] });
    for path in [&row.own, &row.foreign, &list] {
        said("removes", ask("DELETE", path, None), &[401, 405]);
    }
    for method in ["PUT", "PATCH"] {
        said("changes all of", ask(method, &list, Some(&row.change)), &[401, 405]);
    }
    let refusal: &[u16] = if row.resource == "notification" { &[401, 405] } else { &[401] };
    said("creates", ask("POST", &list, Some(&row.new)), if may('c') { &[201] } else { refusal });
}

#[test]
fn every_caller_may_do_what_the_table_says_and_no_more() {
    let lab = Lab::new();
    let rows = rows(&lab);
    let admin = Person::in_group(&lab, &lab.group1);
    let viewers = lab.make("group", json!({ "name": unique("viewers") }));
    lab.change(&lab.project_a, json!({ "groups": [lab.group1, viewers] }));
    let viewer = Person::in_group(&lab, &viewers);
    for row in &rows {
        let [worker, view, administer] = row.rights;
        check("nobody", &Caller::Nobody(lab.anybody()), row, "");
        // The viewer is in another group than the one of the table.
        if row.resource != "group" {
            check("a viewer", &Caller::Person(&viewer), row, view);
        }
        check("an admin", &Caller::Person(&admin), row, administer);
        check("a worker", &Caller::Worker(&lab.worker1), row, worker);
    }
}

#[test]
fn the_bridge_reads_everything_and_the_operator_does_everything() {
    let lab = Lab::new();
    for row in rows(&lab) {
        let list = format!("/api/v1/{}/", row.resource);
        let bridge = Caller::Bearer(&lab.bridge);
        assert_eq!(bridge.ask("GET", &list, None), 200, "{}", row.resource);
        assert_eq!(bridge.ask("GET", &row.foreign, None), 200, "{}", row.resource);
        // The outbox is the bridge's to empty; only causes fill it.
        let is_outbox = row.resource == "notification";
        let (changed, created) = if is_outbox { (202, 405) } else { (401, 401) };
        assert_eq!(bridge.ask("PATCH", &row.own, Some(&row.change)), changed, "{}", row.resource);
        assert_eq!(bridge.ask("POST", &list, Some(&row.new)), created, "{}", row.resource);
        assert!([401, 405].contains(&bridge.ask("DELETE", &row.own, None)), "{}", row.resource);
        let operator = Caller::Bearer(&lab.operator);
        let created = if is_outbox { 405 } else { 201 };
        assert_eq!(operator.ask("GET", &row.foreign, None), 200, "{}", row.resource);
        assert_eq!(operator.ask("PATCH", &row.own, Some(&row.change)), 202, "{}", row.resource);
        assert_eq!(operator.ask("POST", &list, Some(&row.new)), created, "{}", row.resource);
    }
}

#[test]
fn a_worker_does_not_learn_which_keys_there_are() {
    let lab = Lab::new();
    for key in [lab.worker2.key.clone(), unique("nobody's")] {
        lab.worker1.patch(&lab.worker1.uri, json!({ "api_key": key })).expect(401);
    }
    lab.worker1.patch(&lab.worker1.uri, json!({ "api_key": lab.worker1.key })).expect(202);
}
