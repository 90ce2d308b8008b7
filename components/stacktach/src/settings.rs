//! What the operator sets (`spin.toml`, `[component.stacktach.variables]`), read once per instance.

use std::sync::OnceLock;

use assay_web::variables;

/// This area's variables.
#[derive(Debug, Default)]
pub struct Settings {
    /// What writers must present as a bearer token; empty = nothing.
    pub token: String,
}

/// The settings of this instance.
pub async fn get() -> &'static Settings {
    static SETTINGS: OnceLock<Settings> = OnceLock::new();
    variables::once(&SETTINGS, async || Settings { token: variables::get("token").await }).await
}
