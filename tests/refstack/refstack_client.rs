//! refstack-client itself, at its own command line: the package that Debian has, unchanged, of
//! upstream's last commit (fa73ef2524, August 2021). `tests/clients/requirements/` pins its code and
//! what it imports, and `cargo xtask clients` gets both.
//!
//! Each test runs the program, reads what it prints, and asks our API what came of it. Its `config`
//! is left out, because it asks an OpenStack cloud and never a RefStack server.

use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use assay_tests::{App, Client, Value, areas, clients, json, scratch, unique};

use crate::people::{Key, Person, somebody};
use crate::{APP, operator, passed, refstack};

const AREA: &str = "refstack";
const DRIVER: &str = "refstack_refstack_client.py";

/// refstack-client, or `None` and a word about it where apt did not have it.
pub fn refstack_client(words: &[&str]) -> Option<Command> {
    found(clients::debian(AREA, "refstack-client"), words)
}

/// The same by its driver: `refstack-client test` with what it lacks here played.
fn test(words: &[&str]) -> Option<Command> {
    found(clients::python_with_debian(AREA, DRIVER), &[&["test"], words].concat())
}

fn found(program: Option<Command>, words: &[&str]) -> Option<Command> {
    let Some(mut program) = program else {
        eprintln!("apt had no refstack-client: it was not run");
        return None;
    };
    program.args(words);
    Some(program)
}

/// What a run of a program left.
pub struct Ran {
    stdout: String,
    /// Both streams: what it logs goes to either.
    all: String,
    code: Option<i32>,
}

/// Runs the program, with this at its standard input.
#[track_caller]
pub fn run(mut program: Command, input: &str) -> Ran {
    program.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = program.spawn().expect("Python");
    // One that asks nothing may have ended before it is answered.
    let _ = child.stdin.take().expect("a pipe").write_all(input.as_bytes());
    let output = child.wait_with_output().expect("its output");
    let stdout = String::from_utf8(output.stdout).expect("UTF-8");
    let all = format!("{stdout}\n{}", String::from_utf8_lossy(&output.stderr));
    println!("{program:?}: {}\n{all}", output.status);
    Ran { stdout, all, code: output.status.code() }
}

impl Ran {
    /// The id of the result that it says is uploaded.
    #[track_caller]
    fn uploaded(&self) -> String {
        assert_eq!(self.code, Some(0));
        let (_, said) = self.stdout.split_once("Test results uploaded!\nURL: ").expect("success");
        let url = said.lines().next().expect("a URL");
        let id = url.strip_prefix(&format!("{}/#/results/", APP.base_url())).expect("our URL");
        assert!(self.all.contains(&format!("Response: {{\"test_id\":\"{id}\"")), "it is logged");
        id.to_owned()
    }
}

/// A file of a folder of its own.
pub fn file(name: &str, content: impl AsRef<[u8]>) -> String {
    let path = scratch("refstack-client").join(name);
    fs::write(&path, content).expect("a file");
    path.into_os_string().into_string().expect("UTF-8")
}

/// The ids that a list shows, of results with this `cpid`.
fn listed(b: &Client, cpid: &str, signed: &str) -> Vec<Value> {
    let found = b.get(&format!("/v1/results?cpid={cpid}{signed}")).expect(200).json();
    let results = found["results"].as_array().expect("a list");
    results.iter().map(|result| result["id"].clone()).collect()
}

#[test]
fn an_anonymous_upload_arrives_for_everybody_to_see() {
    let (b, cpid, url) = (refstack(), unique("cpid"), APP.base_url());
    let results = json!([
        { "name": "tempest.a", "uuid": "1b6a1b0e-53a4-4c5e-9a36-0c7f2d3b5a10" },
        { "name": "tempest.größe" },
    ]);
    let report = json!({ "cpid": cpid, "duration_seconds": 412, "results": results }).to_string();
    let Some(client) = refstack_client(&["upload", &file("r.json", report), "-y", "--url", &url])
    else {
        return;
    };
    let id = run(client, "").uploaded();
    let shown = b.get(&format!("/v1/results/{id}")).expect(200).json();
    assert_eq!(shown["results"], json!(["tempest.a", "tempest.größe"]));
    assert_eq!(shown["duration_seconds"], 412);
    assert_eq!(listed(&b, &cpid, ""), [json!(id)]);
}

#[test]
fn nothing_is_sent_before_the_prompt_is_answered_with_yes() {
    let (b, cpid, url) = (refstack(), unique("cpid"), APP.base_url());
    let report = file("r.json", passed(&cpid, &["tempest.a"]).to_string());
    let words = ["upload", &report, "--url", &url];
    let Some(client) = refstack_client(&words) else { return };
    let refused = run(client, "no\n");
    assert_eq!(refused.code, Some(0));
    let prompt = format!("Test results will be uploaded to {url}. Ok? (yes/y): ");
    assert!(refused.stdout.contains(&prompt));
    assert_eq!(listed(&b, &cpid, ""), [json!(null); 0]);
    let id = run(refstack_client(&words).expect("the same program"), "YES\n").uploaded();
    assert_eq!(listed(&b, &cpid, ""), [json!(id)]);
}

