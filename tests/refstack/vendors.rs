//! `/v1/vendors`: vendors, how they become official, and their people.

use assay_tests::{Client, Value, json, race, unique};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::people::{Person, somebody};
use crate::{operator, refstack};

const VENDORS: &str = "/v1/vendors";
const SCHEMA: &str = "Request doesnt correspond to schema";
const WRONG_STATE: &str = "Invalid organization state for this action.";

/// Makes a vendor and gives its URL.
#[track_caller]
pub fn vendor(client: &Client, name: &str) -> String {
    let made = client.post(VENDORS, json!({ "name": name })).expect(201).json();
    format!("{VENDORS}/{}", made["id"].as_str().expect("an id"))
}

/// Takes a step, which must be allowed.
#[track_caller]
pub fn act(client: &Client, url: &str, body: Value) {
    let answer = client.post(&format!("{url}/action"), body).expect(200);
    assert_eq!(answer.json(), json!(null));
}

/// Makes an official vendor and gives its URL.
#[track_caller]
pub fn official(client: &Client) -> String {
    let url = vendor(client, &unique("official"));
    act(client, &url, json!({ "register": null }));
    act(&operator(), &url, json!({ "approve": null }));
    url
}

/// The last part of a URL.
pub fn id_of(url: &str) -> &str {
    url.rsplit('/').next().expect("a part")
}

/// The entry of a list with the id of this URL.
#[track_caller]
fn listed(client: &Client, url: &str) -> Option<Value> {
    let list = client.get(VENDORS).expect(200).json();
    let vendors = list["vendors"].as_array().expect("a list");
    vendors.iter().find(|vendor| vendor["id"] == id_of(url)).cloned()
}

/// The URL of the foundation.
fn foundation() -> String {
    let list = refstack().get(VENDORS).expect(200).json();
    let vendors = list["vendors"].as_array().expect("a list");
    let found: Vec<_> = vendors.iter().filter(|vendor| vendor["type"] == 0).collect();
    assert_eq!(found.len(), 1);
    format!("{VENDORS}/{}", found[0]["id"].as_str().expect("an id"))
}

#[test]
fn a_foundation_is_there_from_the_first_start() {
    let url = foundation();
    let shown = refstack().get(&url).expect(200).json();
    let expected = json!({ "id": id_of(&url), "type": 0, "name": "OpenStack Foundation",
                           "description": null, "can_manage": false });
    assert_eq!(shown, expected);
    operator().delete(&url).refused(403, "Forbidden");
    operator().post(&format!("{url}/action"), json!({ "approve": 1 })).refused(400, WRONG_STATE);
}

#[test]
fn members_of_the_foundation_are_the_admins() {
    let ((me, client), (_, other)) = (somebody(), somebody());
    let seat = format!("{}/users/{}", foundation(), me.encoded());
    other.put(&seat, "").refused(403, "Forbidden");
    operator().put(&seat, "").expect(204);
    assert_eq!(client.get("/v1/profile").expect(200).json()["is_admin"], true);
    let private = vendor(&other, &unique("private"));
    assert_eq!(listed(&client, &private).unwrap()["can_manage"], true);
    operator().delete(&seat).expect(204);
    assert_eq!(client.get("/v1/profile").expect(200).json()["is_admin"], false);
    client.get(&private).refused(403, "Forbidden");
}

#[test]
fn a_new_vendor_is_private_and_its_maker_a_member() {
    let ((me, client), (_, other), name) = (somebody(), somebody(), unique("acme"));
    let url = vendor(&client, &name);
    let shown = client.get(&url).expect(200).json();
    for (key, value) in [
        ("type", json!(1)),
        ("name", json!(name)),
        ("can_manage", json!(true)),
        ("created_by_user", json!(me.openid)),
        ("properties", json!(null)),
    ] {
        assert_eq!(shown[key], value, "{key}");
    }
    for key in ["group_id", "created_at", "updated_at"] {
        assert!(shown[key].is_string(), "{key}");
    }
    let entry = listed(&client, &url).unwrap();
    assert_eq!(
        entry,
        json!({ "id": id_of(&url), "type": 1, "name": name, "description": null,
                              "can_manage": true })
    );
    for stranger in [other, refstack()] {
        stranger.get(&url).refused(403, "Forbidden");
        assert_eq!(listed(&stranger, &url), None);
    }
    assert_eq!(listed(&operator(), &url).unwrap()["can_manage"], true);
}

#[test]
fn vendors_are_listed_newest_first() {
    let (_, client) = somebody();
    let urls = [(); 3].map(|()| vendor(&client, &unique("v")));
    let list = client.get(VENDORS).expect(200).json();
    let ids = list["vendors"].as_array().unwrap().iter().map(|vendor| vendor["id"].clone());
    let mine: Vec<_> = ids.filter(|id| urls.iter().any(|url| *id == id_of(url))).collect();
    let expected: Vec<_> = urls.iter().rev().map(|url| json!(id_of(url))).collect();
    assert_eq!(mine, expected);
}

