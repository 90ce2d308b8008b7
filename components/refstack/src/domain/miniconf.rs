//! The small configuration that a runner gets: sections of texts, merged from several sources,
//! later ones winning.

use serde_json::{Map, Value, json};

type Sections = Map<String, Value>;

/// What every runner gets, before anything else is said.
fn defaults() -> Value {
    json!({
        "compute": {
            "image_ssh_user": "root",
            "image_ssh_password": "password",
            "image_alt_ssh_user": "root",
            "image_alt_ssh_password": "password",
        },
        "cli": { "enabled": "False" },
    })
}

/// Puts a miniconf together: our defaults, the operator's, the cloud's, the test's. One line of
/// JSON, because a runner reads the first line only.
pub fn merge(operator: &Sections, cloud: Option<&Value>, test: &Value) -> String {
    let mut merged = Map::new();
    add(&mut merged, &defaults());
    for (name, section) in operator {
        add_section(&mut merged, name, section);
    }
    if let Some(cloud) = cloud {
        add(&mut merged, &json!({ "identity": identity(cloud) }));
        add(&mut merged, cloud.get("extra_conf").unwrap_or(&Value::Null));
    }
    add(&mut merged, test);
    Value::Object(merged).to_string()
}

/// What a cloud says of itself; what it leaves out is left out.
fn identity(cloud: &Value) -> Sections {
    let text = |key: &str| cloud.get(key).filter(|value| value.is_string()).cloned();
    let pairs = [
        ("uri", text("endpoint")),
        ("uri_v3", text("endpoint_v3")),
        ("username", text("test_user")),
        ("alt_username", text("alt_user").or_else(|| text("test_user"))),
        ("admin_username", text("admin_user")),
    ];
    pairs.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect()
}

fn add(merged: &mut Sections, sections: &Value) {
    for (name, section) in sections.as_object().into_iter().flatten() {
        add_section(merged, name, section);
    }
}

fn add_section(merged: &mut Sections, name: &str, section: &Value) {
    let Some(section) = section.as_object() else { return };
    let target = merged.entry(name).or_insert_with(|| json!({}));
    let Some(target) = target.as_object_mut() else { return };
    for (key, value) in section {
        let text = match value {
            Value::String(text) => text.clone(),
            Value::Null => continue,
            other => other.to_string(),
        };
        target.insert(key.clone(), Value::String(text));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_sources_win_key_by_key() {
        let operator = json!({"cli": {"enabled": "True", "timeout": 7}, "odd": 1});
        let cloud = json!({"endpoint": "http://c", "test_user": "demo", "admin_user": null,
            "extra_conf": {"cli": {"enabled": "Maybe"}}});
        let merged = merge(
            operator.as_object().unwrap(),
            Some(&cloud),
            &json!({"compute": {"image_ssh_user": "me"}}),
        );
        assert!(!merged.contains('\n'));
        let merged: Value = serde_json::from_str(&merged).unwrap();
        assert_eq!(merged["cli"], json!({"enabled": "Maybe", "timeout": "7"}));
        assert_eq!(merged["compute"]["image_ssh_user"], "me");
        assert_eq!(merged["compute"]["image_alt_ssh_user"], "root");
        let identity = json!({"uri": "http://c", "username": "demo", "alt_username": "demo"});
        assert_eq!(merged["identity"], identity);
        assert!(merged.get("odd").is_none());
    }

    #[test]
    fn without_a_cloud_there_are_the_defaults() {
        let merged = merge(&Map::new(), None, &json!({}));
        assert_eq!(serde_json::from_str::<Value>(&merged).unwrap(), defaults());
    }
}
