//! What follows when runs return: the next run of the job, its children, failures that are counted,
//! notifications.

use assay_tests::{Value, json, race};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};

use super::lab::{Lab, ZONE, id, uri};

/// The one run of a job in this state.
#[track_caller]
fn only(lab: &Lab, job: &str, state: &str) -> Value {
    let runs = lab.runs(job, state);
    assert_eq!(runs.len(), 1, "{state} runs of {job}: {runs:?}");
    runs[0].clone()
}

fn kinds(lab: &Lab, job: &str) -> Vec<String> {
    let told = lab.list(&format!("/api/v1/notification/?job={}", id(job)));
    told.iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect()
}

/// A time of an answer.
#[track_caller]
fn local(value: &Value) -> DateTime {
    value.as_str().and_then(|text| text.parse().ok()).expect("a local time")
}

fn zone() -> TimeZone {
    TimeZone::get(ZONE).expect("the zone of these tests")
}

/// How a local time is written in a request, the offset with it.
fn written(time: Timestamp) -> String {
    time.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[test]
fn a_returned_run_plans_the_next_one_and_its_children() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({ "reschedule_interval": 1, "reschedule_interval_type": "DAY" }));
    let child = site.job(json!({ "parent": job }));
    let off = site.job(json!({ "parent": job, "enqueue_is_enabled": false }));
    let run = site.due(&job);
    site.work(&run, true);

    let next = only(&lab, &job, "scheduled");
    let (now, next) = (zone().to_datetime(Timestamp::now()), local(&next["schedule_dts"]));
    // Midnight UTC was one o'clock in winter, and one o'clock it stays.
    assert_eq!(next.time().to_string(), "01:00:00");
    assert!(next > now && next <= now + 25.hours(), "{next} is not the next one o'clock");
    let after = only(&lab, &child, "scheduled");
    assert_eq!((&after["is_manual"], &after["schedule_id"]), (&json!(false), &after["id"]));
    assert!(local(&after["schedule_dts"]) <= now, "a child is due at once");
    assert_eq!(lab.runs(&off, "scheduled").len(), 0, "a disabled child has no run");
    assert_eq!(uri(&only(&lab, &job, "last_completed")), run);
    assert_eq!(kinds(&lab, &job), Vec::<String>::new());
}

#[test]
fn the_first_return_is_final() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({ "reschedule_interval": 1, "reschedule_interval_type": "HOUR" }));
    let child = site.job(json!({ "parent": job }));
    let run = site.due(&job);
    site.work(&run, true);
    let stored = lab.read(&run);
    site.workers[0].give_back(&run, true).expect(202);
    assert_eq!(lab.read(&run), stored);
    site.workers[0].give_back(&run, false).expect(409);
    assert_eq!(lab.read(&run), stored);
    assert_eq!((lab.runs(&job, "scheduled").len(), lab.runs(&child, "scheduled").len()), (1, 1));
}

#[test]
fn a_failed_run_is_told_and_stops_its_children() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({}));
    let child = site.job(json!({ "parent": job }));
    site.work(&site.due(&job), false);
    assert_eq!(lab.runs(&child, "scheduled").len(), 0);
    assert_eq!(kinds(&lab, &job), ["run_failed"]);

    let job = site.job(json!({ "schedule_children_on_error": true }));
    let child = site.job(json!({ "parent": job }));
    site.work(&site.due(&job), false);
    assert_eq!(lab.runs(&child, "scheduled").len(), 1);
}

#[test]
fn a_run_may_leave_the_children_out() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({}));
    let child = site.job(json!({ "parent": job }));
    site.work(&site.run(&job, json!({ "schedule_children": false })), true);
    assert_eq!(lab.runs(&child, "scheduled").len(), 0);
}

#[test]
fn a_return_without_an_outcome_has_failed_and_fills_what_was_never_said() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let run = site.due(&site.job(json!({})));
    let body = json!({ "return_dts": "2013-01-01 00:00:02.5+00:00" });
    site.workers[0].patch(&run, body).expect(202);
    let run = lab.read(&run);
    assert_eq!(run["return_success"], false);
    for field in ["enqueue_dts", "start_dts", "return_dts"] {
        assert_eq!(run[field], "2013-01-01T01:00:02.500000", "{field}");
    }
}

