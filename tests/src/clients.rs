//! The real client programs, as `cargo xtask test` installed them under `target/clients/`.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use crate::{scratch, workspace};

/// The Python interpreter that has the clients of `area`, about to run the driver
/// `tests/clients/<driver>`.
///
/// Its home is an empty folder, so that no setting of the machine's user gets in. Panics when the
/// clients are not installed as `tests/clients/requirements/<area>.txt` wants them: a test of
/// clients is never skipped in silence.
pub fn python(area: &str, driver: &str) -> Command {
    let mut command = Command::new(installed(area).join("bin/python"));
    command.arg(workspace().join("tests/clients").join(driver)).env("HOME", scratch(area));
    command
}

/// The same for clients that are written in Python 2.7; `None` on a machine that has none.
pub fn old_python(area: &str, driver: &str) -> Option<Command> {
    let folder = installed(area);
    folder.join("bin/python").exists().then(|| {
        let mut command = python(area, driver);
        command.env("PYTHONPATH", folder.join("packages"));
        command
    })
}

/// The same for a driver that imports the Debian package of `area`; `None` where apt did not have
/// that.
pub fn python_with_debian(area: &str, driver: &str) -> Option<Command> {
    with_debian(area, python(area, driver))
}

/// A program of that package, which thinks that it is installed; `None` where apt did not have it.
pub fn debian(area: &str, name: &str) -> Option<Command> {
    let folder = installed(area);
    let mut command = Command::new(folder.join("bin/python"));
    command.arg(folder.join("debian/usr/bin").join(name)).env("HOME", scratch(area));
    with_debian(area, command)
}

fn with_debian(area: &str, mut command: Command) -> Option<Command> {
    let packages = installed(area).join("debian/usr/lib/python3/dist-packages");
    packages.exists().then(|| {
        command.env("PYTHONPATH", packages);
        command
    })
}

/// A program from the packages of `area`, such as `chacractl`, with an empty home.
pub fn program(area: &str, name: &str) -> Command {
    let mut command = Command::new(installed(area).join("bin").join(name));
    command.env("HOME", scratch(area));
    command
}

/// Runs the command and gives what it printed; fails with all of that if the command fails.
#[track_caller]
pub fn run(command: &mut Command) -> String {
    let Output { status, stdout, stderr } =
        command.output().unwrap_or_else(|e| panic!("{command:?} did not start: {e}"));
    let (stdout, stderr) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success(), "{command:?}: {status}\n{stdout}\n{stderr}");
    stdout.into_owned()
}

fn installed(area: &str) -> PathBuf {
    let folder = workspace().join("target/clients").join(area);
    let wanted = workspace().join(format!("tests/clients/requirements/{area}.txt"));
    let wanted =
        fs::read_to_string(&wanted).unwrap_or_else(|e| panic!("{}: {e}", wanted.display()));
    let present = fs::read_to_string(folder.join("requirements.txt")).unwrap_or_default();
    assert!(
        present == wanted,
        "the clients of {area} are missing or old: run `cargo xtask clients`"
    );
    folder
}
