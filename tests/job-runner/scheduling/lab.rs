//! A lab whose size each test chooses: who asks (operator, bridge, workers that sign), and what
//! there is to run.

use std::sync::OnceLock;

use assay_tests::{App, Body, Client, Request, Value, areas, json, unique};
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha1::Sha1;

/// The operator's token in these tests.
pub const ADMIN: &str = "the operator of these tests";
/// The bridge's.
pub const BRIDGE: &str = "the bridge of these tests";
/// The lab's time zone.
pub const ZONE: &str = "Europe/Amsterdam";

/// An app of one's own: for what concerns everything that is stored, as broadcasts and health
/// checks do.
pub fn app(variables: &[(&str, &str)]) -> App {
    let mut all = vec![
        ("job_runner_admin_token", ADMIN),
        ("job_runner_bridge_token", BRIDGE),
        ("job_runner_time_zone", ZONE),
    ];
    all.extend(variables);
    App::with(&all, &[])
}

/// Who runs the lab.
pub struct Lab {
    /// Nobody in particular.
    pub anybody: Client,
    /// Who may do everything.
    pub operator: Client,
}

impl Lab {
    /// The lab that all tests share.
    pub fn shared() -> Self {
        static SHARED: OnceLock<App> = OnceLock::new();
        Self::of(SHARED.get_or_init(|| app(&[])))
    }

    /// The lab of an app.
    pub fn of(app: &App) -> Self {
        let anybody = app.client(areas::JOB_RUNNER);
        Self { operator: bearer(&anybody, ADMIN), anybody }
    }

    /// What speaks ZeroMQ to old workers.
    pub fn bridge(&self) -> Client {
        bearer(&self.anybody, BRIDGE)
    }

    /// Creates an object and gives it back.
    #[track_caller]
    pub fn create(&self, resource: &str, body: Value) -> Value {
        self.operator.post(&format!("/api/v1/{resource}/"), body).expect(201).json()
    }

    /// Reads an object by its URI.
    #[track_caller]
    pub fn read(&self, uri: &str) -> Value {
        self.operator.get(uri).expect(200).json()
    }

    /// Changes an object.
    #[track_caller]
    pub fn change(&self, uri: &str, body: Value) -> Value {
        self.operator.patch(uri, body).expect(202).json()
    }

    /// The objects of a list that is one page long.
    #[track_caller]
    pub fn list(&self, path: &str) -> Vec<Value> {
        let listed = self.read(path);
        assert_eq!(listed["meta"]["next"], Value::Null, "{path} has more pages");
        listed["objects"].as_array().expect("objects").clone()
    }

    /// The runs of a job in this state, oldest schedule first.
    #[track_caller]
    pub fn runs(&self, job: &str, state: &str) -> Vec<Value> {
        self.list(&format!("/api/v1/run/?job={}&state={state}&limit=1000", id(job)))
    }

    /// A new worker.
    pub fn worker(&self) -> Worker {
        let key = unique("worker");
        let body = json!({ "title": key, "api_key": key, "secret": "verysecret" });
        let uri = uri(&self.create("worker", body));
        Worker { client: self.anybody.clone(), key, secret: "verysecret".into(), uri }
    }

    /// A project with a template and a pool of new workers, seen by a group of its own.
    pub fn site(&self, workers: usize) -> Site<'_> {
        let workers: Vec<Worker> = (0..workers).map(|_| self.worker()).collect();
        let members: Vec<&str> = workers.iter().map(|worker| worker.uri.as_str()).collect();
        let group = uri(&self.create("group", json!({ "name": unique("group") })));
        let pool = json!({ "title": unique("pool"), "workers": members });
        let pool = uri(&self.create("worker_pool", pool));
        let project = json!({ "title": unique("project"), "worker_pools": [pool],
                              "groups": [group], "auth_groups": [group] });
        let project = uri(&self.create("project", project));
        let template = json!({ "title": unique("template"), "project": project,
                               "body": "#!/bin/sh\n{{ content|safe }}\n" });
        let template = uri(&self.create("job_template", template));
        Site { lab: self, pool, project, template, workers }
    }
}

/// A project and the machines that work for it.
pub struct Site<'l> {
    lab: &'l Lab,
    /// Its pool.
    pub pool: String,
    /// The project.
    pub project: String,
    /// Its template.
    pub template: String,
    /// The pool's workers.
    pub workers: Vec<Worker>,
}