#[test]
fn a_job_is_disabled_after_more_failures_in_a_row_than_it_may_have() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({ "disable_enqueue_after_fails": 3 }));
    let outcome = |success| {
        site.work(&site.run(&job, json!({ "is_manual": true })), success);
        let job = lab.read(&job);
        (job["fail_times"].as_i64().unwrap(), job["enqueue_is_enabled"].as_bool().unwrap())
    };
    for (success, expected) in [
        (false, (1, true)),
        (false, (2, true)),
        (true, (0, true)),
        (false, (1, true)),
        (false, (2, true)),
        (false, (3, true)),
        (false, (4, false)),
    ] {
        assert_eq!(outcome(success), expected);
    }
    let told = kinds(&lab, &job);
    assert_eq!(told.iter().filter(|kind| *kind == "job_disabled").count(), 1);
    assert_eq!(told.iter().filter(|kind| *kind == "run_failed").count(), 6);
}

#[test]
fn zero_and_null_never_disable_a_job() {
    let lab = Lab::shared();
    let site = lab.site(1);
    for after in [json!(0), Value::Null] {
        let job = site.job(json!({ "disable_enqueue_after_fails": after }));
        site.work(&site.due(&job), false);
        assert_eq!(lab.read(&job)["enqueue_is_enabled"], true);
    }
}

#[test]
fn siblings_are_one_schedule_that_ends_with_the_last_of_them() {
    let lab = Lab::shared();
    let site = lab.site(3);
    let job = site.job(json!({ "run_on_all_workers": true, "reschedule_interval": 1,
                               "reschedule_interval_type": "HOUR",
                               "schedule_children_on_error": true }));
    let child = site.job(json!({ "parent": job }));
    let first = site.due(&job);
    let runs: Vec<Value> = site.workers.iter().flat_map(|worker| worker.claim(5)).collect();
    assert_eq!(runs.len(), 3);
    for (run, worker) in runs.iter().zip(&site.workers) {
        assert_eq!((&run["schedule_id"], &run["worker"]), (&json!(id(&first)), &json!(worker.uri)));
    }
    for ((worker, run), success) in site.workers.iter().zip(&runs).zip([false, true, false]) {
        assert_eq!(lab.runs(&child, "scheduled").len(), 0, "not before the last has returned");
        worker.finish(run, success);
    }
    assert_eq!(lab.runs(&child, "scheduled").len(), 1);
    assert_eq!(lab.runs(&job, "scheduled").len(), 1, "the next run");
    assert_eq!(lab.runs(&job, "last_completed").len(), 3);
    assert_eq!(lab.read(&job)["fail_times"], 1, "one schedule has failed once");
}

#[test]
fn twenty_siblings_that_return_at_once_count_once() {
    let lab = Lab::shared();
    let site = lab.site(20);
    let job = site.job(json!({ "run_on_all_workers": true, "schedule_children_on_error": true,
                               "reschedule_interval": 1, "reschedule_interval_type": "MINUTE" }));
    let child = site.job(json!({ "parent": job }));
    site.due(&job);
    let runs = race(20, |i| site.workers[i].claim(1));
    race(20, |i| site.workers[i].finish(&runs[i][0], i != 7));
    assert_eq!(lab.runs(&child, "scheduled").len(), 1);
    assert_eq!(lab.runs(&job, "scheduled").len(), 1);
    assert_eq!(lab.runs(&job, "completed").len(), 20);
    assert_eq!(lab.read(&job)["fail_times"], 1);
}

