//! Installs the real client programs that the tests run: one Python virtual environment for each
//! area that has some.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::run::{announce, run};
use crate::{debian, target, tools, workspace};

/// Installs the clients of one area or of all; what is there already and unchanged stays.
pub fn install(area: Option<&str>) -> Result<()> {
    let folder = workspace().join("tests/clients/requirements");
    let listed = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut files: Vec<_> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    for file in files {
        // Beside them lie the checksums of packages that are not Python's.
        if file.extension().is_none_or(|kind| kind != "txt") {
            continue;
        }
        let Some(name) = file.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if area.is_none_or(|area| area == name) {
            install_from(&file, name)?;
            from_debian(&file, name)?;
        }
    }
    Ok(())
}

/// Gets the Debian package that the requirements name in their first line, if they do.
fn from_debian(requirements: &Path, area: &str) -> Result<()> {
    let wanted = fs::read_to_string(requirements)?;
    let first = wanted.lines().next().unwrap_or_default();
    let Some(package) = first.strip_prefix(DEBIAN) else { return Ok(()) };
    let checksums = requirements.with_file_name(format!("{package}.sha256"));
    debian::fetch(package, &checksums, &target("clients").join(area).join("debian"))
}

/// How the requirements of clients begin that come as a Debian package, before its name.
const DEBIAN: &str = "# debian: ";

fn install_from(requirements: &Path, area: &str) -> Result<()> {
    let wanted = fs::read_to_string(requirements)?;
    let environment = target("clients").join(area);
    // Written last, so an installation that was cut off is never taken for a whole one.
    let installed = environment.join("requirements.txt");
    let is_old = wanted.starts_with(OLD_PYTHON);
    let old = if is_old { tools::old_python() } else { None };
    let is_whole = old.is_none() || environment.join("bin/python").exists();
    let is_wanted = fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted);
    if is_wanted && is_whole {
        return Ok(());
    }
    if environment.exists() {
        fs::remove_dir_all(&environment)?;
    }
    fs::create_dir_all(&environment)?;
    announce(&format!("installing the clients of {area}"));
    match (is_old, old) {
        (true, None) => announce("  no Python 2.7 with pip is here: these clients are left out"),
        (true, Some(python)) => install_old(requirements, &environment, &python)?,
        (false, _) => install_new(requirements, &environment)?,
    }
    fs::write(&installed, wanted).with_context(|| installed.display().to_string())
}

/// How the requirements of clients begin that are written in Python 2.
const OLD_PYTHON: &str = "# python2.7\n";

fn install_new(requirements: &Path, environment: &Path) -> Result<()> {
    let python = tools::python()?;
    run(Command::new(python).args(["-m", "venv"]).arg(environment))
        .context("Python cannot make a virtual environment (Debian: apt install python3-venv)")?;
    pip(&environment.join("bin/python"), requirements, &["--no-input".as_ref()])
}

/// Python 2.7 has no virtual environments of its own: a folder of packages, and its name.
fn install_old(requirements: &Path, environment: &Path, python: &Path) -> Result<()> {
    let packages = environment.join("packages");
    let target = ["--no-deps".as_ref(), "--target".as_ref(), packages.as_os_str()];
    pip(python, requirements, &target)?;
    fs::create_dir(environment.join("bin"))?;
    Ok(std::os::unix::fs::symlink(python, environment.join("bin/python"))?)
}

fn pip(python: &Path, requirements: &Path, flags: &[&OsStr]) -> Result<()> {
    let mut pip = Command::new(python);
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]);
    pip.args(flags).arg("--requirement").arg(requirements);
    run(&mut pip).with_context(|| format!("{} are not installed", requirements.display()))
}
