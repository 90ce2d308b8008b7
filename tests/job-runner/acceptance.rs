//! A lab with the set-up of the contract's acceptance examples, and people who speak to it.

use std::sync::OnceLock;

use assay_tests::{App, Client, Request, Value, areas, json, unique};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// What the operator of these apps presents.
pub const TOKEN: &str = "the-operator";
/// And the bridge.
pub const BRIDGE: &str = "the-bridge";
/// What every worker of the tests signs with.
pub const SECRET: &str = "verysecret";

const VARIABLES: [(&str, &str); 4] = [
    ("job_runner_admin_token", TOKEN),
    ("job_runner_bridge_token", BRIDGE),
    ("job_runner_time_zone", "Europe/Amsterdam"),
    ("job_runner_admin_emails", "admin@lab.example"),
];

/// The app that these tests share; its lab is in Amsterdam.
pub fn app() -> &'static App {
    static APP: OnceLock<App> = OnceLock::new();
    APP.get_or_init(own_app)
}

/// An app of one's own, for what looks at everything there is.
pub fn own_app() -> App {
    App::with(&VARIABLES, &[])
}

/// An app of one's own whose instances have 64 MB of memory.
pub fn small_app() -> App {
    App::with(&VARIABLES, &["--instance-memory", "64"])
}

/// Somebody with a bearer token.
pub fn bearer(app: &App, token: &str) -> Client {
    app.client(areas::JOB_RUNNER).with_header("authorization", &format!("Bearer {token}"))
}

/// The signature of a request.
pub fn signature(method: &str, target: &str, body: &str) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(SECRET.as_bytes()).unwrap();
    for part in [method, target, body] {
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A worker's side of the wire.
#[derive(Clone)]
pub struct Worker {
    client: Client,
    /// The name that it signs with.
    pub key: String,
    /// Its URI.
    pub uri: String,
}

impl Worker {
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

    /// Any signed request.
    pub fn signed(&self, method: &str, path: &str, body: Option<Value>) -> Request<'_> {
        let text = body.as_ref().map(Value::to_string).unwrap_or_default();
        let given = format!("ApiKey {}:{}", self.key, signature(method, path, &text));
        let request = self.client.request(method, path).header("authentication", &given);
        match body {
            Some(body) => request.body(body),
            None => request,
        }
    }

    /// Claims up to so many runs and gives them.
    pub fn claim(&self, limit: usize) -> Vec<Value> {
        let claimed = self.post("/api/v1/run/claim/", json!({ "limit": limit })).expect(200).json();
        claimed["objects"].as_array().unwrap().clone()
    }

    /// Takes a run, starts and returns it, as an old worker does.
    pub fn run_through(&self, run: &str, success: bool) {
        let now = "2013-01-01 00:00:00+00:00";
        self.patch(run, json!({ "enqueue_dts": now, "worker": self.uri })).expect(202);
        self.patch(run, json!({ "start_dts": now })).expect(202);
        self.patch(run, json!({ "pid": 4711 })).expect(202);
        self.patch(run, json!({ "return_dts": now, "return_success": success })).expect(202);
    }
}

/// Two projects that do not see each other, as in section 10 of the contract.
pub struct Lab {
    /// The operator.
    pub operator: Client,
    /// The bridge.
    pub bridge: Client,
    app: Client,
    /// In pool P1 of project A.
    pub worker1: Worker,
    /// In pool P2 of project B.
    pub worker2: Worker,
    /// URIs by their names in the contract: g1, P1, A, TA, J1, ...
    pub group1: String,
    pub group2: String,
    pub pool1: String,
    pub pool2: String,
    pub project_a: String,
    pub project_b: String,
    pub template_a: String,
    pub job1: String,
    pub job2: String,
    pub job3: String,
    pub run1: String,
    pub run2: String,
}

impl Lab {
    /// A lab with names of its own in the shared app.
    pub fn new() -> Self {
        Self::on(app())
    }

