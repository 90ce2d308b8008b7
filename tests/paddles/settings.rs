//! What the operator sets: the write token, the base of links, and where logs are.

use assay_tests::{App, Client, areas, json};

#[test]
fn with_a_write_token_reads_stay_open_and_writes_need_it() {
    let app = App::with(&[("paddles_write_token", "s3cret")], &[]);
    let anyone = app.client(areas::PADDLES);
    let writer = anyone.clone().with_header("authorization", "Bearer s3cret");
    writer.post("/runs/fig/jobs/", json!({ "job_id": 1 })).expect(200);
    let writes = |client: &Client| {
        let all = [
            client.post("/runs/", json!({ "name": "plum" })),
            client.put("/runs/fig/", json!({ "status": "pass" })),
            client.post("/runs/fig/", json!({ "job_id": 2 })),
            client.post("/runs/fig/jobs/", json!({ "job_id": 2 })),
            client.put("/runs/fig/jobs/", json!({})),
            client.delete("/runs/fig/jobs/?status=dead"),
            client.put("/runs/fig/jobs/1/", json!({})),
            client.put("/runs/fig/1/", json!({})),
            client.delete("/runs/fig/jobs/1/"),
            client.delete("/runs/fig/"),
            client.post("/paddles/runs/", json!({ "name": "plum" })),
        ];
        for write in all {
            let refusal = write.expect(401);
            assert!(refusal.header("www-authenticate").is_some());
        }
    };
    writes(&anyone);
    for wrong in ["Bearer wrong", "Bearer s3cret2", "Bearer ", "Basic s3cret", "s3cret"] {
        writes(&anyone.clone().with_header("authorization", wrong));
    }
    for path in ["/runs/", "/runs/fig/", "/runs/fig/jobs/1/", "/jobs/", "/paddles/health/"] {
        anyone.get(path).expect(200);
    }
    anyone.options("/runs/").expect(200);
    let runs = anyone.get("/runs/").expect(200).json();
    assert_eq!(runs.as_object().unwrap().len(), 1, "nothing was written: {runs}");
    writer.delete("/runs/fig/").expect(200);
}

#[test]
fn the_operator_sets_the_base_of_links_and_of_logs() {
    let log_href = "https://logs.example/{run_name}/x/{job_id}.log";
    let variables =
        [("paddles_address", "https://qa.example/lab/"), ("paddles_log_href", log_href)];
    let app = App::with(&variables, &[]);
    let paddles = app.client(areas::PADDLES).with_header("host", "elsewhere.example");
    paddles.post("/runs/fig%20a/jobs/", json!({ "job_id": 1 })).expect(200);
    let runs = paddles.get("/runs/").expect(200).json();
    assert_eq!(runs["fig a"]["href"], "https://qa.example/lab/runs/fig%20a/");
    let below = paddles.get("/paddles/runs/").expect(200).json();
    assert_eq!(below[0]["href"], "https://qa.example/lab/paddles/runs/fig%20a/");
    let job = paddles.get("/runs/fig%20a/jobs/1/").expect(200).json();
    assert_eq!(job["href"], "https://qa.example/lab/runs/fig%20a/jobs/1/");
    assert_eq!(job["log_href"], "https://logs.example/fig a/x/1.log");
}