#[test]
fn a_vendor_needs_an_account_and_a_name() {
    refstack().post(VENDORS, json!({ "name": "x" })).refused(401, "Unauthorized");
    let (_, client) = somebody();
    for name in ["", "  "] {
        client.post(VENDORS, json!({ "name": name })).refused(400, "name should not be empty");
    }
    for body in [
        json!({}),
        json!([]),
        json!({ "name": 7 }),
        json!({ "name": null }),
        json!({ "name": "x".repeat(81) }),
        json!({ "name": "x", "type": 0 }),
        json!({ "name": "x", "description": 7 }),
    ] {
        client.post(VENDORS, body).refused(400, SCHEMA);
    }
    client.post(VENDORS, json!({ "name": "ü".repeat(80) })).expect(201);
    client.post(VENDORS, "{").refused(400, "Malformed request");
    client.put(VENDORS, "{}").expect(405);
}

#[test]
fn an_unknown_vendor_is_not_found() {
    let (_, client) = somebody();
    for id in ["no-such-id", "'%20OR%201=1--"] {
        let url = format!("{VENDORS}/{id}");
        let title = format!("Organization with id {} is not found", id.replace("%20", " "));
        client.get(&url).refused(404, &title);
        client.put(&url, json!({ "name": "x" })).refused(404, &title);
        client.delete(&url).refused(404, &title);
        client.post(&format!("{url}/action"), json!({ "register": 1 })).refused(404, &title);
        client.get(&format!("{url}/users")).refused(404, &title);
        client.put(&format!("{url}/users/YQ"), "").refused(404, &title);
    }
}

#[test]
fn members_change_their_vendor() {
    let ((_, client), (_, other)) = (somebody(), somebody());
    let url = vendor(&client, &unique("v"));
    let body = json!({ "name": "new", "description": "d", "properties": { "a": [1, "é"] } });
    for (stranger, status) in [(&other, 403), (&refstack(), 401)] {
        stranger.put(&url, body.clone()).expect(status);
    }
    let changed = client.put(&url, body).expect(200).json();
    assert_eq!((&changed["name"], &changed["description"]), (&json!("new"), &json!("d")));
    let properties: Value = serde_json::from_str(changed["properties"].as_str().unwrap()).unwrap();
    assert_eq!(properties, json!({ "a": [1, "é"] }));
    client.put(&url, json!({ "description": null })).expect(200);
    let shown = client.get(&url).expect(200).json();
    assert_eq!((&shown["name"], &shown["description"]), (&json!("new"), &json!(null)));
    client.put(&url, json!({ "name": "" })).refused(400, "name should not be empty");
    for body in [json!({ "properties": "{}" }), json!({ "type": 3 }), json!({ "name": 1 })] {
        client.put(&url, body).refused(400, SCHEMA);
    }
}

#[test]
fn only_admins_rename_an_official_vendor() {
    let (_, client) = somebody();
    let url = official(&client);
    let refusal = client.put(&url, json!({ "name": "other" })).refused(403, "Forbidden");
    let detail = "Name change for an official vendor is not allowed.";
    assert_eq!(refusal.json()["detail"], detail);
    client.put(&url, json!({ "description": "mine to change" })).expect(200);
    let name = unique("renamed");
    operator().put(&url, json!({ "name": name })).expect(200);
    assert_eq!(refstack().get(&url).expect(200).json()["name"], name.as_str());
}

#[test]
fn a_vendor_becomes_official_in_two_steps() {
    let (_, client) = somebody();
    let url = vendor(&client, &unique("v"));
    let action = format!("{url}/action");
    let kind = || client.get(&url).expect(200).json()["type"].clone();
    for key in ["cancel", "approve", "deny"] {
        let who = if key == "cancel" { client.clone() } else { operator() };
        let body = json!({ key: null, "registration_decline_reason": "r" });
        who.post(&action, body).refused(400, WRONG_STATE);
    }
    act(&client, &url, json!({ "register": null }));
    assert_eq!(kind(), 2);
    client.post(&action, json!({ "register": null })).refused(400, WRONG_STATE);
    act(&client, &url, json!({ "cancel": null }));
    assert_eq!(kind(), 1);
    act(&client, &url, json!({ "register": true }));
    let denial = json!({ "deny": null, "registration_decline_reason": "too \"small\"" });
    act(&operator(), &url, denial);
    let shown = client.get(&url).expect(200).json();
    let kept: Value = serde_json::from_str(shown["properties"].as_str().unwrap()).unwrap();
    assert_eq!(
        (&shown["type"], kept["registration_decline_reason"].as_str()),
        (&json!(1), Some("too \"small\""))
    );
    act(&client, &url, json!({ "register": "" }));
    act(&operator(), &url, json!({ "approve": 0 }));
    let shown = refstack().get(&url).expect(200).json();
    assert_eq!(shown["type"], 3);
    let properties = client.get(&url).expect(200).json()["properties"].to_string();
    assert!(!properties.contains("registration_decline_reason"), "{properties}");
    for key in ["register", "cancel"] {
        client.post(&action, json!({ key: null })).refused(400, WRONG_STATE);
    }
}

