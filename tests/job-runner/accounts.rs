//! `/accounts/` and what a session may do.

use assay_tests::{Answer, Value, json, unique};

use crate::acceptance::{Lab, id};

/// Somebody at a browser.
pub struct Person<'a> {
    lab: &'a Lab,
    token: String,
    session: String,
}

const FORM: &str = "application/x-www-form-urlencoded";

/// The value of a cookie that an answer sets.
fn cookie(answer: &Answer, name: &str) -> Option<String> {
    let set = answer
        .headers("set-cookie")
        .into_iter()
        .find(|set| set.starts_with(&format!("{name}=")))?;
    set.split(['=', ';']).nth(1).map(str::to_owned)
}

impl<'a> Person<'a> {
    /// Opens the login page.
    fn arrive(lab: &'a Lab) -> Self {
        let page = lab.anybody().get("/accounts/login/").expect(200);
        let token = cookie(&page, "csrftoken").unwrap();
        assert!(page.text().contains(&token));
        Self { lab, token, session: String::new() }
    }

    /// Sends the form.
    fn send(&self, username: &str, password: &str, next: &str, token: &str) -> Answer {
        let form = format!(
            "username={username}&password={password}&next={next}&csrfmiddlewaretoken={token}"
        );
        let request =
            self.lab.anybody().post("/accounts/login/", form).header("content-type", FORM);
        request.header("cookie", &format!("csrftoken={}", self.token)).send()
    }

    /// Logs in with a new account in a group.
    pub fn in_group(lab: &'a Lab, group: &str) -> Self {
        let name = unique("viewer");
        lab.make("user", json!({ "username": name, "password": "longenough", "groups": [group] }));
        let mut person = Self::arrive(lab);
        let answer = person.send(&name, "longenough", "/jobs/", &person.token);
        assert_eq!((answer.status(), answer.header("location")), (302, Some("/jobs/")));
        person.session = cookie(&answer, "sessionid").unwrap();
        person
    }

    fn cookies(&self) -> String {
        format!("sessionid={}; csrftoken={}", self.session, self.token)
    }

    /// Any request, with the token that a write needs.
    pub fn ask(&self, method: &str, path: &str, body: Option<&Value>) -> u16 {
        let request = self.lab.anybody().request(method, path).header("cookie", &self.cookies());
        let request = request.header("x-csrftoken", &self.token);
        match body {
            Some(body) => request.body(body.clone()).send().status(),
            None => request.send().status(),
        }
    }

    fn get(&self, path: &str) -> Answer {
        self.lab.anybody().get(path).header("cookie", &self.cookies()).send()
    }

    fn write(&self, method: &str, path: &str, body: Value) -> u16 {
        self.ask(method, path, Some(&body))
    }
}

#[test]
fn a_viewer_sees_the_projects_of_the_groups_and_runs_their_jobs() {
    let lab = Lab::new();
    let viewer = Person::in_group(&lab, &lab.group1);
    let runs = viewer.get("/api/v1/run/").json();
    assert_eq!(runs["meta"]["total_count"], 1);
    assert_eq!(viewer.get(&lab.run2).status(), 401);
    assert_eq!(viewer.write("PATCH", &lab.worker1.uri, json!({ "description": "x" })), 401);
    assert_eq!(viewer.write("PATCH", &lab.run1, json!({ "pid": 1 })), 401);
    assert_eq!(viewer.write("POST", "/api/v1/run/", json!({ "job": lab.job1 })), 201);
    assert_eq!(viewer.write("POST", "/api/v1/run/", json!({ "job": lab.job2 })), 401);
    assert_eq!(viewer.write("POST", "/api/v1/kill_request/", json!({ "run": lab.run1 })), 201);
    assert_eq!(viewer.write("PUT", &lab.job1, json!({ "enqueue_is_enabled": false })), 204);
    assert_eq!(viewer.write("POST", "/api/v1/run_log/", json!({ "run": lab.run1 })), 401);
    let bare = lab.anybody().post("/api/v1/run/", json!({ "job": lab.job1 }));
    bare.header("cookie", &viewer.cookies()).expect(401);
    let foreign = lab
        .anybody()
        .post("/api/v1/run/", json!({ "job": lab.job1 }))
        .header("cookie", &viewer.cookies());
    foreign
        .header("x-csrftoken", &viewer.token)
        .header("origin", "http://evil.example")
        .expect(401);
    let header_wins = lab.anybody().get("/api/v1/run/").header("cookie", &viewer.cookies());
    header_wins.header("authorization", "Bearer wrong").expect(401);
}

