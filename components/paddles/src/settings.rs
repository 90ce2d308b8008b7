//! What the operator sets (`spin.toml`, `[component.paddles.variables]`), read once per instance.

use std::sync::OnceLock;

use assay_web::variables;

/// This area's variables.
#[derive(Debug, Default)]
pub struct Settings {
    /// Hosts that get the lab dialect on `/runs/`, lower case, without port; `*` = all.
    pub lab_hosts: Vec<String>,
    /// The base of links, or empty: what the client used.
    pub address: String,
    /// The address of a job's log, with `{run_name}` and `{job_id}` in it.
    pub log_href: String,
    /// What writers must present as a bearer token; empty = nothing.
    pub write_token: String,
}

/// The settings of this instance.
pub async fn get() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    variables::once(&SETTINGS, async || Settings {
        lab_hosts: hosts(&variables::get("lab_hosts").await),
        address: variables::get("address").await.trim_end_matches('/').to_owned(),
        log_href: variables::get("log_href").await,
        write_token: variables::get("write_token").await,
    })
    .await
}

fn hosts(list: &str) -> Vec<String> {
    list.split(',').map(|host| host.trim().to_lowercase()).filter(|host| !host.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn hosts_are_a_comma_separated_list() {
        assert_eq!(super::hosts(" A.example, ,b"), ["a.example", "b"]);
        assert!(super::hosts("").is_empty());
    }
}