#[test]
fn an_action_has_one_name_and_the_right_actor() {
    let ((_, client), (_, other)) = (somebody(), somebody());
    let url = vendor(&client, &unique("v"));
    let action = format!("{url}/action");
    let title = |list: &str| format!("Invalid actions in the body: {list}");
    for (body, list) in [
        (json!({}), "[]"),
        (json!({ "explode": null }), "[]"),
        (json!({ "cancel": null, "register": null }), "['register', 'cancel']"),
    ] {
        client.post(&action, body).refused(400, &title(list));
    }
    client.post(&action, "[]").refused(400, SCHEMA);
    refstack().post(&action, json!({ "register": null })).refused(401, "Unauthorized");
    other.post(&action, json!({ "register": null })).refused(403, "Forbidden");
    operator().post(&action, json!({ "register": null })).refused(403, "Forbidden");
    act(&client, &url, json!({ "register": null }));
    for key in ["approve", "deny"] {
        let body = json!({ key: null, "registration_decline_reason": "r" });
        client.post(&action, body).refused(403, "Forbidden");
    }
    for reason in [json!(null), json!(""), json!(" ")] {
        let body = json!({ "deny": null, "registration_decline_reason": reason });
        operator().post(&action, body).refused(400, "The decline reason can not be empty");
    }
    operator()
        .post(&action, json!({ "deny": 1 }))
        .refused(400, "The decline reason can not be empty");
}

#[test]
fn of_many_who_decide_one_does() {
    let (_, client) = somebody();
    let url = vendor(&client, &unique("v"));
    act(&client, &url, json!({ "register": null }));
    let action = format!("{url}/action");
    let statuses = race(8, |_| operator().post(&action, json!({ "approve": 1 })).send().status());
    assert_eq!(crate::people::split(&statuses, 200, 400), (1, 7));
}

#[test]
fn members_choose_their_people() {
    let ((me, client), (you, other)) = (somebody(), somebody());
    let url = vendor(&client, &unique("v"));
    let users = format!("{url}/users");
    let seat = |person: &Person| format!("{users}/{}", person.encoded());
    for (stranger, status) in [(&other, 403), (&refstack(), 401)] {
        stranger.get(&users).expect(status);
        stranger.put(&seat(&you), "").expect(status);
        stranger.delete(&seat(&me)).expect(status);
    }
    let people = client.get(&users).expect(200).json();
    assert_eq!(people, json!([{ "openid": me.openid, "fullname": null, "email": null }]));
    for _ in 0..2 {
        client.put(&seat(&you), "").expect(204);
    }
    let people = other.get(&users).expect(200).json();
    assert_eq!(people.as_array().unwrap().len(), 2);
    assert_eq!(listed(&other, &url).unwrap()["can_manage"], true);
    for _ in 0..2 {
        other.delete(&seat(&me)).expect(204);
    }
    client.get(&url).refused(403, "Forbidden");
    client.put(&seat(&me), "").refused(403, "Forbidden");
}

#[test]
fn people_are_named_in_any_base64() {
    let (_, client) = somebody();
    let url = vendor(&client, &unique("v"));
    // A name whose base64 has both letters that the alphabets differ in, and padding.
    let (key, name) = (crate::people::Key::new(), format!("ÿ?>~{}", unique("q")));
    let body = crate::people::with(key.proof(), "openid", json!(name));
    refstack().post("/v1/auth/signup", body).expect(201);
    let standard = STANDARD.encode(&name);
    assert!(standard.contains('/'), "{standard}");
    let count = || client.get(&format!("{url}/users")).expect(200).json().as_array().unwrap().len();
    for text in [
        standard.clone(),
        standard.replace('/', "%2F"),
        standard.replace('=', "%3D"),
        standard.trim_end_matches('=').to_owned(),
        URL_SAFE_NO_PAD.encode(&name),
    ] {
        client.put(&format!("{url}/users/{text}"), "").expect(204);
        assert_eq!(count(), 2, "{text}");
        client.delete(&format!("{url}/users/{text}")).expect(204);
        assert_eq!(count(), 1, "{text}");
    }
    let nobody = URL_SAFE_NO_PAD.encode("nobody-at-all");
    client.put(&format!("{url}/users/{nobody}"), "").expect(404);
    client.delete(&format!("{url}/users/{nobody}")).expect(204);
    for text in ["a", "!!!!", "_w"] {
        client.put(&format!("{url}/users/{text}"), "").expect(400);
        client.delete(&format!("{url}/users/{text}")).expect(400);
    }
}

#[test]
fn a_vendor_goes_with_its_products() {
    let ((_, client), (_, other)) = (somebody(), somebody());
    let url = vendor(&client, &unique("v"));
    let body = json!({ "name": "p", "product_type": 0, "organization_id": id_of(&url) });
    let product = client.post("/v1/products", body).expect(201).json();
    let product = format!("/v1/products/{}", product["id"].as_str().unwrap());
    refstack().delete(&url).refused(401, "Unauthorized");
    other.delete(&url).refused(403, "Forbidden");
    client.delete(&url).expect(204);
    client.delete(&url).expect(404);
    client.get(&product).expect(404);
}
