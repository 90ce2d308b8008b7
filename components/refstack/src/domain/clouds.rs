//! What a cloud or a test may be made of.

use serde_json::{Map, Value};

const LONGEST_LABEL: usize = 60;
const LONGEST_URL: usize = 512;
const LONGEST_NAME: usize = 80;
const LONGEST_TIMEOUT: i64 = 365 * 86_400;
const MOST_TESTCASES: usize = 20_000;

type Fields = Map<String, Value>;

/// Checks the fields of a cloud; gives only those that we know. The refusal says what is wrong.
pub fn cloud(fields: &Fields) -> Result<Value, String> {
    let known = [
        "label",
        "endpoint",
        "endpoint_v3",
        "admin_endpoint",
        "test_user",
        "alt_user",
        "admin_user",
        "version",
        "extra_conf",
    ];
    refuse_unknown(fields, &known)?;
    let mut checked = Map::new();
    for key in known {
        let value = match key {
            "label" => text(fields, key, LONGEST_LABEL)?,
            "endpoint" | "endpoint_v3" | "admin_endpoint" => url(fields, key)?,
            "extra_conf" => {
                checked.insert(key.to_owned(), Value::Object(extra_conf(fields)?));
                continue;
            }
            _ => text(fields, key, LONGEST_NAME)?,
        };
        if value.is_none() && matches!(key, "label" | "endpoint") {
            return Err(format!("'{key}' is missing"));
        }
        checked.insert(key.to_owned(), value.map_or(Value::Null, Value::from));
    }
    Ok(Value::Object(checked))
}

/// What is asked of a new test.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TestPlan {
    /// The cloud it is for.
    pub cloud_id: Option<i64>,
    /// What it is called.
    pub label: Option<String>,
    /// Sections for its miniconf.
    pub extra_conf: Fields,
    /// Which tests to run.
    pub testcases: Option<Vec<String>>,
    /// Or those of this guideline and target.
    pub guideline: Option<(String, String)>,
    /// After how much silence it has timed out.
    pub timeout_seconds: Option<i64>,
    /// Whether its runner needs a token.
    pub protected: bool,
}

/// Checks the fields of a test. The refusal says what is wrong.
pub fn test(fields: &Fields) -> Result<TestPlan, String> {
    let known = [
        "cloud_id",
        "label",
        "extra_conf",
        "testcases",
        "guideline",
        "target",
        "timeout_seconds",
        "protected",
    ];
    refuse_unknown(fields, &known)?;
    let guideline = text(fields, "guideline", LONGEST_NAME)?;
    let target = text(fields, "target", LONGEST_NAME)?;
    let testcases = testcases(fields)?;
    if guideline.is_some() != target.is_some() || (guideline.is_some() && testcases.is_some()) {
        return Err("give 'testcases', or 'guideline' and 'target'".to_owned());
    }
    Ok(TestPlan {
        cloud_id: number(fields, "cloud_id", i64::MAX)?,
        label: text(fields, "label", LONGEST_LABEL)?,
        extra_conf: extra_conf(fields)?,
        testcases,
        guideline: guideline.zip(target),
        timeout_seconds: number(fields, "timeout_seconds", LONGEST_TIMEOUT)?,
        protected: match given(fields, "protected") {
            None => false,
            Some(Value::Bool(protected)) => *protected,
            Some(_) => return Err("'protected' must be true or false".to_owned()),
        },
    })
}

fn refuse_unknown(fields: &Fields, known: &[&str]) -> Result<(), String> {
    match fields.keys().find(|key| !known.contains(&key.as_str())) {
        Some(key) => Err(format!("unknown key '{key}'")),
        None => Ok(()),
    }
}

fn given<'a>(fields: &'a Fields, key: &str) -> Option<&'a Value> {
    fields.get(key).filter(|value| !value.is_null())
}

/// A text of 1 to so many characters.
fn text(fields: &Fields, key: &str, longest: usize) -> Result<Option<String>, String> {
    match given(fields, key) {
        None => Ok(None),
        Some(Value::String(text)) if (1..=longest).contains(&text.chars().count()) => {
            Ok(Some(text.clone()))
        }
        Some(_) => Err(format!("'{key}' must be a text of 1 to {longest} characters")),
    }
}

fn url(fields: &Fields, key: &str) -> Result<Option<String>, String> {
    let Some(text) = text(fields, key, LONGEST_URL)? else { return Ok(None) };
    let is_http = text.starts_with("http://") || text.starts_with("https://");
    match host(&text).filter(|_| is_http) {
        Some(_) if authority(&text).is_some_and(|authority| authority.contains('@')) => {
            Err(format!("'{key}' must not hold a user or password: everybody reads it"))
        }
        Some(_) => Ok(Some(text)),
        None => Err(format!("'{key}' must be an http or https URL")),
    }
}

