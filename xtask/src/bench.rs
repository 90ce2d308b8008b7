//! `cargo xtask bench`: builds everything and hands over to the bench program.

use std::ffi::OsString;
use std::process::Command;

use anyhow::Result;

use crate::arguments::Runtime;
use crate::run::{announce, cargo, run};
use crate::server::Server;
use crate::{build, target, workspace};

/// The bench program sets job-runner up as its operator.
const OPERATOR: &str = "job_runner_admin_token=bench";

/// Measures our host with an empty store, or the application that `--base-url` names. Beside it the
/// plain component, a second host that has nothing to do while the first one has.
pub fn bench(arguments: Vec<OsString>) -> Result<()> {
    if arguments.iter().any(|word| word == "--fleet") {
        return fleet();
    }
    announce("building the bench program");
    run(&mut cargo(["build", "--release", "--package", "assay-bench"]))?;
    let mut program = Command::new(target("release/assay-bench"));
    let given = |name: &str| arguments.iter().any(|word| word.to_string_lossy().starts_with(name));
    if given("--base-url") || given("--help") || given("-h") {
        return run(program.args(arguments));
    }
    build::everything(false)?;
    build::plain_copy()?;
    let server = Server::start(Runtime::Host, None, vec![OPERATOR.to_owned()])?;
    let manifest = workspace().join("bench/plain-copy/spin.toml");
    let plain = Server::start(Runtime::Host, Some(manifest), Vec::new())?;
    let servers = ["--base-url", &server.base_url, "--plain-url", &plain.base_url];
    run(program.args(servers).args(arguments))
}

/// The fleet of 50 workers that job-runner has to keep busy: a test that is too long for the others.
fn fleet() -> Result<()> {
    build::everything(false)?;
    let test = ["test", "--package", "assay-tests", "--test", "job-runner", "large_fleet"];
    run(cargo(test).args(["--", "--ignored", "--nocapture"]))
}
