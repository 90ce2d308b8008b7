//! What the operator sets (`spin.toml`, `[component.chacra.variables]`), read once per instance.

use std::sync::OnceLock;

use assay_web::variables;

/// This area's variables.
#[derive(Debug, Default)]
pub struct Settings {
    /// Who may write.
    pub user: String,
    /// The writer's password; empty = everybody may write.
    pub key: String,
    /// The largest file that is taken, in bytes.
    pub max_upload: u64,
}

/// Files pass 6 GiB.
const MAX_UPLOAD: u64 = 16 << 30;

static SETTINGS: OnceLock<Settings> = OnceLock::new();

/// The settings of this instance.
pub async fn get() -> &'static Settings {
    variables::once(&SETTINGS, read).await
}

async fn read() -> Settings {
    let key = variables::get("key").await;
    if key.is_empty() {
        eprintln!("chacra: no key is set (variable chacra_key), so everybody may write");
    }
    let limit = variables::get("max_upload").await;
    let max_upload = limit.parse().unwrap_or_else(|_| {
        eprintln!("chacra: chacra_max_upload is not a number of bytes: '{limit}'");
        MAX_UPLOAD
    });
    Settings { user: variables::get("user").await, key, max_upload }
}
