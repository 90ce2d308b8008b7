//! What the operator may set: who calls us, what is taken, what is shown.

use assay_tests::{App, areas, json};

use crate::people::{Key, now, with};
use crate::{OPERATOR, form, passed, status, stream};

#[test]
fn pages_of_listed_origins_may_call() {
    let ui = "https://ui.example";
    let app = App::with(&[("refstack_cors_origins", "https://ui.example, http://other:80")], &[]);
    let b = app.client(areas::REFSTACK);
    let preflight = b.options("/v1/profile/pubkeys").header("origin", ui).expect(204);
    for answer in [preflight, b.get("/v1/profile").header("origin", ui).expect(401)] {
        let says = |name| answer.header(name).unwrap_or_default().to_owned();
        assert_eq!(says("access-control-allow-origin"), ui);
        assert_eq!(says("access-control-allow-methods"), "GET, OPTIONS, PUT, POST, DELETE");
        let headers = "origin, authorization, accept, content-type";
        assert_eq!(says("access-control-allow-headers"), headers);
        assert_eq!(says("access-control-allow-credentials"), "true");
        assert_eq!(says("vary"), "Origin");
    }
    let stranger = b.get("/v1/results").header("origin", "https://evil.example").expect(200);
    assert_eq!(stranger.header("access-control-allow-origin"), None);
    b.options("/v1/results").header("origin", "https://evil.example").expect(405);
}

#[test]
fn the_script_can_be_switched_off() {
    let app = App::with(&[("refstack_get_script", "off")], &[]);
    let gone = app.client(areas::REFSTACK).get("/v1/get-script").expect(410);
    assert_eq!(gone.message(), "get-script is switched off");
    assert_eq!(gone.header("deprecation"), Some("true"));
    let refusal = app.client(areas::REFSTACK).get("/v1/get-testcases?test_id=7").expect(400);
    assert_eq!(refusal.header("deprecation"), Some("true"));
}

#[test]
fn anonymous_uploads_can_be_refused() {
    let app = App::with(
        &[
            ("refstack_anonymous_upload", "false"),
            ("refstack_admin_token", OPERATOR),
            ("refstack_ui_url", "https://ui.example/"),
        ],
        &[],
    );
    let b = app.client(areas::REFSTACK);
    let refusal = b.post("/v1/results", passed("c", &["a"])).refused(401, "Unauthorized");
    let detail = "Anonymous result uploads are disabled. Please create a user account and an api \
        key at https://ui.example";
    assert_eq!(refusal.json()["detail"], detail);
    let (body, kind) = form(&[("file", None, &stream("hand.v1"))]);
    b.post("/v1/post-result", body).header("content-type", kind).refused(401, "Unauthorized");
    b.post("/v1/tests", json!({})).expect(401);
    b.post("/v1/clouds", json!({ "label": "x", "endpoint": "http://x", "test_user": "u" }))
        .expect(401);
    let results = b.get("/v1/results").expect(200).json();
    assert_eq!(results["results"], json!([]));
    let (key, body) = (Key::new(), passed("c", &["a"]).to_string());
    b.post("/v1/auth/signup", with(key.proof(), "openid", json!("me"))).expect(201);
    let token = key.token(&json!({ "user_openid": "me", "exp": now() + 60 }));
    let bearer = format!("Bearer {token}");
    b.post("/v1/results", body.clone()).header("authorization", &bearer).expect(201);
    let signed = b.post("/v1/results", body.clone()).header("x-public-key", &key.line());
    signed.header("x-signature", &key.sign(&body)).expect(201);
    let test = b.post("/v1/tests", json!({})).header("authorization", &bearer).expect(201).json();
    status(&b, &format!("/v1/update-test-status/{}", test["id"]), "status=on", 201);
}

#[test]
fn details_of_readable_results_can_be_for_everybody() {
    for (setting, expected) in [("true", 200), ("false", 403)] {
        let app = App::with(&[("refstack_public_details", setting)], &[]);
        let b = app.client(areas::REFSTACK);
        let upload = crate::post_file(&b, "/v1/post-result", &stream("statuses.v2"));
        let url = format!("/v1/results/{}", upload["result_id"].as_str().unwrap());
        b.get(&format!("{url}/file")).expect(expected);
        let listed = b.get(&format!("{url}/tests?status=fail")).expect(200).json();
        let test = &listed["tests"][0];
        let shown = test["attachments"].as_array().unwrap().len();
        assert_eq!(shown > 0, expected == 200, "{test}");
        let name = format!("{url}/tests/{}/attachments/traceback", test["index"]);
        let answer = b.get(&name).expect(expected);
        if expected == 200 {
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        }
        // Whoever has the token sees them anyway.
        let token = upload["result_token"].as_str().unwrap();
        b.get(&name).header("x-result-token", token).expect(200);
    }
}
