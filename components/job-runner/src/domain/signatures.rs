//! How workers sign: HMAC-SHA1 with their secret over the request as it was sent.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::{Choice, ConstantTimeEq};

/// What the owner of a secret would have signed, of a request whose body comes piece by piece.
#[derive(Debug)]
pub struct Expected {
    mac: Option<Hmac<Sha1>>,
    /// The specification's sentence taken literally, though no client does.
    literal: [Vec<u8>; 2],
    /// Literal readings are for reads without a body, where there is none to replace.
    reads: bool,
}

impl Expected {
    /// Of a request with this method, in upper case, and this path and query as they were sent.
    pub fn new(secret: &str, method: &str, target: &str) -> Self {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let literal = [&[method, target, target][..], &[method, target, path, query]];
        Self {
            mac: mac(secret, &[method, target]),
            literal: literal.map(|parts| mac(secret, parts).map(digest).unwrap_or_default()),
            reads: matches!(method, "GET" | "HEAD"),
        }
    }

    /// The next piece of the body.
    pub fn update(&mut self, piece: &[u8]) {
        self.reads &= piece.is_empty();
        if let Some(mac) = &mut self.mac {
            mac.update(piece);
        }
    }

    /// Whether `signature` (hexadecimal, either case) is that. All forms are computed and compared,
    /// so the time taken says nothing.
    pub fn is(self, signature: &str) -> bool {
        let (Ok(given), Some(mac)) = (hex::decode(signature), self.mac) else { return false };
        let genuine = digest(mac).ct_eq(&given);
        let [first, second] = &self.literal;
        let literal = first.ct_eq(&given) | second.ct_eq(&given);
        (genuine | (literal & Choice::from(u8::from(self.reads)))).into()
    }
}

fn mac(secret: &str, parts: &[&str]) -> Option<Hmac<Sha1>> {
    let mut mac = Hmac::<Sha1>::new_from_slice(secret.as_bytes()).ok()?;
    for part in parts {
        mac.update(part.as_bytes());
    }
    Some(mac)
}

fn digest(mac: Hmac<Sha1>) -> Vec<u8> {
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_accepted(method: &str, target: &str, body: &str, signature: &str) -> bool {
        let mut expected = Expected::new("verysecret", method, target);
        for piece in body.as_bytes().chunks(7) {
            expected.update(piece);
        }
        expected.is(signature)
    }

    const PATCH: &str =
        r#"{"enqueue_dts": "2013-01-01 00:00:00+00:00", "worker": "/api/v1/worker/1/"}"#;
    const LOG: &str = "{\"run\": \"/api/v1/run/1/\", \"content\": \"h\u{e9} \\n\"}";

    #[test]
    fn what_real_workers_sign_is_accepted() {
        let filtered = "/api/v1/run/?state=scheduled&limit=2";
        for (method, target, body, signature) in [
            ("GET", "/api/v1/run/", "", "ade6e80d3ea6e8bce35d40e7aa039b1570a5b0b8"),
            ("GET", filtered, "", "bc74f77a4b096723b77057fe8ab7a282b0a0a77c"),
            ("PATCH", "/api/v1/run/1/", PATCH, "b880169e86d83a466e01731b65be9d554592cbe1"),
            ("POST", "/api/v1/run_log/", LOG, "64a4b9cf4a6c190eeeaa0ccd9b49ca00ff40f37a"),
            ("GET", "/api/vi/worker-pools/1/", "", "3c0b1526454d904e44f798bd6db9761155329473"),
        ] {
            assert!(is_accepted(method, target, body, signature), "{method} {target}");
            assert!(is_accepted(method, target, body, &signature.to_uppercase()), "either case");
            assert!(!is_accepted(method, target, "x", signature), "another body");
        }
        assert_eq!(LOG.len(), 46);
    }

    #[test]
    fn the_literal_readings_are_accepted_for_reads() {
        let filtered = "/api/v1/run/?state=scheduled&limit=2";
        for (target, signature) in [
            ("/api/v1/run/", "1da2825db3510ce52c30d0bee0236b1fc0c67693"),
            (filtered, "2c6610a0632e6425681890ea04731b2b1b028ec7"),
            (filtered, "950b90880bbf3557b4e3a1c75e9d24faa99b91bc"),
        ] {
            assert!(is_accepted("GET", target, "", signature), "{target} {signature}");
        }
        assert!(!is_accepted(
            "PATCH",
            "/api/v1/run/1/",
            PATCH,
            "c23767499e691ceddf30382c26ab967dbd74a54b"
        ));
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        for signature in
            ["", "zz", "ade6", "ade6e80d3ea6e8bce35d40e7aa039b1570a5b0b", &"a".repeat(10_000)]
        {
            assert!(!is_accepted("GET", "/api/v1/run/", "", signature));
        }
    }
}
