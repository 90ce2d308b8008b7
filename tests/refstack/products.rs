//! `/v1/products`: products of vendors, and their versions.

use assay_tests::{Client, Value, json, race, unique};

use crate::people::{somebody, split};
use crate::vendors::{id_of, official, vendor};
use crate::{operator, refstack};

const PRODUCTS: &str = "/v1/products";
const SCHEMA: &str = "Request doesnt correspond to schema";

/// Makes a product and gives its URL.
#[track_caller]
fn product(client: &Client, body: Value) -> String {
    let made = client.post(PRODUCTS, body).expect(201).json();
    format!("{PRODUCTS}/{}", made["id"].as_str().expect("an id"))
}

/// The list of a query.
#[track_caller]
fn list(client: &Client, query: &str) -> Vec<Value> {
    let answer = client.get(&format!("{PRODUCTS}{query}")).expect(200).json();
    answer["products"].as_array().expect("a list").clone()
}

fn has(list: &[Value], url: &str) -> bool {
    list.iter().any(|product| product["id"] == id_of(url))
}

/// Uploads a result of this client's account and binds it to a version.
#[track_caller]
fn bind(client: &Client, version: &Value) -> String {
    let body = json!({ "cpid": "c", "duration_seconds": 1, "results": [{ "name": unique("t") }] });
    let made = client.post("/v1/results", body).expect(201).json();
    let url = format!("/v1/results/{}", made["test_id"].as_str().expect("an id"));
    client.put(&url, json!({ "product_version_id": version })).expect(201);
    url
}

#[test]
fn a_product_goes_to_the_default_vendor_of_its_maker() {
    let (me, client) = somebody();
    let body = json!({ "name": "cloud", "product_type": 1, "description": "d" });
    let url = product(&client, body);
    let shown = client.get(&url).expect(200).json();
    for (key, value) in [
        ("name", json!("cloud")),
        ("product_type", json!(1)),
        ("type", json!(0)),
        ("description", json!("d")),
        ("public", json!(false)),
        ("can_manage", json!(true)),
        ("product_ref_id", json!(null)),
        ("properties", json!(null)),
        ("created_by_user", json!(me.openid)),
    ] {
        assert_eq!(shown[key], value, "{key}");
    }
    let vendor = shown["organization_id"].as_str().unwrap();
    let vendor = client.get(&format!("/v1/vendors/{vendor}")).expect(200).json();
    assert_eq!(vendor["name"], format!("vendor_{}", me.openid));
    let distro = product(&client, json!({ "name": "distro", "product_type": 0 }));
    let distro = client.get(&distro).expect(200).json();
    assert_eq!((&distro["type"], &distro["organization_id"]), (&json!(1), &vendor["id"]));
}

#[test]
fn a_default_vendor_is_made_once() {
    let (_, client) = somebody();
    let body = json!({ "name": "p", "product_type": 2 });
    let urls = race(8, |_| product(&client, body.clone()));
    let shown = list(&client, "");
    assert!(urls.iter().all(|url| has(&shown, url)));
    let vendor = &shown[0]["organization_id"];
    assert!(
        shown.iter().filter(|p| p["can_manage"] == true).all(|p| p["organization_id"] == *vendor)
    );
}

#[test]
fn who_was_sent_away_from_his_default_vendor_stays_away() {
    let ((me, client), (you, _)) = (somebody(), somebody());
    let url = product(&client, json!({ "name": "p", "product_type": 0 }));
    let old = client.get(&url).expect(200).json()["organization_id"].as_str().unwrap().to_owned();
    client.put(&format!("/v1/vendors/{old}/users/{}", you.encoded()), "").expect(204);
    you.client().delete(&format!("/v1/vendors/{old}/users/{}", me.encoded())).expect(204);
    let url = product(&client, json!({ "name": "q", "product_type": 0 }));
    let new = client.get(&url).expect(200).json()["organization_id"].clone();
    assert_ne!(new, old.as_str());
    client.get(&format!("/v1/vendors/{old}")).refused(403, "Forbidden");
}

