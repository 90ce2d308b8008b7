//! Starting other programs, and saying so.

use std::ffi::OsStr;
use std::io::ErrorKind;
use std::process::{Command, Stdio};

use anyhow::{Context, Result, anyhow, ensure};

use crate::workspace;

/// Cargo, in the workspace.
pub fn cargo<S: AsRef<OsStr>>(arguments: impl IntoIterator<Item = S>) -> Command {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(arguments).current_dir(workspace());
    command
}

/// Says what comes next.
pub fn announce(what: &str) {
    eprintln!("assay: {what}");
}

/// Runs a program to its end; it must succeed.
pub fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().display().to_string();
    let status = command.status().with_context(|| format!("cannot start {program}"))?;
    ensure!(status.success(), "{} failed ({status})", shown(command));
    Ok(())
}

/// What a program prints, or nothing when there is no such program. It must succeed.
pub fn output(command: &mut Command) -> Result<Option<String>> {
    let output = match command.stdin(Stdio::null()).stderr(Stdio::inherit()).output() {
        Ok(output) => output,
        Err(e) if e.kind() == ErrorKind::NotFound => return Ok(None),
        Err(e) => return Err(anyhow!(e).context(shown(command))),
    };
    ensure!(output.status.success(), "{} failed ({})", shown(command), output.status);
    Ok(Some(String::from_utf8_lossy(&output.stdout).trim().to_owned()))
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program()).file_name().unwrap_or_default();
    let words = std::iter::once(program).chain(command.get_args());
    words.map(|word| word.to_string_lossy()).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_program_is_no_error_and_a_failing_one_is() {
        assert_eq!(output(&mut Command::new("no-such-program-anywhere")).unwrap(), None);
        let failed = run(Command::new("cargo").arg("no-such-command").stderr(Stdio::null()));
        assert!(failed.unwrap_err().to_string().starts_with("cargo no-such-command failed"));
    }
}
