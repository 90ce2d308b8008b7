//! JSON Web Tokens that a user's own key has signed: RS256, and nothing else.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Clocks may differ by this many seconds.
const LEEWAY: i64 = 42;
/// The longest token; a signature of 8192 bits alone has 1366 characters.
const LONGEST: usize = 16 * 1024;

/// What a token says.
#[derive(Debug, Deserialize)]
pub struct Claims {
    /// Whose token it is.
    pub user_openid: Option<String>,
    /// Until when it holds, in seconds since 1970.
    exp: Option<f64>,
    /// From when.
    nbf: Option<f64>,
}

impl Claims {
    /// Whether the token holds at this second. One without an end never does.
    pub fn hold_at(&self, now: i64) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "seconds fit a float for millennia")]
        let (late, early) = ((now - LEEWAY) as f64, (now + LEEWAY) as f64);
        self.exp.is_some_and(|exp| exp > late) && self.nbf.is_none_or(|nbf| nbf <= early)
    }
}

/// A token whose parts could be read; its signature is still to be verified.
#[derive(Debug)]
pub struct Signed {
    /// What it says.
    pub claims: Claims,
    /// The SHA-256 of what was signed.
    pub digest: [u8; 32],
    /// The signature.
    pub signature: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    crit: Option<serde_json::Value>,
}

impl Signed {
    /// Takes a token apart. `None` unless it is three parts of base64 and its algorithm is RS256.
    pub fn parse(token: &str) -> Option<Self> {
        if token.len() > LONGEST {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, claims) = signed.split_once('.')?;
        let header: Header = serde_json::from_slice(&decode(header)?).ok()?;
        if header.alg != "RS256" || header.crit.is_some() {
            return None;
        }
        Some(Self {
            claims: serde_json::from_slice(&decode(claims)?).ok()?,
            digest: Sha256::digest(signed).into(),
            signature: decode(signature)?,
        })
    }
}

fn decode(part: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(part).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str, claims: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", encode(header), encode(claims), encode("x"))
    }

    #[test]
    fn only_rs256_is_read() {
        let claims = r#"{"user_openid":"me","exp":100}"#;
        let parsed = Signed::parse(&token(r#"{"alg":"RS256","typ":"JWT"}"#, claims)).unwrap();
        assert_eq!(parsed.claims.user_openid.as_deref(), Some("me"));
        for alg in ["none", "HS256", "RS512", "rs256"] {
            let header = format!(r#"{{"alg":"{alg}"}}"#);
            assert!(Signed::parse(&token(&header, claims)).is_none(), "{alg}");
        }
        for text in ["", "...", "a.b", "a.b.c.d", "rst_x"] {
            assert!(Signed::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_token_holds_between_its_times_with_some_leeway() {
        let hold = |claims: &str| serde_json::from_str::<Claims>(claims).unwrap().hold_at(1000);
        assert!(hold(r#"{"exp":959}"#));
        assert!(!hold(r#"{"exp":958}"#));
        assert!(!hold("{}"), "without an end");
        assert!(hold(r#"{"exp":2000,"nbf":1042}"#));
        assert!(!hold(r#"{"exp":2000,"nbf":1043}"#));
    }
}