#[test]
fn a_product_wants_an_account_a_name_and_a_type() {
    let good = json!({ "name": "p", "product_type": 0 });
    refstack().post(PRODUCTS, good).refused(401, "Unauthorized");
    let (_, client) = somebody();
    let empty = json!({ "name": " ", "product_type": 0 });
    client.post(PRODUCTS, empty).refused(400, "name should not be empty");
    for kind in [json!(-1), json!(3), json!(true), json!("0"), json!(0.5), json!(null)] {
        client.post(PRODUCTS, json!({ "name": "p", "product_type": kind })).refused(400, SCHEMA);
    }
    for (key, value) in [
        ("extra", json!(1)),
        ("version", json!("x".repeat(37))),
        ("name", json!("x".repeat(81))),
        ("description", json!(1)),
        ("organization_id", json!(7)),
        ("public", json!(true)),
    ] {
        let mut body = json!({ "name": "p", "product_type": 0 });
        body[key] = value;
        client.post(PRODUCTS, body).refused(400, SCHEMA);
    }
    client.post(PRODUCTS, json!({ "name": "p" })).refused(400, SCHEMA);
    client.post(PRODUCTS, "{").refused(400, "Malformed request");
    assert_eq!(list(&client, "").iter().filter(|p| p["can_manage"] == true).count(), 0);
}

#[test]
fn nobody_adds_products_to_a_foreign_vendor() {
    let ((_, client), (_, other)) = (somebody(), somebody());
    let url = vendor(&client, &unique("v"));
    let body = json!({ "name": "p", "product_type": 0, "organization_id": id_of(&url) });
    other.post(PRODUCTS, body.clone()).refused(403, "Forbidden");
    product(&client, body.clone());
    product(&operator(), body);
    let body = json!({ "name": "p", "product_type": 0, "organization_id": "nowhere" });
    client.post(PRODUCTS, body).refused(404, "Organization with id nowhere is not found");
}

#[test]
fn the_operator_says_whose_a_product_is() {
    operator().post(PRODUCTS, json!({ "name": "p", "product_type": 0 })).refused(400, SCHEMA);
}

#[test]
fn private_products_are_for_their_people() {
    let ((_, client), (_, other)) = (somebody(), somebody());
    let url = product(&client, json!({ "name": "p", "product_type": 0 }));
    for stranger in [&other, &refstack()] {
        stranger.get(&url).refused(403, "Forbidden");
        stranger.get(&format!("{url}/versions")).refused(403, "Forbidden");
        assert!(!has(&list(stranger, ""), &url));
    }
    for (stranger, status) in [(&other, 403), (&refstack(), 401)] {
        stranger.put(&url, json!({ "name": "q" })).expect(status);
        stranger.delete(&url).expect(status);
        stranger.post(&format!("{url}/versions"), json!({ "version": "1" })).expect(status);
    }
    assert!(has(&list(&client, ""), &url));
    assert!(has(&list(&operator(), ""), &url));
}