#[test]
fn one_of_two_opposite_returns_at_once_wins() {
    let lab = Lab::shared();
    let site = lab.site(1);
    for _ in 0..10 {
        let job = site.job(json!({ "reschedule_interval": 1, "reschedule_interval_type": "DAY" }));
        let run = site.due(&job);
        site.workers[0].take(&run);
        let statuses = race(4, |i| site.workers[0].give_back(&run, i % 2 == 0).send().status());
        let won = lab.read(&run)["return_success"] == true;
        for (i, status) in statuses.iter().enumerate() {
            assert_eq!(*status, if (i % 2 == 0) == won { 202 } else { 409 });
        }
        assert_eq!(lab.runs(&job, "scheduled").len(), 1);
        assert_eq!(kinds(&lab, &job).len(), usize::from(!won));
    }
}

#[test]
fn a_manual_run_is_no_reference() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({ "reschedule_interval": 1, "reschedule_interval_type": "DAY" }));
    site.work(&site.run(&job, json!({ "is_manual": true })), true);
    assert_eq!(lab.runs(&job, "scheduled").len(), 0);
}

#[test]
fn a_job_whose_excludes_leave_no_time_is_told() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({ "reschedule_interval": 1, "reschedule_interval_type": "HOUR" }));
    let exclude = json!({ "job": job, "start_time": "00:00", "end_time": "23:59:59" });
    lab.create("reschedule_exclude", exclude);
    site.work(&site.due(&job), true);
    assert_eq!(lab.runs(&job, "scheduled").len(), 0);
    let told = lab.list(&format!("/api/v1/notification/?job={}", id(&job)));
    let title = lab.read(&job)["title"].as_str().unwrap().to_owned();
    assert_eq!(told[0]["kind"], "reschedule_failed");
    assert_eq!(told[0]["subject"], format!("Reschedule error for: {title}"));
}

/// The next instant at which the clocks go forward.
fn next_spring() -> Timestamp {
    let zone = zone();
    let offset = |at: Timestamp| zone.to_offset(at);
    let mut changes = zone.following(Timestamp::now());
    let forward = changes.find(|t| offset(t.timestamp()) > offset(t.timestamp() - 1.second()));
    forward.expect("another spring").timestamp()
}

#[test]
fn a_time_that_the_clocks_leave_out_runs_after_the_gap_and_is_back_the_next_day() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({ "reschedule_interval": 1, "reschedule_interval_type": "DAY" }));
    let gap = zone().to_datetime(next_spring()); // 03:00 of that day
    let day = gap.date();
    let before = format!("{} 02:30", day - 1.day());
    site.run(&job, json!({ "schedule_dts": before }));
    let upcoming = lab.read(&format!("{job}upcoming/?count=4"));
    let times: Vec<&str> = upcoming["objects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["schedule_dts"].as_str().unwrap())
        .collect();
    let expected = [
        format!("{}T02:30:00", day - 1.day()),
        format!("{day}T03:30:00"),
        format!("{}T02:30:00", day + 1.day()),
        format!("{}T02:30:00", day + 2.days()),
    ];
    assert_eq!(times, expected);
}

#[test]
fn the_intended_time_survives_the_night_of_the_change() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({ "reschedule_interval": 1, "reschedule_interval_type": "DAY" }));
    let day = zone().to_datetime(next_spring()).date();
    let run = site.run(&job, json!({ "schedule_dts": format!("{} 02:30", day - 1.day()) }));
    // Taken and returned before their time: only what is planned next is looked at.
    site.work(&run, true);
    let in_the_gap = only(&lab, &job, "scheduled");
    assert_eq!(in_the_gap["schedule_dts"], format!("{day}T03:30:00"));
    site.work(&uri(&in_the_gap), true);
    let next = only(&lab, &job, "scheduled");
    assert_eq!(next["schedule_dts"], format!("{}T02:30:00", day + 1.day()));
}

#[test]
fn hours_are_elapsed_time_across_the_change() {
    let lab = Lab::shared();
    let site = lab.site(1);
    let job = site.job(json!({ "reschedule_interval": 1, "reschedule_interval_type": "HOUR" }));
    let change = next_spring();
    let run = site.run(&job, json!({ "schedule_dts": written(change - 30.minutes()) }));
    site.work(&run, true);
    let next = only(&lab, &job, "scheduled");
    let expected = zone().to_datetime(change + 30.minutes());
    assert_eq!(local(&next["schedule_dts"]), expected);
}
