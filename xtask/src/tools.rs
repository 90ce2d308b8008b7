//! What a machine may lack, and how to get it: one clear line for each.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::run::{announce, output, run};

/// What the components are compiled to.
pub const WASM: &str = "wasm32-wasip2";

/// Makes sure that rustc can compile to [`WASM`].
pub fn wasm_target() -> Result<()> {
    let libraries =
        output(Command::new("rustc").args(["--print", "target-libdir", "--target", WASM]))?
            .context("rustc is missing; get it from https://rustup.rs")?;
    if Path::new(&libraries).is_dir() {
        return Ok(());
    }
    announce(&format!("adding the target {WASM}"));
    let added = run(Command::new("rustup").args(["target", "add", WASM]));
    added.with_context(|| {
        format!(
            "the Rust target {WASM} is missing; `rustup target add {WASM}` adds it, \
             with rustup from https://rustup.rs"
        )
    })
}

/// The Spin CLI, if it is new enough to run our components.
pub fn spin() -> Result<()> {
    let said = spin_version()?.context(
        "spin is missing; get Spin 4.1 or newer from https://spinframework.dev, \
         or leave out `--with spin`",
    )?;
    ensure!(
        version(&said) >= Some((4, 1)),
        "this is `{said}`, but our components need Spin 4.1 or newer (WASI 0.3.0): \
         https://spinframework.dev"
    );
    Ok(())
}

/// What the Spin CLI says of itself, or nothing where there is none.
pub fn spin_version() -> Result<Option<String>> {
    output(Command::new("spin").arg("--version"))
}

/// A Python that the client packages run on.
pub fn python() -> Result<PathBuf> {
    for name in ["python3.11", "python3", "python3.12", "python3.13"] {
        // A version manager's stub may be there and fail: that is no Python either.
        let said = output(Command::new(name).arg("--version")).ok().flatten();
        let version = said.and_then(|said| version(&said));
        if version.is_some_and(|version| ((3, 11)..(3, 14)).contains(&version)) {
            return Ok(name.into());
        }
    }
    bail!(
        "Python 3.11 to 3.13 is missing; the client tests need it with its `venv` module \
         (Debian: apt install python3 python3-venv; others: https://www.python.org)"
    )
}

/// A Python 2.7 that can install packages, if there is one: by its name, or in pyenv, whose stub
/// does not run unless that version is chosen.
pub fn old_python() -> Option<PathBuf> {
    let said = |command: &mut Command| output(command).ok().flatten();
    let works =
        |python: &PathBuf| said(Command::new(python).args(["-m", "pip", "--version"])).is_some();
    let managed = said(Command::new("pyenv").args(["whence", "--path", "python2.7"]));
    let paths = managed.unwrap_or_default();
    let named = std::iter::once("python2.7").chain(paths.lines()).map(PathBuf::from);
    named.into_iter().find(works).and_then(|python| {
        let path = said(Command::new(&python).args(["-c", "import sys; print(sys.executable)"]))?;
        Some(PathBuf::from(path.trim()))
    })
}

/// Major and minor number from the first word that begins with a digit: `spin 4.1.0-pre0 (x)` gives
/// 4, 1.
fn version(said: &str) -> Option<(u32, u32)> {
    let word =
        said.split_whitespace().find(|word| word.starts_with(|c: char| c.is_ascii_digit()))?;
    let mut numbers = word.split(['.', '-', '+']);
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn versions_are_read_from_what_programs_say() {
        assert_eq!(version("spin 4.1.0 (a1b2c3 2026-08-01)"), Some((4, 1)));
        assert_eq!(version("spin 4.2-pre0"), Some((4, 2)));
        assert_eq!(version("Python 3.11.7"), Some((3, 11)));
        assert_eq!(version("no version at all"), None);
    }

    #[test]
    fn versions_compare_by_number() {
        assert!(version("spin 4.10.0") >= Some((4, 1)));
        assert!(version("spin 4.0.2") < Some((4, 1)));
        assert!(version("spin 3.6.3") < Some((4, 1)));
        assert!(version("what?") < Some((4, 1)));
    }
}
