//! When a token is set, who writes presents it; reads stay open.

use assay_tests::{App, areas, json};

#[test]
fn a_write_needs_the_token_and_a_read_does_not() {
    let app = App::with(&[("stacktach_token", "s3cret")], &[]);
    let client = app.client(areas::STACKTACH);
    let refusal = client.post("/stacktach/notifications/", json!([])).expect(401);
    assert_eq!(refusal.header("www-authenticate"), Some("Bearer"));
    for header in ["Bearer wrong", "Basic s3cret", "Bearer "] {
        let request = client.post("/stacktach/deployments/", json!({ "name": "x" }));
        request.header("authorization", header).expect(401);
    }
    client.put("/db/confirm/usage/exists/batch", json!({})).expect(401);
    let request = client.post("/stacktach/notifications/", json!([]));
    request.header("authorization", "Bearer s3cret").expect(200);
    client.get("/stacky/deployments/").expect(200);
}
