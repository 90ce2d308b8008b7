//! `/v1/profile`: who I am, my keys, my tokens; and which tokens are believed.

use assay_tests::{json, race};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::people::{Key, blob, challenge, now, somebody, split, unsigned, with};
use crate::{bearing, operator, refstack};

const PUBKEYS: &str = "/v1/profile/pubkeys";
const TOKENS: &str = "/v1/profile/tokens";
const SCHEMA: &str = "Request doesnt correspond to schema";

#[test]
fn nobody_has_no_profile() {
    for path in ["/v1/profile", "/v1/profile/", PUBKEYS, TOKENS] {
        let refusal = refstack().get(path).refused(401, "Unauthorized");
        assert_eq!(refusal.json()["code"], 401);
    }
    refstack().put("/v1/profile", json!({})).refused(401, "Unauthorized");
    refstack().post(PUBKEYS, Key::new().proof()).refused(401, "Unauthorized");
    refstack().post(TOKENS, json!({ "name": "x" })).refused(401, "Unauthorized");
    refstack().delete("/v1/profile/tokens/x").refused(401, "Unauthorized");
}

#[test]
fn a_profile_tells_who_i_am_and_takes_changes() {
    let (me, client) = somebody();
    let profile = client.get("/v1/profile").expect(200).json();
    let expected =
        json!({ "openid": me.openid, "email": null, "fullname": null, "is_admin": false });
    assert_eq!(profile, expected);
    let changed = client.put("/v1/profile", json!({ "email": "me@x", "fullname": "M. E." }));
    assert_eq!(changed.expect(200).json()["email"], "me@x");
    client.put("/v1/profile", json!({ "email": null })).expect(200);
    let shown = client.get("/v1/profile/").expect(200).json();
    assert_eq!((&shown["email"], &shown["fullname"]), (&json!(null), &json!("M. E.")));
}

#[test]
fn a_change_of_the_profile_is_bounded() {
    let (_, client) = somebody();
    let long = "x".repeat(129);
    for body in [json!({ "email": long }), json!({ "fullname": 7 }), json!({ "openid": "x" })] {
        client.put("/v1/profile", body).refused(400, SCHEMA);
    }
    client.put("/v1/profile", "{").refused(400, "Malformed request");
}

#[test]
fn the_operator_is_an_admin_without_account() {
    let profile = operator().get("/v1/profile").expect(200).json();
    let expected =
        json!({ "openid": "operator", "email": null, "fullname": null, "is_admin": true });
    assert_eq!(profile, expected);
    operator().put("/v1/profile", json!({ "email": "x" })).refused(403, "Forbidden");
    operator().post(PUBKEYS, Key::new().proof()).refused(403, "Forbidden");
    operator().post(TOKENS, json!({ "name": "x" })).refused(403, "Forbidden");
}

#[test]
fn an_account_has_any_number_of_keys() {
    let ((me, client), second) = (somebody(), Key::new());
    let id = client.post(PUBKEYS, second.proof()).expect(201).json();
    let keys = client.get(PUBKEYS).expect(200).json();
    let expected = json!({
        "id": id, "openid": me.openid, "format": "ssh-rsa", "comment": "me@host",
        "pubkey": second.base64(),
    });
    assert_eq!((keys.as_array().unwrap().len(), &keys[1]), (2, &expected));
    let token = second.token(&json!({ "user_openid": me.openid, "exp": now() + 60 }));
    bearing(&token).get("/v1/profile").expect(200);
    let path = format!("{PUBKEYS}/{}", id.as_str().unwrap());
    client.delete(&path).expect(204);
    bearing(&token).get("/v1/profile").refused(400, "Token is not valid");
    client.delete(&path).expect(404);
}

#[test]
fn a_key_has_one_owner() {
    let ((me, client), (_, other)) = (somebody(), somebody());
    for client in [&client, &other] {
        client.post(PUBKEYS, me.key.proof()).refused(409, "Public key already exists.");
    }
    let body = Key::new().proof();
    let statuses = race(8, |_| client.post(PUBKEYS, body.clone()).send().status());
    assert_eq!(split(&statuses, 201, 409), (1, 7));
}

#[test]
fn a_key_of_somebody_else_is_not_mine_to_remove() {
    let ((_, me), (_, other)) = (somebody(), somebody());
    let id = other.get(PUBKEYS).expect(200).json()[0]["id"].as_str().unwrap().to_owned();
    me.delete(&format!("{PUBKEYS}/{id}")).expect(404);
    other.delete(&format!("{PUBKEYS}/{id}")).expect(204);
}

/// A public key with a modulus of so many bits, which nobody has.
fn line_of(bits: usize) -> String {
    let modulus = [vec![0], vec![0xC3; bits / 8]].concat();
    format!("ssh-rsa {}", STANDARD.encode(blob(&[1, 0, 1], &modulus)))
}

