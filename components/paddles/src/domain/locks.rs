//! The rules of locking a node.
//!
//! `store/node_change.sql` applies them, in the one statement that changes the node, because two
//! dispatchers may want the same node at the same moment. When that statement changed nothing,
//! [`LockWish::judge`] says why.

use assay_web::json::RawObject;
use serde_json::Value;

use super::fields;
use crate::error::{Error, Result};

/// What a request wants of a node's lock.
#[derive(Debug, Default)]
pub struct LockWish {
    /// Lock, unlock, or leave it as it is.
    pub locked: Option<bool>,
    /// Who asks.
    pub locked_by: Option<String>,
    /// What for; `None` when the key was not sent.
    pub description: Option<Option<String>>,
    /// How long the lock lasts, in microseconds; for ever when `None`.
    pub lease: Option<i64>,
}

/// What a node's lock is now.
#[derive(Debug, Default)]
pub struct LockState {
    /// Whether somebody has it; not when the lease has ended.
    pub locked: bool,
    /// Who.
    pub locked_by: Option<String>,
    /// What for.
    pub description: Option<String>,
}

impl LockWish {
    /// Reads the keys `locked`, `locked_by`, `description` and `lease_seconds` of a body.
    pub fn parse(object: &RawObject<'_>) -> Result<Self> {
        let text = |name| object.get(name).map(|raw| fields::text(name, raw)).transpose();
        let locked = object.get("locked").map(|raw| fields::boolean("locked", raw)).transpose()?;
        let lease = object.get("lease_seconds").map(|raw| fields::seconds("lease_seconds", raw));
        Ok(Self {
            locked: locked.and_then(|value| value.as_bool()),
            locked_by: text("locked_by")?.and_then(into_text),
            description: text("description")?.map(into_text),
            lease: lease.transpose()?.flatten(),
        })
    }

    /// What for, as far as it was said.
    pub fn reason(&self) -> Option<&str> {
        self.description.as_ref()?.as_deref()
    }

    /// Who asks, if anybody is named.
    pub fn asker(&self) -> Option<&str> {
        self.locked_by.as_deref().filter(|name| !name.is_empty())
    }

    /// Whether the wish can be granted.
    pub fn judge(&self, now: &LockState) -> Result<()> {
        match (self.locked, now.locked) {
            (None, _) => Ok(()),
            (Some(true), false) => match self.asker() {
                Some(_) => Ok(()),
                None => Err(Error::invalid("Cannot lock without specifying locked_by")),
            },
            (Some(true), true) if self.repeats(now) => Ok(()),
            (Some(true), true) => Err(forbidden("Cannot lock an already-locked node")),
            (Some(false), false) => Err(forbidden("Cannot unlock an already-unlocked node")),
            (Some(false), true) => self.judge_unlock(now),
        }
    }

    /// A client that did not hear the answer asks again: the same lock by the same person for the
    /// same thing.
    fn repeats(&self, now: &LockState) -> bool {
        self.locked_by == now.locked_by
            && self.reason().is_some()
            && self.reason() == now.description.as_deref()
    }

    fn judge_unlock(&self, now: &LockState) -> Result<()> {
        let Some(asker) = self.asker() else {
            return Err(Error::invalid("Cannot unlock without specifying locked_by"));
        };
        if now.locked_by.as_deref() != Some(asker) {
            return Err(forbidden("Cannot unlock - locked_by values must match"));
        }
        let reason = self.reason().filter(|reason| !reason.is_empty());
        if reason.is_some() && reason != now.description.as_deref() {
            return Err(forbidden("Cannot unlock - description values must match"));
        }
        Ok(())
    }
}

fn into_text(value: Value) -> Option<String> {
    if let Value::String(text) = value { Some(text) } else { None }
}

fn forbidden(message: &str) -> Error {
    Error::Forbidden(message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(body: &str) -> LockWish {
        LockWish::parse(&RawObject::parse(body).unwrap()).unwrap()
    }

    fn held() -> LockState {
        let text = |text: &str| Some(text.to_owned());
        LockState { locked: true, locked_by: text("bo"), description: text("d1") }
    }

    #[test]
    fn wishes_that_the_rules_grant() {
        let free = LockState { description: Some("old".into()), ..LockState::default() };
        for (body, now) in [
            (r#"{"locked": true, "locked_by": "bo"}"#, &free),
            (r#"{"locked": true, "locked_by": "bo", "description": "d1"}"#, &held()),
            (r#"{"locked": false, "locked_by": "bo"}"#, &held()),
            (r#"{"locked": false, "locked_by": "bo", "description": null}"#, &held()),
            (r#"{"locked": false, "locked_by": "bo", "description": ""}"#, &held()),
            (r#"{"locked": false, "locked_by": "bo", "description": "d1"}"#, &held()),
            (r#"{"locked_by": "thief"}"#, &held()),
            (r#"{"locked": null}"#, &free),
        ] {
            assert!(wish(body).judge(now).is_ok(), "{body}");
        }
    }

    #[test]
    fn wishes_that_the_rules_refuse() {
        let free = LockState::default();
        let bare = LockState { description: None, ..held() };
        for (body, now, message) in [
            (r#"{"locked": true}"#, &free, "Cannot lock without specifying locked_by"),
            (
                r#"{"locked": true, "locked_by": ""}"#,
                &free,
                "Cannot lock without specifying locked_by",
            ),
            (
                r#"{"locked": true, "locked_by": "bo"}"#,
                &held(),
                "Cannot lock an already-locked node",
            ),
            (
                r#"{"locked": true, "locked_by": "bo", "description": null}"#,
                &bare,
                "Cannot lock an already-locked node",
            ),
            (
                r#"{"locked": true, "locked_by": "cy", "description": "d1"}"#,
                &held(),
                "Cannot lock an already-locked node",
            ),
            (r#"{"locked": false}"#, &held(), "Cannot unlock without specifying locked_by"),
            (
                r#"{"locked": false, "locked_by": "cy"}"#,
                &held(),
                "Cannot unlock - locked_by values must match",
            ),
            (
                r#"{"locked": false, "locked_by": "bo", "description": "d2"}"#,
                &held(),
                "Cannot unlock - description values must match",
            ),
            (
                r#"{"locked": false, "locked_by": "bo"}"#,
                &free,
                "Cannot unlock an already-unlocked node",
            ),
        ] {
            assert_eq!(wish(body).judge(now).unwrap_err().to_string(), message, "{body}");
        }
    }

    #[test]
    fn what_is_neither_true_nor_false_is_no_wish() {
        for body in [r#"{"locked": "yes"}"#, r#"{"locked": 1}"#, r#"{"lease_seconds": 0}"#] {
            assert!(LockWish::parse(&RawObject::parse(body).unwrap()).is_err(), "{body}");
        }
        assert_eq!(wish(r#"{"locked_by": 7}"#).asker(), Some("7"));
    }
}
