//! Names and folders that no other test uses, and names made fit for a URL.

use std::fs;
use std::path::PathBuf;
use std::process;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::workspace;

/// Differs from run to run, because the store behind `BASE_URL` may hold what an earlier run left
/// there.
static RUN: LazyLock<String> = LazyLock::new(|| {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("the clock is past 1970");
    format!("{:x}{:x}", process::id(), now.as_millis() & 0xff_ffff)
});

/// `prefix` with an ending that no other test gets: `run-1a2b3c-7`.
pub fn unique(prefix: &str) -> String {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    format!("{prefix}-{}-{}", *RUN, NEXT.fetch_add(1, Ordering::Relaxed))
}

/// A new, empty folder below `target/`. It begins with the number of this process, by which `cargo
/// xtask test` knows when nobody needs it any more.
pub fn scratch(name: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let folder =
        workspace().join("target/tests").join(format!("{}-{number}-{name}", process::id()));
    // Left by an older process of the same number.
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).expect("a folder below target/");
    folder
}

/// `name` as one segment of a path: everything but letters, digits and `-._~:` percent-encoded.
pub fn segment(name: &str) -> String {
    name.bytes()
        .map(|byte| match byte {
            b'-' | b'.' | b'_' | b'~' | b':' => char::from(byte).to_string(),
            byte if byte.is_ascii_alphanumeric() => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_is_given_twice() {
        assert_ne!(unique("run"), unique("run"));
    }

    #[test]
    fn a_segment_has_no_slash_and_no_space() {
        assert_eq!(segment("wip/a b:ü"), "wip%2Fa%20b:%C3%BC");
    }
}
