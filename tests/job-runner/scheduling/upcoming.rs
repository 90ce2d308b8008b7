//! `/api/v1/job/{id}/upcoming/`: what will run when, without storing anything.

use assay_tests::{Value, json};

use super::lab::Lab;

fn times(answer: &Value) -> Vec<String> {
    let objects = answer["objects"].as_array().expect("objects");
    objects.iter().map(|one| one["schedule_dts"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn scheduled_runs_come_first_and_computed_times_after_them() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({ "reschedule_interval": 2, "reschedule_interval_type": "HOUR" }));
    lab.create(
        "reschedule_exclude",
        json!({ "job": job, "start_time": "12:00", "end_time": "13:00" }),
    );
    let run = site.run(&job, json!({ "schedule_dts": "2999-06-01 08:30" }));
    let before = lab.read(&job);
    let upcoming = lab.read(&format!("{job}upcoming/?count=5"));
    let expected = ["08:30", "10:30", "14:30", "16:30", "18:30"];
    assert_eq!(times(&upcoming), expected.map(|time| format!("2999-06-01T{time}:00")));
    assert_eq!(upcoming["objects"][0]["run"], json!(run));
    assert_eq!(upcoming["objects"][1]["run"], Value::Null);
    assert_eq!(lab.read(&job), before);
    assert_eq!(lab.runs(&job, "scheduled").len(), 1, "nothing is stored");
}

#[test]
fn a_job_without_interval_has_its_scheduled_runs_only() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({}));
    assert_eq!(lab.read(&format!("{job}upcoming/")), json!({ "objects": [] }));
    let runs = ["2999-01-02 00:00", "2999-01-01 00:00"]
        .map(|at| site.run(&job, json!({ "schedule_dts": at, "is_manual": true })));
    let upcoming = lab.read(&format!("{job}upcoming/"));
    let planned: Vec<&Value> =
        upcoming["objects"].as_array().unwrap().iter().map(|one| &one["run"]).collect();
    assert_eq!(planned, [&json!(runs[1]), &json!(runs[0])]);
}

#[test]
fn ten_are_shown_unless_another_number_is_asked_for() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({ "reschedule_interval": 1, "reschedule_interval_type": "MONTH" }));
    site.run(&job, json!({ "schedule_dts": "2032-01-31 12:00" }));
    let upcoming = lab.read(&format!("{job}upcoming/"));
    assert_eq!(times(&upcoming).len(), 10);
    assert_eq!(times(&upcoming)[1], "2032-03-02T12:00:00");
    assert_eq!(times(&lab.read(&format!("{job}upcoming/?count=100"))).len(), 100);
    for count in ["0", "101", "x", "-1", "1.5"] {
        lab.operator.get(&format!("{job}upcoming/?count={count}")).expect(400);
    }
}

#[test]
fn the_outlook_is_for_those_who_see_the_job() {
    let lab = Lab::shared();
    let (site, other) = (lab.site(1), lab.site(1));
    let url = format!("{}upcoming/", site.job(json!({})));
    site.workers[0].get(&url).expect(200);
    other.workers[0].get(&url).expect(401);
    lab.anybody.get(&url).expect(401);
    lab.operator.get("/api/v1/job/999999999/upcoming/").expect(404);
    lab.operator.get("/api/v1/job/x/upcoming/").expect(404);
    lab.operator.post(&url, json!({})).expect(405);
}