impl Site<'_> {
    /// A new job with these fields besides the usual ones; its URI.
    #[track_caller]
    pub fn job(&self, fields: Value) -> String {
        let mut body = json!({ "title": unique("job"), "job_template": self.template,
                               "worker_pool": self.pool, "script_content_partial": "echo hi" });
        let more = fields.as_object().expect("an object").clone();
        body.as_object_mut().expect("an object").extend(more);
        uri(&self.lab.create("job", body))
    }

    /// A run of a job that was due long ago; its URI.
    #[track_caller]
    pub fn due(&self, job: &str) -> String {
        self.run(job, json!({ "schedule_dts": "2012-01-01T00:00:00Z" }))
    }

    /// A new run of a job; its URI.
    #[track_caller]
    pub fn run(&self, job: &str, fields: Value) -> String {
        let mut body = json!({ "job": job });
        let more = fields.as_object().expect("an object").clone();
        body.as_object_mut().expect("an object").extend(more);
        uri(&self.lab.create("run", body))
    }

    /// Takes a run, starts it and returns it as the first worker, in the way of the old workers.
    #[track_caller]
    pub fn work(&self, run: &str, success: bool) {
        let worker = &self.workers[0];
        worker.take(run);
        worker.patch(run, json!({ "start_dts": "2013-01-01 00:00:01+00:00" })).expect(202);
        worker.give_back(run, success).expect(202);
    }
}

/// A machine that signs its requests.
#[derive(Clone)]
pub struct Worker {
    client: Client,
    /// Its `api_key`.
    pub key: String,
    secret: String,
    /// Its URI.
    pub uri: String,
}

impl Worker {
    /// The same worker, as it speaks to an app that has started again.
    pub fn of(&self, lab: &Lab) -> Self {
        Self { client: lab.anybody.clone(), ..self.clone() }
    }

    /// A signed GET.
    pub fn get(&self, path: &str) -> Request<'_> {
        self.signed("GET", path, None)
    }

    /// A signed POST.
    pub fn post(&self, path: &str, body: Value) -> Request<'_> {
        self.signed("POST", path, Some(body))
    }

    /// A signed PATCH.
    pub fn patch(&self, path: &str, body: Value) -> Request<'_> {
        self.signed("PATCH", path, Some(body))
    }

    fn signed(&self, method: &str, path: &str, body: Option<Value>) -> Request<'_> {
        let text = body.as_ref().map(Value::to_string).unwrap_or_default();
        let signature = signature(&self.secret, &format!("{method}{path}{text}"));
        let credentials = format!("ApiKey {}:{signature}", self.key);
        let request = self.client.request(method, path).header("authentication", &credentials);
        match body {
            Some(body) => request.body(Body::Json(body)),
            None => request,
        }
    }

    /// Takes a run as the old workers do.
    #[track_caller]
    pub fn take(&self, run: &str) {
        let body = json!({ "enqueue_dts": "2013-01-01 00:00:00+00:00", "worker": self.uri });
        self.patch(run, body).expect(202);
    }

    /// The PATCH that returns a run.
    pub fn give_back(&self, run: &str, success: bool) -> Request<'_> {
        let body = json!({ "return_dts": "2013-01-01 00:00:02+00:00", "return_success": success });
        self.patch(run, body)
    }

    /// Asks for work and gets an answer at once.
    #[track_caller]
    pub fn claim(&self, limit: usize) -> Vec<Value> {
        let body = json!({ "limit": limit, "wait": 0 });
        let answer = self.post("/api/v1/run/claim/", body).expect(200).json();
        answer["objects"].as_array().expect("objects").clone()
    }

    /// Returns a run that was claimed.
    #[track_caller]
    pub fn finish(&self, run: &Value, success: bool) {
        let now = "2013-01-01 00:00:02+00:00";
        let body = json!({ "lease": run["lease"], "start_dts": now, "return_dts": now,
                           "return_success": success });
        self.patch(&uri(run), body).expect(202);
    }
}

/// The HMAC-SHA1 of a message in hexadecimal.
pub fn signature(secret: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).expect("any key will do");
    mac.update(message.as_bytes());
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The `resource_uri` of an object.
#[track_caller]
pub fn uri(object: &Value) -> String {
    object["resource_uri"].as_str().expect("a resource_uri").to_owned()
}

/// The number in a URI.
#[track_caller]
pub fn id(uri: &str) -> i64 {
    let number = uri.trim_end_matches('/').rsplit('/').next();
    number.and_then(|number| number.parse().ok()).expect("a URI that ends with a number")
}

fn bearer(client: &Client, token: &str) -> Client {
    client.clone().with_header("authorization", &format!("Bearer {token}"))
}
