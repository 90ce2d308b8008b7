//! `/db/tenant/...`: the names of tenants.

use assay_tests::json;

use crate::{new_uuid, stacktach};

#[test]
fn a_tenant_has_the_name_that_came_last() {
    let client = stacktach();
    let (tenant, other) = (new_uuid(), new_uuid());
    let path = format!("/db/tenant/info/{tenant}/");
    client.get(&path).refused(404, &format!("Could not find tenant '{tenant}'"));
    let body = json!({ "tenant": tenant, "name": "Acme", "types": { "tier": "gold" } });
    assert_eq!(client.put(&path, body.to_string()).expect(200).text(), "");
    let shown = client.get(&path).expect(200).json();
    assert_eq!(
        (&shown["tenant"]["name"], &shown["tenant"]["types"]),
        (&json!("Acme"), &json!({ "tier": "gold" }))
    );
    assert!(shown["tenant"]["last_updated"].is_string());
    let batch = json!({ "tenants": [
        { "tenant": tenant, "name": "New" }, { "tenant": other, "name": "Other", "types": {} },
    ] });
    assert_eq!(client.post("/db/tenant/batch_info/", batch).expect(200).text(), "");
    let shown = client.get(&path).expect(200).json();
    assert_eq!((&shown["tenant"]["name"], &shown["tenant"]["types"]), (&json!("New"), &json!({})));
    client.get(&format!("/db/tenant/info/{other}")).expect(200);
}

#[test]
fn what_is_no_tenant_is_refused() {
    let client = stacktach();
    let tenant = new_uuid();
    let path = format!("/db/tenant/info/{tenant}/");
    let other = json!({ "tenant": "t2", "name": "n" });
    client.put(&path, other).refused(400, &format!("Invalid tenant: t2 != {tenant}"));
    client.put(&path, "").refused(400, "Request body required");
    client.delete(&path).refused(400, "Invalid method");
    client.get("/db/tenant/batch_info/").refused(400, "Invalid method");
    let missing = "'tenants' missing from request body";
    client.put("/db/tenant/batch_info", "{}").refused(400, missing);
    for body in [
        json!({ "tenant": tenant, "name": "n".repeat(101) }),
        json!({ "tenant": tenant, "name": 1.5, "types": [] }),
        json!({ "tenant": tenant }),
        json!([]),
    ] {
        client.put(&path, body).expect(400);
    }
    let half = json!({ "tenants": [{ "tenant": tenant, "name": "n" }, { "tenant": "x" }] });
    client.put("/db/tenant/batch_info", half).expect(400);
    client.get(&path).expect(404);
}