    /// A lab in an app of one's own.
    pub fn on(app: &App) -> Self {
        let operator = bearer(app, TOKEN);
        let make = |resource: &str, body: Value| make(&operator, resource, body);
        let client = app.client(areas::JOB_RUNNER);
        let worker = |name: &str| {
            let key = unique(name);
            let uri = make("worker", json!({ "title": key, "api_key": key, "secret": SECRET }));
            Worker { client: client.clone(), key, uri }
        };
        let group = |name: &str| make("group", json!({ "name": unique(name) }));
        let (group1, group2) = (group("g1"), group("g2"));
        let (worker1, worker2) = (worker("worker1"), worker("worker2"));
        let pool = |worker: &Worker| {
            make("worker_pool", json!({ "title": unique("P"), "workers": [worker.uri] }))
        };
        let (pool1, pool2) = (pool(&worker1), pool(&worker2));
        let project = |title: &str, group: &str, pool: &str| {
            let body = json!({ "title": unique(title), "groups": [group], "auth_groups": [group], "worker_pools": [pool] });
            make("project", body)
        };
        let (project_a, project_b) = (project("A", &group1, &pool1), project("B", &group2, &pool2));
        let template = |project: &str| {
            let body = "#!/bin/sh\n{{ content|safe }}\n";
            make("job_template", json!({ "title": unique("T"), "project": project, "body": body }))
        };
        let (template_a, template_b) = (template(&project_a), template(&project_b));
        let job = |template: &str, pool: &str, more: Value| {
            let mut body = json!({ "title": unique("J"), "job_template": template, "worker_pool": pool,
                                   "script_content_partial": "echo 1" });
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            make("job", body)
        };
        let daily = json!({ "reschedule_interval": 1, "reschedule_interval_type": "DAY" });
        let job1 = job(&template_a, &pool1, daily);
        let job2 = job(&template_b, &pool2, json!({}));
        let job3 = job(&template_a, &pool1, json!({ "parent": job1 }));
        let run =
            |job: &str| make("run", json!({ "job": job, "schedule_dts": "2012-01-01T00:00:00Z" }));
        let (run1, run2) = (run(&job1), run(&job2));
        let bridge = bearer(app, BRIDGE);
        Self {
            operator: operator.clone(),
            bridge,
            app: client,
            worker1,
            worker2,
            group1,
            group2,
            pool1,
            pool2,
            project_a,
            project_b,
            template_a,
            job1,
            job2,
            job3,
            run1,
            run2,
        }
    }

    /// Nobody in particular.
    pub fn anybody(&self) -> &Client {
        &self.app
    }

    /// Creates something as the operator; gives its URI.
    pub fn make(&self, resource: &str, body: Value) -> String {
        make(&self.operator, resource, body)
    }

    /// Changes something as the operator.
    pub fn change(&self, uri: &str, body: Value) {
        self.operator.patch(uri, body).expect(202);
    }

    /// What is at a URI, for the operator.
    pub fn see(&self, uri: &str) -> Value {
        self.operator.get(uri).expect(200).json()
    }

    /// The runs of a job in some state, newest first.
    pub fn runs_of(&self, job: &str, filter: &str) -> Vec<Value> {
        let list = self.see(&format!("/api/v1/run/?job={}&{filter}", id(job)));
        list["objects"].as_array().unwrap().clone()
    }

    /// The kinds of the notifications about a job.
    pub fn notifications_of(&self, job: &str) -> Vec<Value> {
        let list = self.see(&format!("/api/v1/notification/?job={}", id(job)));
        list["objects"].as_array().unwrap().clone()
    }

    /// One more worker in a pool.
    pub fn another_worker(&self, pool: &str) -> Worker {
        let key = unique("worker");
        let uri = self.make("worker", json!({ "title": key, "api_key": key, "secret": SECRET }));
        let mut workers = self.see(pool)["workers"].as_array().unwrap().clone();
        workers.push(json!(uri));
        self.change(pool, json!({ "workers": workers }));
        Worker { client: self.app.clone(), key, uri }
    }
}

fn make(operator: &Client, resource: &str, body: Value) -> String {
    let made = operator.post(&format!("/api/v1/{resource}/"), body).expect(201);
    let uri = made.json()["resource_uri"].as_str().unwrap().to_owned();
    assert!(made.header("location").unwrap().ends_with(&uri));
    uri
}

/// The number at the end of a URI.
pub fn id(uri: &str) -> i64 {
    uri.trim_end_matches('/').rsplit('/').next().unwrap().parse().unwrap()
}
