//! Passwords as Django keeps them, so that accounts move over:
//! `pbkdf2_sha256$iterations$salt$hash`.
//!
//! A check takes a tenth of a second, in which nothing else of the instance would run; so the
//! iterations are ours (the `pbkdf2` crate's cannot pause), and let others have the thread.

use std::task::Poll;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value, json};
use sha2::Sha256;

use crate::error::{Error, Result};

/// How often the hash is applied to new passwords; docs/api/job-runner.md has what one check costs.
const ITERATIONS: u32 = 150_000;
/// More than this in a moved hash would take too long.
const MOST_ITERATIONS: u32 = 2_000_000;
/// Others get the thread after so many, a third of a millisecond.
const BETWEEN_PAUSES: u32 = 512;

/// Puts the hash in the place of `password` (or checks the `password_hash` that was moved over).
pub async fn hash_field(fields: &mut Map<String, Value>) -> Result<()> {
    let moved = fields.get("password_hash").and_then(Value::as_str);
    if moved.is_some_and(|hash| Stored::parse(hash).is_none()) {
        return Err(Error::field("password_hash", "pbkdf2_sha256$iterations$salt$hash"));
    }
    let Some(Value::String(password)) = fields.remove("password") else { return Ok(()) };
    if password.chars().count() < 8 {
        return Err(Error::field("password", "at least 8 characters"));
    }
    fields.insert("password_hash".into(), json!(hash(&password).await?));
    Ok(())
}

/// A new hash of a password.
pub async fn hash(password: &str) -> Result<String> {
    let mut random = [0; 12];
    getrandom::fill(&mut random).map_err(|_| Error::NoRandomness)?;
    let salt = hex::encode(random);
    let hash = BASE64_STANDARD.encode(derive(password, &salt, ITERATIONS).await);
    Ok(format!("pbkdf2_sha256${ITERATIONS}${salt}${hash}"))
}

/// What a password is checked against when there is no such user: a check costs the same time then.
pub fn nobody() -> String {
    format!("pbkdf2_sha256${ITERATIONS}$nobody${}", BASE64_STANDARD.encode([0; 32]))
}

/// Whether this is the password that was stored.
pub async fn is_right(password: &str, stored: &str) -> bool {
    let Some(stored) = Stored::parse(stored) else { return false };
    let derived = derive(password, stored.salt, stored.iterations).await;
    assay_web::secret::equal(&derived, &stored.hash)
}

/// Whether a stored hash was moved over, or made when fewer iterations were enough.
pub fn is_old(stored: &str) -> bool {
    Stored::parse(stored).is_none_or(|stored| stored.iterations != ITERATIONS)
}

struct Stored<'a> {
    iterations: u32,
    salt: &'a str,
    hash: Vec<u8>,
}

impl<'a> Stored<'a> {
    fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.strip_prefix("pbkdf2_sha256$")?.splitn(3, '$');
        let iterations = parts.next()?.parse().ok()?;
        let (salt, hash) = (parts.next()?, BASE64_STANDARD.decode(parts.next()?).ok()?);
        let sound =
            (1..=MOST_ITERATIONS).contains(&iterations) && hash.len() == 32 && !salt.is_empty();
        sound.then_some(Self { iterations, salt, hash })
    }
}

/// PBKDF2-HMAC-SHA-256 (RFC 8018, section 5.2): its first block, which is as long as a hash.
async fn derive(password: &str, salt: &str, iterations: u32) -> [u8; 32] {
    // No key is too long or too short for HMAC.
    let Ok(keyed) = Hmac::<Sha256>::new_from_slice(password.as_bytes()) else { return [0; 32] };
    let mut sum = [0; 32];
    let mut last: [u8; 32] =
        keyed.clone().chain_update(salt).chain_update([0, 0, 0, 1]).finalize().into_bytes().into();
    for iteration in 1..=iterations {
        for (byte, more) in sum.iter_mut().zip(last) {
            *byte ^= more;
        }
        if iteration < iterations {
            last = keyed.clone().chain_update(last).finalize().into_bytes().into();
        }
        if iteration % BETWEEN_PAUSES == 0 {
            pause().await;
        }
    }
    sum
}

/// Lets the instance's other requests have the thread.
async fn pause() {
    let mut paused = false;
    std::future::poll_fn(|context| {
        if std::mem::replace(&mut paused, true) {
            return Poll::Ready(());
        }
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::executor::block_on;

    #[test]
    fn the_iterations_are_those_of_the_standard() {
        for iterations in [1, 2, BETWEEN_PAUSES, BETWEEN_PAUSES + 1] {
            let theirs = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(b"passwd", b"salt", iterations);
            assert_eq!(block_on(derive("passwd", "salt", iterations)), theirs, "{iterations}");
        }
        let long = "x".repeat(100);
        let theirs = pbkdf2::pbkdf2_hmac_array::<Sha256, 32>(long.as_bytes(), b"", 3);
        assert_eq!(block_on(derive(&long, "", 3)), theirs);
    }

    #[test]
    fn a_hash_of_djangos_is_understood() {
        // RFC 7914, section 11: PBKDF2-HMAC-SHA-256 of "passwd" and "salt", one iteration, the
        // first 32 bytes.
        let hash = hex::decode("55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc")
            .unwrap();
        let stored = format!("pbkdf2_sha256$1$salt${}", BASE64_STANDARD.encode(hash));
        assert!(block_on(is_right("passwd", &stored)));
        assert!(!block_on(is_right("passwe", &stored)));
        assert!(is_old(&stored));
    }

    #[test]
    fn a_password_is_known_again() {
        let stored = block_on(hash("correct horse")).unwrap();
        assert!(block_on(is_right("correct horse", &stored)));
        assert!(!block_on(is_right("correct hors", &stored)));
        assert!(!is_old(&stored));
        assert!(!block_on(is_right("", &nobody())));
        assert!(!block_on(is_right("x", "!")));
    }

    #[test]
    fn a_short_password_and_a_broken_hash_are_refused() {
        for fields in [json!({ "password": "1234567" }), json!({ "password_hash": "md5$x" })] {
            let mut fields = fields.as_object().cloned().unwrap_or_default();
            assert!(block_on(hash_field(&mut fields)).is_err());
        }
        let mut fields = Map::from_iter([("password".to_owned(), json!("12345678"))]);
        block_on(hash_field(&mut fields)).unwrap();
        assert!(!fields.contains_key("password") && fields.contains_key("password_hash"));
    }
}
