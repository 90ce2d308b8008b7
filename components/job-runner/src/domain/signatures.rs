//! How workers sign: HMAC-SHA1 with their secret over the request as it was sent.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::{Choice, ConstantTimeEq};

/// What is signed.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// In upper case.
    pub method: &'a str,
    /// Path and query as they were sent.
    pub target: &'a str,
    /// The whole body.
    pub body: &'a [u8],
}

impl Signed<'_> {
    /// Whether `signature` (hexadecimal, either case) is what the owner of `secret` would have
    /// sent. All forms are computed and compared, so the time taken says nothing.
    pub fn is_by(&self, secret: &str, signature: &str) -> bool {
        let Ok(given) = hex::decode(signature) else { return false };
        let (path, query) = self.target.split_once('?').unwrap_or((self.target, ""));
        let genuine = mac(secret, &[self.method, self.target], self.body).ct_eq(&given);
        // The specification's sentence says so, though no client does; only where there is no body
        // to replace.
        let reads = matches!(self.method, "GET" | "HEAD") && self.body.is_empty();
        let literal = mac(secret, &[self.method, self.target, self.target], b"").ct_eq(&given)
            | mac(secret, &[self.method, self.target, path, query], b"").ct_eq(&given);
        (genuine | (literal & Choice::from(u8::from(reads)))).into()
    }
}

fn mac(secret: &str, parts: &[&str], body: &[u8]) -> Vec<u8> {
    let Ok(mut mac) = Hmac::<Sha1>::new_from_slice(secret.as_bytes()) else { return Vec::new() };
    for part in parts {
        mac.update(part.as_bytes());
    }
    mac.update(body);
    mac.finalize().into_bytes().to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_accepted(method: &str, target: &str, body: &str, signature: &str) -> bool {
        Signed { method, target, body: body.as_bytes() }.is_by("verysecret", signature)
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