#[test]
fn a_key_must_be_rsa_and_sign_for_itself() {
    let ((_, me), key) = (somebody(), Key::new());
    let (line, proof, other) = (key.line(), key.sign("signature"), Key::new());
    let flipped = if proof.starts_with('0') { "1" } else { "0" }.to_owned() + &proof[1..];
    let (small, huge) = (line_of(512), line_of(16_384));
    let format = "Public key has unsupported format";
    for (raw_key, signature, title) in [
        (line.as_str(), "xyz", "Malformed signature"),
        (&line, "", "Malformed signature"),
        (&line, &proof[2..], "Signature verification failed"),
        (&line, &other.sign("signature"), "Signature verification failed"),
        (&line, &flipped, "Signature verification failed"),
        (&line, &key.sign("something else"), "Signature verification failed"),
        ("ssh-rsa AAAA", &proof, "Malformed public key"),
        ("ssh-rsa !!!!", &proof, "Malformed public key"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAABGFiY2Q= x", &proof, format),
        ("", &proof, format),
        (&small, &proof, format),
        (&huge, &proof, format),
    ] {
        let body = json!({ "raw_key": raw_key, "self_signature": signature });
        me.post(PUBKEYS, body).refused(400, title);
    }
    assert_eq!(me.get(PUBKEYS).expect(200).json().as_array().unwrap().len(), 1);
    let upper = json!({ "raw_key": line, "self_signature": proof.to_uppercase() });
    me.post(PUBKEYS, upper).expect(201);
}

#[test]
fn a_new_key_has_the_shape_of_the_schema() {
    let (_, me) = somebody();
    let schema = refstack().get("/v1/profile/pubkeys/schema").expect(200).json();
    assert_eq!(schema["$schema"], "http://json-schema.org/draft-04/schema#");
    assert_eq!(schema["required"], json!(["raw_key", "self_signature"]));
    let extra = with(Key::new().proof(), "extra", json!(1));
    for body in [json!({}), json!([]), json!({ "raw_key": 1, "self_signature": "00" }), extra] {
        me.post(PUBKEYS, body).refused(400, SCHEMA);
    }
}

#[test]
fn a_key_may_sign_a_challenge_instead_but_only_once() {
    let ((_, me), text) = (somebody(), challenge());
    let body = |key: Key| {
        let signature = key.sign(&text);
        json!({ "raw_key": key.line(), "self_signature": signature, "challenge": text })
    };
    me.post(PUBKEYS, body(Key::new())).expect(201);
    me.post(PUBKEYS, body(Key::new())).refused(401, "Unauthorized");
}

#[test]
fn an_api_token_works_until_it_is_revoked() {
    let ((me, client), (_, other)) = (somebody(), somebody());
    let body = json!({ "name": "ci", "expires_in_days": 366 });
    let made = client.post(TOKENS, body).expect(201).json();
    let secret = made["token"].as_str().unwrap();
    assert!(secret.starts_with("rst_") && secret.len() == 47, "{secret}");
    let profile = bearing(secret).get("/v1/profile").expect(200).json();
    assert_eq!(profile["openid"], me.openid.as_str());
    let listed = client.get(TOKENS).expect(200);
    assert!(!listed.text().contains(secret));
    assert_eq!(listed.json()[0]["name"], "ci");
    assert_eq!(listed.json()[0]["expires_at"], made["expires_at"]);
    let path = format!("{TOKENS}/{}", made["id"].as_str().unwrap());
    other.delete(&path).expect(404);
    client.delete(&path).expect(204);
    client.delete(&path).expect(404);
    // A wrong token is refused on public URLs too.
    for path in ["/v1/profile", "/v1/results", "/v1"] {
        bearing(secret).get(path).refused(401, "Token is not valid");
    }
}

#[test]
fn an_api_token_has_a_name_and_a_sane_life() {
    let (_, me) = somebody();
    let endless = me.post(TOKENS, json!({ "name": "x" })).expect(201).json();
    assert_eq!(endless["expires_at"], json!(null));
    for days in [json!(0), json!(367), json!(1.5), json!(true), json!("7"), json!(-1)] {
        me.post(TOKENS, json!({ "name": "x", "expires_in_days": days })).refused(400, SCHEMA);
    }
    for body in [json!({}), json!({ "name": 1 }), json!({ "name": "x".repeat(129) })] {
        me.post(TOKENS, body).refused(400, SCHEMA);
    }
}

#[test]
fn only_json_web_tokens_of_a_registered_key_are_believed() {
    let (me, _) = somebody();
    let claims = json!({ "user_openid": me.openid, "exp": now() + 60 });
    let header = |alg: &str| unsigned(&json!({ "alg": alg, "typ": "JWT" }), &claims);
    let mut mac = Hmac::<Sha256>::new_from_slice(me.key.line().as_bytes()).unwrap();
    mac.update(header("HS256").as_bytes());
    let by_public_key = URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
    let with = |key, value| me.key.token(&with(claims.clone(), key, value));
    for token in [
        format!("{}.", header("none")),
        format!("{}.{by_public_key}", header("HS256")),
        me.key.signed(&header("RS512")),
        with("exp", json!(now() - 60)),
        with("exp", json!(null)),
        with("nbf", json!(now() + 120)),
        with("user_openid", json!("nobody-at-all")),
        Key::new().token(&claims),
        "...".to_owned(),
        "x".to_owned(),
    ] {
        bearing(&token).get("/v1/results").refused(400, "Token is not valid");
    }
    let nameless = me.key.token(&json!({ "exp": now() + 60 }));
    let title = "Token does not contain user's openid";
    bearing(&nameless).get("/v1/profile").refused(400, title);
    // Clocks differ a little.
    bearing(&with("exp", json!(now() - 20))).get("/v1/profile").expect(200);
}

#[test]
fn other_schemes_are_refused() {
    for (header, title) in [
        ("Basic abc", "Authorization schema 'Bearer' should be used"),
        ("Bearer", "Token is not valid"),
        ("Bearer ", "Token is not valid"),
    ] {
        refstack().get("/v1/results").header("authorization", header).refused(400, title);
    }
    bearing("rst_unknown").get("/v1/results").refused(401, "Token is not valid");
}