#[test]
fn products_are_listed_by_name_and_by_vendor() {
    let (_, client) = somebody();
    let (one, two) = (vendor(&client, &unique("v")), vendor(&client, &unique("v")));
    let of = |vendor: &str, name: &str| {
        let id = id_of(vendor);
        product(&client, json!({ "name": name, "product_type": 0, "organization_id": id }))
    };
    let (b, a, c) = (of(&one, "b"), of(&one, "a"), of(&two, "c"));
    let listed = list(&client, &format!("?organization_id={}", id_of(&one)));
    let names: Vec<_> = listed.iter().map(|product| product["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["a", "b"]);
    let expected = json!({
        "id": id_of(&a), "name": "a", "description": null, "product_ref_id": null, "type": 1,
        "product_type": 0, "public": false, "organization_id": id_of(&one), "can_manage": true,
    });
    assert_eq!(listed[0], expected);
    let all = list(&client, "");
    assert!([&a, &b, &c].iter().all(|url| has(&all, url)));
    assert_eq!(list(&client, "?organization_id=nowhere"), Vec::<Value>::new());
}

#[test]
fn only_products_of_official_vendors_become_public() {
    let ((_, client), (_, other)) = (somebody(), somebody());
    let url = product(&client, json!({ "name": "p", "product_type": 0 }));
    client.put(&url, json!({ "public": true })).refused(403, "Forbidden");
    client.put(&url, json!({ "public": false })).expect(200);
    let vendor = official(&client);
    let body = json!({ "name": "p", "product_type": 0, "organization_id": id_of(&vendor) });
    let url = product(&client, body);
    for value in [json!(true), json!("yes"), json!(1)] {
        let shown = client.put(&url, json!({ "public": value })).expect(200).json();
        assert_eq!(shown["public"], true);
        let seen = other.get(&url).expect(200).json();
        assert_eq!((&seen["can_manage"], seen.get("properties")), (&json!(false), None));
        assert!(has(&list(&refstack(), ""), &url));
        refstack().get(&format!("{url}/versions")).expect(200);
        client.put(&url, json!({ "public": false })).expect(200);
        other.get(&url).refused(403, "Forbidden");
    }
    client.put(&url, json!({ "public": "perhaps" })).refused(400, SCHEMA);
}

#[test]
fn members_change_their_product() {
    let (_, client) = somebody();
    let url = product(&client, json!({ "name": "p", "product_type": 0 }));
    let body = json!({ "name": "q", "description": "d", "product_ref_id": "r",
                       "properties": { "a": 1 } });
    let changed = client.put(&url, body).expect(200).json();
    assert_eq!((&changed["name"], &changed["product_ref_id"]), (&json!("q"), &json!("r")));
    assert_eq!(changed["properties"], "{\"a\":1}");
    client.put(&url, json!({ "name": "" })).refused(400, "name should not be empty");
    for body in [json!({ "organization_id": "x" }), json!({ "product_type": 1 }), json!([])] {
        client.put(&url, body).refused(400, SCHEMA);
    }
    assert_eq!(client.get(&url).expect(200).json(), changed);
}

#[test]
fn unknown_products_are_not_found() {
    let (_, client) = somebody();
    let (url, title) = (format!("{PRODUCTS}/x"), "Product with id \"x\" not found");
    client.get(&url).refused(404, title);
    client.put(&url, json!({ "name": "x" })).refused(404, title);
    client.delete(&url).refused(404, title);
    client.get(&format!("{url}/versions")).refused(404, title);
    client.post(&format!("{url}/versions"), json!({ "version": "1" })).refused(404, title);
}

#[test]
fn a_product_is_born_with_a_version_without_name() {
    let (_, client) = somebody();
    let url = product(&client, json!({ "name": "p", "product_type": 0, "version": "1.0" }));
    let versions = client.get(&format!("{url}/versions")).expect(200).json();
    let names: Vec<_> = versions.as_array().unwrap().iter().map(|v| v["version"].clone()).collect();
    assert_eq!(names, [json!(null), json!("1.0")]);
    assert_eq!(versions[0]["product_id"], id_of(&url));
    assert_eq!(versions[0]["cpid"], json!(null));
    let null = format!("{url}/versions/{}", versions[0]["id"].as_str().unwrap());
    let refusal = client.delete(&null).refused(400, "Bad Request").json();
    assert!(refusal["detail"].as_str().unwrap().starts_with("Can not delete the empty version"));
}

#[test]
fn a_version_has_a_name_and_a_cloud() {
    let (_, client) = somebody();
    let url = product(&client, json!({ "name": "p", "product_type": 0 }));
    let versions = format!("{url}/versions");
    let made = client.post(&versions, json!({ "version": "2", "cpid": "c2" })).expect(201).json();
    let id = made["id"].as_str().unwrap();
    let expected = json!({ "id": id, "product_id": id_of(&url), "version": "2", "cpid": "c2" });
    assert_eq!(made, expected);
    let one = format!("{versions}/{id}");
    assert_eq!(client.get(&one).expect(200).json(), expected);
    client.post(&versions, json!({ "version": "2" })).expect(409);
    let changed = client.put(&one, json!({ "cpid": "c3" })).expect(200).json();
    assert_eq!((&changed["cpid"], &changed["version"]), (&json!("c3"), &json!("2")));
    for body in
        [json!({ "version": "3" }), json!({ "cpid": "x".repeat(129) }), json!({ "cpid": 1 })]
    {
        client.put(&one, body).refused(400, SCHEMA);
    }
    for version in ["", " "] {
        let request = client.post(&versions, json!({ "version": version }));
        request.refused(400, "version should not be empty");
    }
    for body in [json!({ "version": 1 }), json!({ "version": "x".repeat(37) }), json!([])] {
        client.post(&versions, body).refused(400, SCHEMA);
    }
    client.delete(&one).expect(204);
    client.get(&one).refused(404, &format!("Version with id \"{id}\" not found"));
    client.delete(&one).expect(404);
    client.put(&one, json!({ "cpid": "x" })).expect(404);
}

#[test]
fn a_version_is_only_found_under_its_product() {
    let (_, client) = somebody();
    let [one, two] = ["a", "b"]
        .map(|name| product(&client, json!({ "name": name, "product_type": 0, "version": "1" })));
    let versions = client.get(&format!("{one}/versions")).expect(200).json();
    let url = format!("{two}/versions/{}", versions[1]["id"].as_str().unwrap());
    client.get(&url).expect(404);
    client.put(&url, json!({ "cpid": "x" })).expect(404);
    client.delete(&url).expect(404);
    assert_eq!(client.get(&format!("{one}/versions")).expect(200).json(), versions);
}

#[test]
fn of_many_equal_versions_one_is_added() {
    let (_, client) = somebody();
    let url = product(&client, json!({ "name": "p", "product_type": 0 })) + "/versions";
    let statuses = race(8, |_| client.post(&url, json!({ "version": "1" })).send().status());
    assert_eq!(split(&statuses, 201, 409), (1, 7));
}

#[test]
fn what_results_are_bound_to_stays() {
    let (_, client) = somebody();
    let url = product(&client, json!({ "name": "p", "product_type": 0, "version": "1" }));
    let version = client.get(&format!("{url}/versions")).expect(200).json()[1]["id"].clone();
    let result = bind(&client, &version);
    let vendor = client.get(&url).expect(200).json()["organization_id"].clone();
    for (url, what) in [
        (format!("{url}/versions/{}", version.as_str().unwrap()), "to this product version."),
        (url.clone(), "to versions of this product."),
        (format!("/v1/vendors/{}", vendor.as_str().unwrap()), "to products for this vendor."),
    ] {
        let refusal = client.delete(&url).refused(400, "Bad Request").json();
        let detail = format!("Unable to delete. There are still tests associated {what}");
        assert_eq!(refusal["detail"], detail);
    }
    client.put(&result, json!({ "product_version_id": null })).expect(201);
    client.delete(&url).expect(204);
    client.get(&result).expect(200);
}

#[test]
fn the_results_of_a_product_are_listed_for_who_may_see_it() {
    let ((_, client), (_, other)) = (somebody(), somebody());
    let body =
        json!({ "name": "p", "product_type": 0, "organization_id": id_of(&official(&client)) });
    let url = product(&client, body);
    let version = client.get(&format!("{url}/versions")).expect(200).json()[0]["id"].clone();
    let result = bind(&client, &version);
    let results = format!("/v1/results?product_id={}", id_of(&url));
    let listed = |client: &Client, query: &str| {
        let list = client.get(&format!("{results}{query}")).expect(200).json();
        list["results"].as_array().expect("a list").iter().any(|r| r["id"] == id_of(&result))
    };
    assert!(listed(&client, "") && listed(&client, "&signed") && listed(&operator(), ""));
    assert!(!listed(&operator(), "&signed"), "its own uploads only");
    other.get(&results).refused(403, "Forbidden");
    refstack().get(&results).refused(403, "Forbidden");
    client.put(&url, json!({ "public": true })).expect(200);
    assert!(!listed(&other, "") && !listed(&refstack(), ""), "nobody shared it");
    client.post(&format!("{result}/meta/shared"), "true").expect(201);
    assert!(listed(&other, "") && listed(&refstack(), ""));
    let unknown = format!("/v1/results?product_id={}", id_of(&result));
    let title = format!("Product with id \"{}\" not found", id_of(&result));
    client.get(&unknown).refused(404, &title);
}
