//! People with accounts and keys, as the tests need them.

use std::time::{SystemTime, UNIX_EPOCH};

use assay_tests::{Client, Value, json, unique};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rsa::pkcs1::EncodeRsaPrivateKey;
use rsa::rand_core::OsRng;
use rsa::traits::PublicKeyParts;
use rsa::{Pkcs1v15Sign, RsaPrivateKey};
use sha2::{Digest, Sha256};

use crate::{bearing, refstack};

/// What `refstack-client sign` signs.
pub const PROOF: &str = "signature";

/// A private key. 1024 bits are the least that is taken, and soon made.
#[derive(Clone)]
pub struct Key(RsaPrivateKey);

impl Key {
    /// A key that nobody has.
    pub fn new() -> Self {
        Self(RsaPrivateKey::new(&mut OsRng, 1024).expect("a key"))
    }

    /// The public key as OpenSSH writes it before base64.
    pub fn blob(&self) -> Vec<u8> {
        let mut modulus = self.0.n().to_bytes_be();
        modulus.insert(0, 0);
        blob(&self.0.e().to_bytes_be(), &modulus)
    }

    /// The public key in base64.
    pub fn base64(&self) -> String {
        STANDARD.encode(self.blob())
    }

    /// `ssh-rsa AAAA... comment`.
    pub fn line(&self) -> String {
        format!("ssh-rsa {} me@host", self.base64())
    }

    /// The private key as `ssh-keygen -m PEM` writes it.
    pub fn pem(&self) -> String {
        let encoded = STANDARD.encode(self.0.to_pkcs1_der().expect("a key").as_bytes());
        let lines: Vec<&str> = encoded
            .as_bytes()
            .chunks(64)
            .map(|line| std::str::from_utf8(line).expect("base64"))
            .collect();
        let kind = "RSA PRIVATE KEY-----";
        format!("-----BEGIN {kind}\n{}\n-----END {kind}\n", lines.join("\n"))
    }

    /// A signature over bytes (PKCS#1 v1.5, SHA-256).
    pub fn signature(&self, bytes: impl AsRef<[u8]>) -> Vec<u8> {
        let digest = Sha256::digest(bytes);
        self.0.sign(Pkcs1v15Sign::new::<rsa::sha2::Sha256>(), &digest).expect("a signature")
    }

    /// The same in lower-case hex.
    pub fn sign(&self, bytes: impl AsRef<[u8]>) -> String {
        self.signature(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// What proves that one has the key.
    pub fn proof(&self) -> Value {
        json!({ "raw_key": self.line(), "self_signature": self.sign(PROOF) })
    }

    /// A JSON Web Token with these claims.
    pub fn token(&self, claims: &Value) -> String {
        self.signed(&unsigned(&json!({ "alg": "RS256", "typ": "JWT" }), claims))
    }

    /// A JSON Web Token of this header and these claims.
    pub fn signed(&self, unsigned: &str) -> String {
        format!("{unsigned}.{}", URL_SAFE_NO_PAD.encode(self.signature(unsigned)))
    }
}

/// A public key of this exponent and modulus, as OpenSSH writes it before base64.
pub fn blob(exponent: &[u8], modulus: &[u8]) -> Vec<u8> {
    let mut blob = Vec::new();
    for field in [b"ssh-rsa", exponent, modulus] {
        let length = u32::try_from(field.len()).expect("a short field");
        blob.extend(length.to_be_bytes());
        blob.extend(field);
    }
    blob
}

/// The header and the claims of a JSON Web Token.
pub fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

/// Seconds since 1970.
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970").as_secs()
}

/// Somebody with an account and one key.
#[derive(Clone)]
pub struct Person {
    pub openid: String,
    pub key: Key,
}

impl Person {
    /// Signs up somebody new.
    #[track_caller]
    pub fn new(name: &str) -> Self {
        let (openid, key) = (format!("https://id.example/{}", unique(name)), Key::new());
        let body = with(key.proof(), "openid", json!(openid));
        let made = refstack().post("/v1/auth/signup", body).expect(201).json();
        assert_eq!(made["openid"], openid.as_str());
        Self { openid, key }
    }

    /// A client that presents a token that this person has signed.
    pub fn client(&self) -> Client {
        bearing(&self.token())
    }

    /// A token that holds for an hour.
    pub fn token(&self) -> String {
        self.key.token(&json!({ "user_openid": self.openid, "exp": now() + 3600 }))
    }

    /// The account's name as it stands in URLs.
    pub fn encoded(&self) -> String {
        URL_SAFE_NO_PAD.encode(&self.openid)
    }
}

/// Somebody new, and the client that presents their token.
#[track_caller]
pub fn somebody() -> (Person, Client) {
    let person = Person::new("somebody");
    let client = person.client();
    (person, client)
}

/// The text of a new challenge.
#[track_caller]
pub fn challenge() -> String {
    let made = refstack().post("/v1/auth/challenge", json!({})).expect(201).json();
    made["challenge"].as_str().expect("a text").to_owned()
}

/// `body` with one more key.
pub fn with(mut body: Value, key: &str, value: Value) -> Value {
    body[key] = value;
    body
}

/// How many answers of a race had each of two statuses; there are no others.
#[track_caller]
pub fn split(statuses: &[u16], won: u16, lost: u16) -> (usize, usize) {
    let count = |wanted| statuses.iter().filter(|status| **status == wanted).count();
    assert_eq!(count(won) + count(lost), statuses.len(), "{statuses:?}");
    (count(won), count(lost))
}