#[test]
fn what_it_signs_registers_a_key_and_uploads_with_it_are_the_owners() {
    let ((person, owner), key) = (somebody(), Key::new());
    let private = file("id_rsa", key.pem());
    fs::write(format!("{private}.pub"), key.line()).expect("a file");
    let Some(client) = refstack_client(&["sign", &private]) else { return };
    let said = run(client, "").stdout;
    let (_, said) = said.split_once("Public key:\n").expect("a key");
    let (public, said) = said.split_once("\n\nSelf signature:\n").expect("a signature");
    let proof = json!({ "raw_key": public, "self_signature": said.trim() });
    owner.post("/v1/profile/pubkeys", proof).expect(201);

    let (cpid, url) = (unique("cpid"), APP.base_url());
    let report = file("r.json", passed(&cpid, &["tempest.a"]).to_string());
    let words = ["upload", &report, "-y", "-i", &private, "--url", &url];
    let id = run(refstack_client(&words).expect("the same program"), "").uploaded();
    let shown = owner.get(&format!("/v1/results/{id}")).expect(200).json();
    assert_eq!(shown["user_role"], "owner");
    let meta = owner.get(&format!("/v1/results/{id}/meta")).expect(200).json();
    assert_eq!(meta, json!({ "user": person.openid }));
    assert_eq!(listed(&owner, &cpid, "&signed=true"), [json!(id)]);
    let b = refstack();
    b.get(&format!("/v1/results/{id}")).expect(401);
    assert_eq!(listed(&b, &cpid, ""), [json!(null); 0]);
}

#[test]
fn it_shows_why_an_upload_is_refused() {
    let (cpid, url) = (unique("cpid"), APP.base_url());
    let report = file("r.json", passed(&cpid, &["tempest.a"]).to_string());
    let stranger = file("id_rsa", Key::new().pem());
    let other = file("other.json", json!({ "cpid": cpid, "passed": [] }).to_string());
    let words = [
        (vec!["upload", &report, "-y", "-i", &stranger, "--url", &url], "Please log into the"),
        (vec!["upload", &other, "-y", "--url", &url], "\"detail\":\"unknown key 'passed'\""),
    ];
    for (words, why) in words {
        let Some(client) = refstack_client(&words) else { return };
        let refused = run(client, "");
        assert!(refused.all.contains(why), "no {why:?}");
        assert!(!refused.stdout.contains("uploaded!"));
    }
    assert_eq!(listed(&refstack(), &cpid, ""), [json!(null); 0]);
}

#[test]
fn what_passed_in_a_stream_is_uploaded_as_our_own_parser_reads_it() {
    let (b, url) = (refstack(), APP.base_url());
    let stream = file("0", "");
    clients::run(clients::python(AREA, DRIVER).args(["stream", &stream]));
    // The program names a cloud by the MD5 of its host.
    let cloud = "https://keystone.example:5000/v3";
    let words = ["upload-subunit", &stream, "-y", "--keystone-endpoint", cloud, "--url", &url];
    let Some(client) = refstack_client(&words) else { return };
    let id = run(client, "").uploaded();
    let shown = b.get(&format!("/v1/results/{id}")).expect(200).json();
    let names = ["tempest.api.Servers.test_boot", "tempest.api.Images.test_scenario(größe)"];
    assert_eq!(shown["results"], json!([names[0], names[1], "tempest.plain"]));
    assert_eq!(shown["duration_seconds"], 0);
    let cpid = "09901d92654bdaee787e915b9143769f";
    assert!(listed(&b, cpid, "").contains(&json!(id)));
    let raw = b.post("/v1/results", fs::read(&stream).expect("a stream"));
    let raw = raw.header("content-type", "application/x-subunit").expect(201).json();
    let raw = b.get(&format!("/v1/results/{}", raw["test_id"].as_str().unwrap()));
    assert_eq!(raw.expect(200).json()["results"], shown["results"]);
}

