//! Builds what is served and what serves it: one cargo call for all components, one for the host.

use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::run::{announce, cargo, run};
use crate::{manifest, target, tools, workspace};

/// Builds the components and the host.
pub fn everything(quiet: bool) -> Result<()> {
    components(quiet)?;
    host(quiet)
}

/// Builds every component of the manifest, in release mode.
pub fn components(quiet: bool) -> Result<()> {
    tools::wasm_target()?;
    let components = manifest::components(workspace())?;
    let names: Vec<_> = components.iter().map(|component| component.name.as_str()).collect();
    if !quiet {
        announce(&format!("building the components {} for {}", names.join(", "), tools::WASM));
    }
    let mut build = cargo(["build", "--release", "--target", tools::WASM]);
    build.args(quiet.then_some("--quiet"));
    for name in names {
        build.args(["--package", name]);
    }
    run(&mut build).context("the components are not built")
}

/// Builds the component that the benchmark compares with.
pub fn plain_copy() -> Result<()> {
    tools::wasm_target()?;
    let package = ["--package", "plain-copy"];
    let mut build = cargo(["build", "--release", "--target", tools::WASM]);
    run(build.args(package)).context("plain-copy is not built")
}

/// Builds the host.
pub fn host(quiet: bool) -> Result<()> {
    if !quiet {
        let first = !host_program().exists();
        let hint = if first { " (compiles wasmtime, which takes some minutes)" } else { "" };
        announce(&format!("building the host{hint}"));
    }
    let mut build = cargo(["build", "--profile", "host", "--package", "assay-host"]);
    run(build.args(quiet.then_some("--quiet"))).context("the host is not built")
}

/// Where the host's program is once it is built.
pub fn host_program() -> PathBuf {
    target("host/assay-host")
}
