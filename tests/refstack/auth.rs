//! `/v1/auth`: accounts by key, sessions by signed challenge.

use assay_tests::{App, Client, Value, areas, json, race, unique};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest, Sha256};

use crate::people::{Key, Person, challenge, now, somebody, split, with};
use crate::{OPERATOR, bearing, refstack};

const SIGNUP: &str = "/v1/auth/signup";
const SIGNIN: &str = "/v1/auth/signin";
const SCHEMA: &str = "Request doesnt correspond to schema";

fn signed(key: &Key, challenge: &str) -> Value {
    let signature = key.sign(challenge);
    json!({ "raw_key": key.line(), "challenge": challenge, "signature": signature })
}

#[test]
fn an_account_without_a_name_is_named_after_its_key() {
    let key = Key::new();
    let made = refstack().post(SIGNUP, key.proof()).expect(201).json();
    let name = format!("key:SHA256:{}", STANDARD_NO_PAD.encode(Sha256::digest(key.blob())));
    assert_eq!(made["openid"], name);
    assert_eq!(made.as_object().unwrap().len(), 2, "{made}");
    refstack().post(SIGNUP, key.proof()).refused(409, "Public key already exists.");
}

#[test]
fn an_account_keeps_what_it_was_signed_up_with() {
    let (key, text, openid) = (Key::new(), challenge(), unique("me"));
    let body = json!({
        "raw_key": key.line(), "self_signature": key.sign(&text), "challenge": text,
        "openid": openid, "email": "me@x", "fullname": "M. E.",
    });
    refstack().post(SIGNUP, body).expect(201);
    let token = key.token(&json!({ "user_openid": openid, "exp": now() + 60 }));
    let profile = bearing(&token).get("/v1/profile").expect(200).json();
    assert_eq!((&profile["email"], &profile["is_admin"]), (&json!("me@x"), &json!(false)));
}

#[test]
fn names_and_keys_are_taken_once() {
    let (me, _) = somebody();
    let body = with(Key::new().proof(), "openid", json!(me.openid));
    refstack().post(SIGNUP, body).refused(409, "User already exists");
    let body = with(me.key.proof(), "openid", json!(unique("other")));
    refstack().post(SIGNUP, body).refused(409, "Public key already exists.");
}

#[test]
fn of_many_who_want_one_name_one_gets_it() {
    let (name, keys) = (unique("wanted"), [(); 8].map(|()| Key::new()));
    let statuses = race(8, |i| {
        let body = with(keys[i].proof(), "openid", json!(name));
        refstack().post(SIGNUP, body).send().status()
    });
    assert_eq!(split(&statuses, 201, 409), (1, 7));
}

#[test]
fn a_name_is_a_text_without_blanks() {
    let (proof, long) = (Key::new().proof(), "x".repeat(129));
    let names = [
        json!("operator"),
        json!("a b"),
        json!("a\tb"),
        json!("a\u{0}"),
        json!(""),
        json!(7),
        json!(long),
    ];
    for name in names {
        refstack().post(SIGNUP, with(proof.clone(), "openid", name)).refused(400, SCHEMA);
    }
    for (key, value) in [("email", json!(long)), ("fullname", json!(7)), ("admin", json!(true))] {
        refstack().post(SIGNUP, with(proof.clone(), key, value)).refused(400, SCHEMA);
    }
    refstack().post(SIGNUP, json!({ "openid": "x" })).refused(400, SCHEMA);
    let longest = format!("{:x<128}", unique("long"));
    refstack().post(SIGNUP, with(proof, "openid", json!(longest))).expect(201);
}

#[test]
fn a_sign_up_proves_its_key() {
    let (key, other) = (Key::new(), Key::new());
    let refused = |raw_key: &str, signature: &str, title: &str| {
        let body = json!({ "raw_key": raw_key, "self_signature": signature });
        refstack().post(SIGNUP, body).refused(400, title);
    };
    let proof = key.sign("signature");
    refused(&key.line(), &other.sign("signature"), "Signature verification failed");
    refused(&key.line(), "no hex", "Malformed signature");
    refused("ssh-rsa AAAA", &proof, "Malformed public key");
    refused("ssh-dss AAAA", &proof, "Public key has unsupported format");
}

#[test]
fn bodies_that_are_no_objects_are_refused() {
    for path in [SIGNUP, SIGNIN] {
        for body in ["{", "NaN", "{\"a\":1e400}", "{\"a\":\"\\ud800\"}"] {
            refstack().post(path, body).refused(400, "Malformed request");
        }
        refstack().post(path, vec![b'"', 0xFF, b'"']).refused(400, "Malformed request");
        refstack().post(path, "[1]").refused(400, SCHEMA);
        refstack().post(path, "").refused(400, SCHEMA);
        refstack().post(path, vec![b' '; (1 << 20) + 1]).expect(413);
        refstack().put(path, "{}").expect(405);
    }
}