/// After the last page the program of 2021 ends with a `RuntimeError`: since Python 3.7 a generator
/// may not raise `StopIteration`. By then it has shown everything.
#[test]
fn its_list_goes_through_all_pages_within_dates() {
    let app = App::with(&[("refstack_results_per_page", "2")], &[]);
    let b = app.client(areas::REFSTACK);
    for number in 0..5 {
        b.post("/v1/results", passed(&format!("cpid{number}"), &["a"])).expect(201);
    }
    let all = b.get("/v1/results?per_page=100").expect(200).json();
    let lines: Vec<String> = all["results"].as_array().expect("a list").iter().map(line).collect();
    let url = app.base_url();
    let show = |dates: &[&str]| {
        let client = refstack_client(&[&["list", "--url", &url], dates].concat())?;
        let ran = run(client, &"\n".repeat(9));
        let said = ran.stdout.replace("Press Enter to go to next page...", "NEXT\n");
        let known = |text: &&str| *text == "NEXT" || text.contains(" - http");
        Some((said.lines().filter(known).map(str::to_owned).collect::<Vec<_>>(), ran.all))
    };
    let Some((everything, _)) = show(&[]) else { return };
    let pages: Vec<&str> = lines.iter().map(String::as_str).collect();
    let pages = [&pages[..2], &["NEXT"], &pages[2..4], &["NEXT"], &pages[4..], &["NEXT"]];
    assert_eq!(everything, pages.concat());
    let (first, last) = (created(&lines[4]), created(&lines[0]));
    let within = show(&["--start-date", first, "--end-date", last]).expect("the same program").0;
    assert_eq!(within, everything);
    let none = vec!["NEXT".to_owned()];
    for dates in [["--start-date", "2999-01-01 00:00:00"], ["--end-date", "2015-04-24 01:23:56"]] {
        assert_eq!(show(&dates).expect("the same program").0, none);
    }
    let (_, refused) = show(&["--start-date", "today"]).expect("the same program");
    assert!(refused.contains("Failed to list"), "it says so");
}

/// A result as the program prints it.
fn line(result: &Value) -> String {
    let text = |key: &str| result[key].as_str().expect("a text").to_owned();
    format!("{} - {}", text("created_at"), text("url"))
}

/// The time in such a line.
fn created(line: &str) -> &str {
    line.split(" - ").next().expect("a time")
}

#[test]
fn a_test_list_of_ours_is_run_by_tempest_uploaded_and_scored() {
    operator().put("/v1/guidelines/2033.11.json", guideline()).expect_any(&[200, 201]);
    let person = Person::new("client");
    let (cpid, url) = (unique("cpid"), APP.base_url());
    let list = "/v1/guidelines/2033.11.json/tests?target=platform&type=required&flag=false";
    let (list, key) = (format!("{url}{list}"), file("id_rsa", person.key.pem()));
    let words = [&cpid, "--test-list", &list, "-u", "-i", &key, "--url", &url];
    let Some(client) = test(&words) else { return };
    let ran = run(client, "");
    let gone = "Test tempest_checks.test_compute.Servers.test_old_name not found in Tempest list.";
    assert!(ran.all.contains(gone), "the name that Tempest does not know any more");
    assert!(ran.all.contains("Number of passed tests: 2"));
    assert_eq!(ran.code, Some(1), "Tempest's own, as a test failed");
    let uploaded = Ran { code: Some(0), ..ran }.uploaded();
    let (b, url) = (person.client(), format!("/v1/results/{uploaded}"));
    assert_eq!(listed(&b, &cpid, "&signed=true"), [json!(uploaded)]);
    let shown = b.get(&url).expect(200).json();
    let names = ["test_boot", "test_new_name"];
    let names = names.map(|name| format!("tempest_checks.test_compute.Servers.{name}"));
    assert_eq!(shown["results"], json!(names));
    let report = format!("{url}/report?guideline=2033.11.json&target=platform&match=name");
    let report = b.get(&report).expect(200).json();
    let counts = |part: &str| ["count", "passed"].map(|key| report[part][key].clone());
    assert_eq!(counts("required"), [json!(4), json!(2)]);
    assert_eq!(counts("non_flagged_required"), [json!(3), json!(2)]);
    assert_eq!(counts("advisory"), [json!(1), json!(0)]);
}

/// Three tests that are required (one has another name now, one fails), one that is flagged, and
/// one that is advisory.
fn guideline() -> Value {
    let id = |n: u8| json!(format!("id-7b1c0f6a-0000-4000-8000-00000000000{n}"));
    let name = |name: &str| format!("tempest_checks.test_compute.Servers.{name}");
    let required = json!({
        name("test_boot"): { "idempotent_id": id(1) },
        name("test_resize"): { "idempotent_id": id(2) },
        name("test_old_name"): { "idempotent_id": id(3), "aliases": [name("test_new_name")] },
        name("test_flagged"): { "idempotent_id": id(4), "flagged": { "reason": "slow" } },
    });
    let advisory = json!({ name("test_nobody_asks_for"): { "idempotent_id": id(5) } });
    json!({
        "schema": "1.4", "platform": { "required": ["c"] },
        "components": { "c": { "required": ["servers"], "advisory": ["more"] } },
        "capabilities": { "servers": { "tests": required }, "more": { "tests": advisory } },
    })
}

#[test]
fn a_test_list_that_is_not_there_runs_nothing() {
    let (cpid, url) = (unique("cpid"), APP.base_url());
    let list = format!("{url}/v1/guidelines/1999.01.json/tests");
    let words = [&cpid, "--test-list", &list, "-u", "--url", &url];
    let Some(client) = test(&words) else { return };
    let ran = run(client, "");
    assert_eq!(ran.code, Some(1));
    assert!(ran.all.contains("Test list is either empty or no valid test cases"));
    assert_eq!(listed(&refstack(), &cpid, ""), [json!(null); 0]);
}
