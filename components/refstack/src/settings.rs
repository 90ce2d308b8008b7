//! What the operator sets (`spin.toml`, `[component.refstack.variables]`), read once per instance.

use std::sync::OnceLock;

use assay_web::variables;
use serde_json::{Map, Value};

/// This area's variables.
#[derive(Debug, Default)]
pub struct Settings {
    /// The base of links for people, or empty: where the client reached us.
    pub ui_url: String,
    /// What the operator presents as a bearer token; empty = nobody is the operator.
    pub admin_token: String,
    /// Whether uploads without an owner are taken.
    pub anonymous_upload: bool,
    /// Seconds of silence after which a test has timed out.
    pub test_timeout: i64,
    /// Sections of the miniconf that every runner gets.
    pub tempest_config: Map<String, Value>,
    /// Whether `get-script` is served.
    pub get_script: bool,
    /// Entries of a page, unless asked otherwise.
    pub results_per_page: i64,
    /// The longest upload.
    pub max_upload_bytes: u64,
    /// Origins whose pages may call us.
    pub cors_origins: Vec<String>,
    /// Whether attachments and files of readable results are for everybody.
    pub public_details: bool,
    /// Where guidelines are fetched from; empty = nowhere.
    pub guideline_source: String,
    /// Whether only the operator creates accounts.
    pub operator_signup: bool,
    /// What the vendor of the admins is called.
    pub foundation_name: String,
}

/// The settings of this instance.
pub async fn get() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    variables::once(&SETTINGS, async || Settings {
        ui_url: variables::get("ui_url").await.trim_end_matches('/').to_owned(),
        admin_token: variables::get("admin_token").await,
        anonymous_upload: is_on(&variables::get("anonymous_upload").await),
        test_timeout: number(&variables::get("test_timeout").await, 86_400),
        tempest_config: object(&variables::get("tempest_config").await),
        get_script: is_on(&variables::get("get_script").await),
        results_per_page: number(&variables::get("results_per_page").await, 20).clamp(1, 100),
        max_upload_bytes: number(&variables::get("max_upload_bytes").await, 128 << 20)
            .try_into()
            .unwrap_or(128 << 20),
        cors_origins: list(&variables::get("cors_origins").await),
        public_details: is_on(&variables::get("public_details").await),
        guideline_source: variables::get("guideline_source").await,
        operator_signup: variables::get("signup").await == "operator",
        foundation_name: variables::get("foundation_name").await,
    })
    .await
}

fn is_on(text: &str) -> bool {
    matches!(text.trim().to_lowercase().as_str(), "true" | "1" | "yes" | "on")
}

/// A positive number; what is none is said so in the log, and the default holds.
fn number(text: &str, default: i64) -> i64 {
    match text.trim().parse() {
        Ok(number) if number > 0 => number,
        _ => {
            eprintln!("refstack: a setting is no positive number: '{text}'; {default} is used");
            default
        }
    }
}

fn object(text: &str) -> Map<String, Value> {
    match serde_json::from_str(text) {
        Ok(Value::Object(sections)) => sections,
        _ if text.trim().is_empty() => Map::new(),
        _ => {
            eprintln!("refstack: refstack_tempest_config is no JSON object and is left out");
            Map::new()
        }
    }
}

fn list(text: &str) -> Vec<String> {
    text.split(',').map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_cannot_be_read_fall_back() {
        assert_eq!(number("12", 7), 12);
        assert_eq!(number("-1", 7), 7);
        assert_eq!(number("x", 7), 7);
        assert!(is_on("Yes") && !is_on("off") && !is_on(""));
        assert!(object("[1]").is_empty());
        assert_eq!(list(" a, ,b"), ["a", "b"]);
    }
}