fn number(fields: &Fields, key: &str, largest: i64) -> Result<Option<i64>, String> {
    let Some(value) = given(fields, key) else { return Ok(None) };
    match value.as_i64().filter(|number| (1..=largest).contains(number)) {
        Some(number) => Ok(Some(number)),
        None => Err(format!("'{key}' must be a whole number from 1 to {largest}")),
    }
}

fn testcases(fields: &Fields) -> Result<Option<Vec<String>>, String> {
    let Some(value) = given(fields, "testcases") else { return Ok(None) };
    let names = value.as_array().filter(|names| (1..=MOST_TESTCASES).contains(&names.len()));
    let texts = names.and_then(|names| {
        names.iter().map(|name| name.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
    });
    texts.map(Some).ok_or_else(|| "'testcases' must be a list of names".to_owned())
}

/// Sections of text values. Secrets do not travel in a miniconf.
fn extra_conf(fields: &Fields) -> Result<Fields, String> {
    let sections = match given(fields, "extra_conf") {
        None => return Ok(Map::new()),
        Some(Value::Object(sections)) => sections,
        Some(_) => return Err("'extra_conf' must be an object of objects".to_owned()),
    };
    for (name, section) in sections {
        let Some(section) = section.as_object() else {
            return Err("'extra_conf' must be an object of objects".to_owned());
        };
        if section.values().any(|value| value.is_object() || value.is_array()) {
            return Err("the values in 'extra_conf' must be texts".to_owned());
        }
        let holds_secrets = matches!(name.trim().to_lowercase().as_str(), "identity" | "auth");
        if holds_secrets && section.keys().any(|key| is_secret(key)) {
            return Err("'extra_conf' must not hold secrets".to_owned());
        }
    }
    Ok(sections.clone())
}

fn is_secret(key: &str) -> bool {
    let key = key.to_lowercase();
    ["password", "secret", "token"].iter().any(|word| key.contains(word))
}

/// What stands between scheme and path: user, host, port. Some clients take a backslash for a slash.
fn authority(url: &str) -> Option<&str> {
    let (_, rest) = url.split_once("://")?;
    rest.split(['/', '\\', '?', '#']).next()
}

/// The host in an URL: without user, port and brackets.
pub fn host(url: &str) -> Option<&str> {
    let authority = authority(url)?;
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    let host = match host.strip_prefix('[') {
        Some(address) => address.split_once(']')?.0,
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    (!host.is_empty()).then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn fields(value: Value) -> Fields {
        value.as_object().unwrap().clone()
    }

    #[test]
    fn a_cloud_has_a_label_and_an_identity_url() {
        let good = json!({"label": "lab", "endpoint": "https://cloud.example:5000/v2"});
        assert!(cloud(&fields(good)).is_ok());
        for bad in [
            json!({"label": "lab"}),
            json!({"label": "", "endpoint": "http://h"}),
            json!({"label": "x".repeat(61), "endpoint": "http://h"}),
            json!({"label": "lab", "endpoint": "ftp://h"}),
            json!({"label": "lab", "endpoint": "http://"}),
            json!({"label": "lab", "endpoint": "http://u:p@h/"}),
            json!({"label": "lab", "endpoint": "http://h", "endpoint_v3": "http://u@h"}),
            json!({"label": "lab", "endpoint": "http://h",
                "extra_conf": {"Identity": {"password": "x"}}}),
            json!({"label": "lab", "endpoint": "http://h", "more": 1}),
            json!({"label": "lab", "endpoint": "http://h",
                "extra_conf": {"identity": {"admin_Password": "x"}}}),
            json!({"label": "lab", "endpoint": "http://h", "extra_conf": {"a": 1}}),
        ] {
            assert!(cloud(&fields(bad.clone())).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_test_names_its_tests_in_one_way() {
        let plan = test(&fields(json!({}))).unwrap();
        assert_eq!(plan, TestPlan::default());
        let both = json!({"testcases": ["a"], "guideline": "2031.07.json", "target": "platform"});
        assert!(test(&fields(both)).is_err());
        assert!(test(&fields(json!({"guideline": "2031.07.json"}))).is_err());
        assert!(test(&fields(json!({"timeout_seconds": 0}))).is_err());
    }

    #[test]
    fn the_host_of_an_url_stands_alone() {
        assert_eq!(host("https://u:p@cloud.example:5000/v3?x"), Some("cloud.example"));
        assert_eq!(host("http://[::1]:5000"), Some("::1"));
        assert_eq!(host("http://"), None);
        assert_eq!(host("cloud"), None);
    }
}
