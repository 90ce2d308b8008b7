//! What workers send that work by HTTP alone.

use serde_json::{Map, Value};

use crate::error::{Error, Result};

/// A heartbeat's log may be this long.
pub const LOG_LIMIT: usize = 1 << 20;

/// What a worker asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// How many runs at the most.
    pub limit: i64,
    /// How many seconds it would wait for one.
    pub wait: i64,
    /// After how many seconds without a heartbeat it has lost them.
    pub lease_seconds: i64,
    /// The version of its program.
    pub worker_version: Option<String>,
    /// How many runs it takes at once.
    pub concurrent_jobs: Option<i64>,
}

impl Claim {
    /// Reads a body; everything may be left out.
    pub fn parse(body: &Map<String, Value>) -> Result<Self> {
        let version = match body.get("worker_version") {
            None | Some(Value::Null) => None,
            Some(Value::String(text))
                if (1..=100).contains(&text.chars().count()) && !text.contains('\0') =>
            {
                Some(text.clone())
            }
            Some(_) => return Err(Error::field("worker_version", "text of 1 to 100 characters")),
        };
        Ok(Self {
            limit: integer(body, "limit", 1, 50)?.unwrap_or(1),
            wait: integer(body, "wait", 0, 20)?.unwrap_or(0),
            lease_seconds: integer(body, "lease_seconds", 10, 3600)?.unwrap_or(60),
            worker_version: version,
            concurrent_jobs: integer(body, "concurrent_jobs", 0, i64::MAX)?,
        })
    }
}

/// What a worker says of a run that it has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heartbeat {
    /// The token that it got with the run.
    pub lease: String,
    /// The process.
    pub pid: Option<i64>,
    /// All that was printed so far.
    pub log: Option<String>,
}

impl Heartbeat {
    /// Reads a body; only the lease must be there. No log is longer than `most` bytes.
    pub fn parse(body: &Map<String, Value>, most: usize) -> Result<Self> {
        let text = |name: &str| match body.get(name) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) if !text.contains('\0') => Ok(Some(text.clone())),
            Some(_) => Err(Error::field(name, "text without NUL")),
        };
        let log = text("log")?;
        let most = most.min(LOG_LIMIT);
        if log.as_ref().is_some_and(|log| log.len() > most) {
            return Err(Error::TooLarge(most));
        }
        let lease = text("lease")?
            .ok_or_else(|| Error::field("lease", "the token that came with the run"))?;
        Ok(Self { lease, pid: integer(body, "pid", 0, i64::MAX)?, log })
    }
}

fn integer(body: &Map<String, Value>, name: &str, least: i64, most: i64) -> Result<Option<i64>> {
    let Some(given) = body.get(name).filter(|given| !given.is_null()) else { return Ok(None) };
    let number = given.as_i64().filter(|number| (least..=most).contains(number));
    number
        .map(Some)
        .ok_or_else(|| Error::field(name, &format!("an integer from {least} to {most}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn a_claim_has_defaults_and_bounds() {
        let claim = Claim::parse(&Map::new()).unwrap();
        assert_eq!((claim.limit, claim.wait, claim.lease_seconds), (1, 0, 60));
        for body in [
            json!({ "limit": 0 }),
            json!({ "limit": 51 }),
            json!({ "wait": 21 }),
            json!({ "wait": "1" }),
            json!({ "lease_seconds": 9 }),
            json!({ "worker_version": 2 }),
            json!({ "concurrent_jobs": -1 }),
        ] {
            assert!(Claim::parse(&object(&body)).is_err(), "{body}");
        }
    }

    #[test]
    fn a_heartbeat_shows_its_lease() {
        assert!(Heartbeat::parse(&Map::new(), LOG_LIMIT).is_err());
        let body = json!({ "lease": "t", "log": "x".repeat(LOG_LIMIT + 1) });
        assert!(matches!(Heartbeat::parse(&object(&body), usize::MAX), Err(Error::TooLarge(_))));
        let body = json!({ "lease": "t", "pid": 3 });
        assert_eq!(Heartbeat::parse(&object(&body), usize::MAX).unwrap().pid, Some(3));
    }
}
