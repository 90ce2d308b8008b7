//! `cargo xtask test`: unit tests, then API and client tests against the built application.

use std::fs;
use std::path::Path;

use anyhow::{Result, bail};

use crate::arguments::{Runtime, Test};
use crate::run::{announce, cargo, run};
use crate::server::Server;
use crate::{build, clients, target, tools};

/// Runs the tests; the later ones also when earlier ones fail, so that one run shows every failure.
pub fn test(options: &Test) -> Result<()> {
    let only_api = options.api || options.area.is_some() || options.base_url.is_some();
    let mut failures = Vec::new();
    if !only_api && options.runtime == Runtime::Host {
        failures.extend(unit(options).err());
    }
    if !options.unit {
        failures.extend(api(options).err());
    }
    for failure in &failures {
        eprintln!("assay: {failure:#}");
    }
    match failures.len() {
        0 => Ok(()),
        _ => bail!("the tests failed"),
    }
}

/// Unit tests: the components and crates as native code, the host as it is built to run.
fn unit(options: &Test) -> Result<()> {
    announce("unit tests");
    let others = ["--workspace", "--exclude", "assay-host", "--exclude", "assay-tests"];
    let crates = run(cargo(["test", "--no-fail-fast"]).args(others).arg("--").args(&options.rest));
    announce("unit tests of the host");
    // In the profile it runs in: wasmtime is compiled once, not twice.
    let host = ["test", "--profile", "host", "--package", "assay-host", "--"];
    run(cargo(host).args(&options.rest)).and(crates)
}

/// API and client tests, against our host, Spin or whatever runs at a URL.
fn api(options: &Test) -> Result<()> {
    if options.runtime == Runtime::Spin {
        tools::spin()?;
    }
    build::everything(false)?;
    clients::install(options.area.as_deref())?;
    clear()?;
    let server = match options.runtime {
        Runtime::Spin => Some(Server::start(Runtime::Spin, None, Vec::new())?),
        Runtime::Host => None,
    };
    let started = server.as_ref().map(|server| server.base_url.clone());
    announce("API and client tests");
    let mut test = cargo(["test", "--package", "assay-tests", "--no-fail-fast"]);
    if let Some(area) = &options.area {
        test.args(["--test", area]);
    }
    if let Some(url) = started.or_else(|| options.base_url.clone()) {
        test.env("BASE_URL", url);
    }
    run(test.env("ASSAY_HOST", build::host_program()).arg("--").args(&options.rest))
}

/// Removes the folders that earlier test programs left for inspection, but not those of one that
/// runs beside us.
fn clear() -> Result<()> {
    let Ok(left) = fs::read_dir(target("tests")) else { return Ok(()) };
    for folder in left {
        let folder = folder?;
        if !is_in_use(&folder.file_name().to_string_lossy()) {
            fs::remove_dir_all(folder.path())?;
        }
    }
    Ok(())
}

/// Whether the process lives whose number a folder's name begins with. Where there is no `/proc`,
/// none does.
fn is_in_use(name: &str) -> bool {
    let process = name.split('-').next().unwrap_or_default();
    !process.is_empty() && Path::new("/proc").join(process).exists()
}

#[cfg(test)]
mod tests {
    use super::is_in_use;

    #[test]
    fn a_folder_belongs_to_the_process_it_is_named_after() {
        #[cfg(target_os = "linux")]
        assert!(is_in_use(&format!("{}-1-app", std::process::id())));
        assert!(!is_in_use("4999999-1-app"));
        assert!(!is_in_use("-"));
    }
}
