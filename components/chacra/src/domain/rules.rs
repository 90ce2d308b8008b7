//! The operator's rules, as `PUT /chacra/config` takes them: every key known, every value of its
//! type.

use serde_json::{Map, Value, json};

/// What a GET shows instead of the callback's password, and what keeps it when it is put back.
pub const HIDDEN: &str = "***";

/// The rules before anybody set any.
pub fn defaults() -> Value {
    json!({
        "base_url": null, "disable_unconfigured_repos": false, "grace_hours": 24, "repos": {},
        "distributions": {}, "purge_repos": false, "purge_rotation": {}, "callback_url": null,
        "callback_user": null, "callback_key": null,
    })
}

/// Fills what is missing with the defaults, after everything was checked. The error names the key.
pub fn checked(given: &Map<String, Value>) -> Result<Value, String> {
    let mut rules = defaults();
    for (key, value) in given {
        let fits = match key.as_str() {
            "base_url" | "callback_url" => value.is_null() || value.as_str().is_some_and(is_url),
            "callback_user" | "callback_key" => text_or_null(value),
            "disable_unconfigured_repos" | "purge_repos" => value.is_boolean(),
            "grace_hours" => count(value),
            "repos" => members_of(value, "repos", project)?,
            "distributions" => members_of(value, "distributions", distribution)?,
            "purge_rotation" => members_of(value, "purge_rotation", rotation)?,
            _ => return Err(format!("'{key}' is no key of the configuration")),
        };
        if !fits {
            return Err(format!("'{key}' is not what it has to be"));
        }
        if let Some(slot) = rules.get_mut(key) {
            *slot = value.clone();
        }
    }
    Ok(rules)
}

/// Checks each member of an object; false when it is none.
fn members_of(
    value: &Value,
    name: &str,
    check: fn(&Value) -> Result<(), String>,
) -> Result<bool, String> {
    let Some(members) = value.as_object() else { return Ok(false) };
    for (key, member) in members {
        check(member).map_err(|why| format!("'{name}.{key}{why}"))?;
    }
    Ok(true)
}

/// `{"automatic": true, "disabled": false, "combined": [...], "<ref>": {"<project>": [refs]}}`
fn project(value: &Value) -> Result<(), String> {
    let members = value.as_object().ok_or("' must be an object")?;
    for (key, member) in members {
        let fits = match key.as_str() {
            "automatic" | "disabled" => member.is_boolean(),
            "combined" => texts(member),
            _ => member.as_object().is_some_and(|others| others.values().all(texts)),
        };
        if !fits {
            return Err(format!(".{key}' is of the wrong type"));
        }
    }
    Ok(())
}

/// `{"Origin": ..., "Label": ..., "Suite": ..., "Description": ...}`
fn distribution(value: &Value) -> Result<(), String> {
    let members = value.as_object().ok_or("' must be an object")?;
    for (key, member) in members {
        if !["Origin", "Label", "Suite", "Description"].contains(&key.as_str()) {
            return Err(format!(".{key}' is no key of the configuration"));
        }
        if !text_or_null(member) {
            return Err(format!(".{key}' must be a text or null"));
        }
    }
    Ok(())
}

/// `{"ref": {"main": {"days": 30, "keep_minimum": 5}}, "flavor": {...}}`
fn rotation(value: &Value) -> Result<(), String> {
    let kinds = value.as_object().ok_or("' must be an object")?;
    for (kind, rules) in kinds {
        if !["ref", "flavor"].contains(&kind.as_str()) {
            return Err(format!(".{kind}' is no key of the configuration"));
        }
        let rules = rules.as_object().ok_or_else(|| format!(".{kind}' must be an object"))?;
        for (name, rule) in rules {
            let fits = rule.as_object().is_some_and(|rule| {
                rule.iter().all(|(key, value)| {
                    ["days", "keep_minimum"].contains(&key.as_str()) && count(value)
                })
            });
            if !fits {
                return Err(format!(
                    ".{kind}.{name}' may have days and keep_minimum, both numbers"
                ));
            }
        }
    }
    Ok(())
}

/// What a link may begin with.
fn is_url(text: &str) -> bool {
    let rest = text.strip_prefix("http://").or_else(|| text.strip_prefix("https://"));
    rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()))
}

fn text_or_null(value: &Value) -> bool {
    value.is_null() || value.is_string()
}

fn texts(value: &Value) -> bool {
    value.as_array().is_some_and(|list| list.iter().all(Value::is_string))
}

/// A number that no sum with a date makes too large.
fn count(value: &Value) -> bool {
    value.as_u64().is_some_and(|number| number <= 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rules: Value) -> Result<Value, String> {
        checked(rules.as_object().unwrap())
    }

    #[test]
    fn what_is_missing_is_the_default() {
        let rules = check(json!({"grace_hours": 2})).unwrap();
        assert_eq!(rules["grace_hours"], 2);
        assert_eq!(rules["purge_repos"], false);
        let full = json!({
            "repos": {"lantern": {"automatic": true, "combined": ["a"], "all": {"wick": ["all"]}}},
            "distributions": {"defaults": {"Origin": "x", "Suite": null}},
            "purge_rotation": {"lantern": {"ref": {"main": {"days": 30, "keep_minimum": 5}}}},
        });
        assert_eq!(check(full.clone()).unwrap()["repos"], full["repos"]);
    }

    #[test]
    fn the_key_that_is_wrong_is_named() {
        for (rules, key) in [
            (json!({"colour": 1}), "colour"),
            (json!({"grace_hours": "1"}), "grace_hours"),
            (json!({"grace_hours": -1}), "grace_hours"),
            (json!({"base_url": "packages.example"}), "base_url"),
            (json!({"base_url": "https://a b"}), "base_url"),
            (json!({"repos": []}), "repos"),
            (json!({"repos": {"p": {"automatic": 1}}}), "repos.p.automatic"),
            (json!({"repos": {"p": {"all": ["x"]}}}), "repos.p.all"),
            (json!({"distributions": {"p": {"Colour": ""}}}), "distributions.p.Colour"),
            (json!({"purge_rotation": {"p": {"tag": {}}}}), "purge_rotation.p.tag"),
            (
                json!({"purge_rotation": {"p": {"ref": {"m": {"days": "x"}}}}}),
                "purge_rotation.p.ref.m",
            ),
        ] {
            let error = check(rules).unwrap_err();
            assert!(error.contains(&format!("'{key}'")), "{error}");
        }
    }
}