#[test]
fn who_only_views_starts_nothing() {
    let lab = Lab::new();
    lab.change(&lab.project_a, json!({ "auth_groups": [lab.group2] }));
    let viewer = Person::in_group(&lab, &lab.group1);
    assert_eq!(viewer.get(&lab.run1).status(), 200);
    assert_eq!(viewer.write("POST", "/api/v1/run/", json!({ "job": lab.job1 })), 401);
    assert_eq!(viewer.write("PUT", &lab.job1, json!({ "description": "x" })), 401);
    let nobody = Person::in_group(&lab, &lab.make("group", json!({ "name": unique("g") })));
    assert_eq!(nobody.get("/api/v1/run/").json()["meta"]["total_count"], 0);
}

#[test]
fn a_wrong_login_shows_the_form_again_until_there_were_too_many() {
    let lab = Lab::new();
    let name = unique("u");
    lab.make("user", json!({ "username": name, "password": "longenough" }));
    let person = Person::arrive(&lab);
    assert_eq!(person.send(&name, "longenough", "/", "wrong").status(), 403);
    for _ in 0..5 {
        let again = person.send(&name, "wrong-one", "/", &person.token);
        assert_eq!(again.status(), 200);
        assert!(again.text().contains("correct username and password"));
    }
    let refused = person.send(&name, "longenough", "/", &person.token);
    assert_eq!(refused.status(), 429);
    assert!(refused.header("retry-after").unwrap().parse::<i64>().unwrap() > 800);
}

#[test]
fn a_login_goes_to_local_pages_only() {
    let lab = Lab::new();
    let name = unique("u");
    lab.make("user", json!({ "username": name, "password": "longenough" }));
    let person = Person::arrive(&lab);
    for next in ["//evil.example", "https://evil.example", ""] {
        let answer = person.send(&name, "longenough", next, &person.token);
        assert_eq!((answer.status(), answer.header("location")), (302, Some("/")), "{next}");
    }
}

#[test]
fn a_script_logs_in_with_json() {
    let lab = Lab::new();
    let name = unique("u");
    lab.make("user", json!({ "username": name, "password": "longenough", "groups": [lab.group1] }));
    let person = Person::arrive(&lab);
    let send = |password: &str| {
        let body = json!({ "username": name, "password": password });
        let request =
            lab.anybody().post("/accounts/login/", body).header("x-csrftoken", &person.token);
        request.header("cookie", &format!("csrftoken={}", person.token)).send()
    };
    let answer = send("longenough");
    assert_eq!(answer.json(), json!({ "username": name, "groups": [lab.group1] }));
    let set = answer.header("set-cookie").unwrap();
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Lax") && !set.contains("Secure"),
        "{set}"
    );
    assert_eq!(send("something-else").status(), 401);
    for body in ["[]", "null", "\"x\"", "{"] {
        let request =
            lab.anybody().post("/accounts/login/", body).header("x-csrftoken", &person.token);
        let request = request.header("content-type", "application/json");
        request.header("cookie", &format!("csrftoken={}", person.token)).expect(400);
    }
}

#[test]
fn sessions_end() {
    let lab = Lab::new();
    let name = unique("viewer");
    let user = lab.make(
        "user",
        json!({ "username": name, "password": "longenough", "groups": [lab.group1] }),
    );
    let arrive = |password: &str| {
        let mut person = Person::arrive(&lab);
        person.session =
            cookie(&person.send(&name, password, "/", &person.token), "sessionid").unwrap();
        person
    };
    let person = arrive("longenough");
    assert_eq!(person.get("/api/v1/run/").status(), 200);
    assert_eq!(person.get("/accounts/logout/").status(), 302);
    assert_eq!(person.get("/api/v1/run/").status(), 401);
    let person = arrive("longenough");
    lab.change(&user, json!({ "password": "another-one" }));
    assert_eq!(person.get("/api/v1/run/").status(), 401);
    let person = arrive("another-one");
    lab.change(&user, json!({ "is_active": false }));
    assert_eq!(person.get("/api/v1/run/").status(), 401);
    assert!(id(&user) > 0);
}

#[test]
fn an_account_moves_over_from_django() {
    let lab = Lab::new();
    let name = unique("u");
    // "longenough" with the salt "seasalt", 1000 times.
    let hash = "pbkdf2_sha256$1000$seasalt$DaAB6wAp0R2DaAxmjtaCPUqkNI0oC2GQiKuWsUqmipA=";
    lab.make("user", json!({ "username": name, "password_hash": hash }));
    for _ in 0..2 {
        let person = Person::arrive(&lab);
        assert_eq!(person.send(&name, "longenough", "/", &person.token).status(), 302);
    }
    lab.operator
        .post("/api/v1/user/", json!({ "username": unique("u"), "password_hash": "md5$x$y" }))
        .expect(400);
}