#[test]
fn the_operator_may_keep_signing_up_to_himself() {
    let variables = [("refstack_admin_token", OPERATOR), ("refstack_signup", "operator")];
    let app = App::with(&variables, &[]);
    let body = Key::new().proof();
    app.client(areas::REFSTACK).post(SIGNUP, body.clone()).refused(403, "Forbidden");
    let bearer = format!("Bearer {OPERATOR}");
    app.client(areas::REFSTACK).post(SIGNUP, body).header("authorization", &bearer).expect(201);
}

#[test]
fn a_challenge_is_a_long_text() {
    let made = refstack().post("/v1/auth/challenge", "").expect(201).json();
    let text = made["challenge"].as_str().unwrap();
    assert_eq!(text.strip_prefix("refstack-challenge:").map(str::len), Some(43));
    assert_eq!(made["expires_in"], 300);
    assert_ne!(challenge(), challenge());
}

/// Signs in and gives the session's token.
#[track_caller]
fn sign_in(me: &Person) -> String {
    let answer = refstack().post(SIGNIN, signed(&me.key, &challenge())).expect(201);
    let token = answer.json()["token"].as_str().unwrap().to_owned();
    assert_eq!(answer.json()["openid"], me.openid.as_str());
    let cookie = answer.header("set-cookie").unwrap();
    assert!(cookie.starts_with(&format!("refstack={token};")), "{cookie}");
    for part in ["HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    token
}

fn with_cookie(token: &str) -> Client {
    refstack().with_header("cookie", &format!("theme=dark; refstack={token}"))
}

#[test]
fn a_session_begins_with_a_signed_challenge_and_ends() {
    let (me, _) = somebody();
    let token = sign_in(&me);
    for client in [bearing(&token), with_cookie(&token)] {
        let profile = client.get("/v1/profile").expect(200).json();
        assert_eq!(profile["openid"], me.openid.as_str());
        assert_eq!(client.get("/v1/profile/tokens").expect(200).json(), json!([]));
    }
    let ended = bearing(&token).post("/v1/auth/signout", "").expect(204);
    assert!(ended.header("set-cookie").unwrap().starts_with("refstack=;"));
    bearing(&token).get("/v1/profile").refused(401, "Token is not valid");
    // Browsers keep sending it, so a dead cookie is as good as none.
    with_cookie(&token).get("/v1/results").expect(200);
    with_cookie(&token).get("/v1/profile").refused(401, "Unauthorized");
}

#[test]
fn pages_of_other_origins_cannot_use_the_cookie_to_write() {
    let (me, _) = somebody();
    let client = with_cookie(&sign_in(&me));
    let put = || client.put("/v1/profile", json!({ "email": "x" }));
    put().header("origin", "https://evil.example").refused(401, "Unauthorized");
    put().header("origin", &client.base_url()).expect(200);
    put().expect(200);
    client.get("/v1/profile").header("origin", "https://evil.example").expect(200);
}

#[test]
fn a_challenge_works_once() {
    let ((me, _), text) = (somebody(), challenge());
    let body = signed(&me.key, &text);
    let statuses = race(8, |_| refstack().post(SIGNIN, body.clone()).send().status());
    assert_eq!(split(&statuses, 201, 401), (1, 7));
    let made_up = format!("refstack-challenge:{}", "x".repeat(43));
    refstack().post(SIGNIN, signed(&me.key, &made_up)).refused(401, "Unauthorized");
}

#[test]
fn who_signs_in_has_an_account_and_its_key() {
    let ((me, _), stranger) = (somebody(), Key::new());
    refstack().post(SIGNIN, signed(&stranger, &challenge())).refused(401, "Unauthorized");
    let body = with(signed(&stranger, &challenge()), "raw_key", json!(me.key.line()));
    refstack().post(SIGNIN, body).refused(400, "Signature verification failed");
    let body = with(signed(&me.key, &challenge()), "signature", json!("zz"));
    refstack().post(SIGNIN, body).refused(400, "Malformed signature");
    refstack().post(SIGNIN, json!({ "raw_key": me.key.line() })).refused(400, SCHEMA);
}

#[test]
fn browsers_are_sent_on_to_the_pages_for_people() {
    let base = refstack().base_url();
    let answer = refstack().get("/v1/auth/signin").expect(302);
    assert_eq!(answer.header("location"), Some(format!("{base}/#/signin").as_str()));
    let (me, _) = somebody();
    let token = sign_in(&me);
    let answer = with_cookie(&token).get("/v1/auth/signout/").expect(302);
    assert_eq!(answer.header("location"), Some(format!("{base}/#/logout").as_str()));
    bearing(&token).get("/v1/profile").refused(401, "Token is not valid");
    refstack().get("/v1/auth/signout").expect(302);
}
