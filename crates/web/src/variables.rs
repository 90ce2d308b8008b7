//! The operator's settings, read once per instance (they cannot change while it lives).

use std::sync::OnceLock;

/// A component's variable as text; one that is not there is empty and said so in the log.
pub async fn get(name: &str) -> String {
    match spin_sdk::variables::get(name).await {
        Ok(value) => value,
        Err(error) => {
            eprintln!("the variable '{name}' cannot be read: {error:?}");
            String::new()
        }
    }
}

/// The value of `cell`, made by `make` at the instance's first request. Two requests that meet here at the
/// start both make it, and one is kept.
pub async fn once<T, F: Future<Output = T>>(
    cell: &'static OnceLock<T>,
    make: impl FnOnce() -> F,
) -> &'static T {
    if let Some(value) = cell.get() {
        return value;
    }
    let made = make().await;
    cell.get_or_init(|| made)
}
