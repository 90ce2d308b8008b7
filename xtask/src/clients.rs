//! Installs the real client programs that the tests run: one Python virtual environment for each
//! area that has some.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

use crate::run::{announce, run};
use crate::{target, tools, workspace};

/// Installs the clients of one area or of all; what is there already and unchanged stays.
pub fn install(area: Option<&str>) -> Result<()> {
    let folder = workspace().join("tests/clients/requirements");
    let listed = fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut files: Vec<_> = listed.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    for file in files {
        let Some(name) = file.file_stem().and_then(|stem| stem.to_str()) else { continue };
        if area.is_none_or(|area| area == name) {
            install_from(&file, name)?;
        }
    }
    Ok(())
}

fn install_from(requirements: &Path, area: &str) -> Result<()> {
    let wanted = fs::read_to_string(requirements)?;
    let environment = target("clients").join(area);
    // Written last, so an installation that was cut off is never taken for a whole one.
    let installed = environment.join("requirements.txt");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(());
    }
    let python = tools::python()?;
    announce(&format!("installing the clients of {area}"));
    if environment.exists() {
        fs::remove_dir_all(&environment)?;
    }
    run(Command::new(python).args(["-m", "venv"]).arg(&environment))
        .context("Python cannot make a virtual environment (Debian: apt install python3-venv)")?;
    let mut pip = Command::new(environment.join("bin/python"));
    pip.args(["-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]);
    pip.args(["--no-input", "--requirement"]).arg(requirements);
    run(&mut pip).with_context(|| format!("the clients of {area} are not installed"))?;
    fs::write(&installed, wanted).with_context(|| installed.display().to_string())
}
