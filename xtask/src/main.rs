//! Every command that the README names: `cargo xtask up`, `test`, `bench`, and the steps they are
//! made of.
//!
//! [`arguments`] reads the command line, [`manifest`] says which components there are, [`tools`]
//! looks for what a machine may lack and [`run`] starts other programs. Each command has a module
//! of its own. Nothing here is needed at run time: `up` becomes the server once everything is
//! built.

mod arguments;
mod bench;
mod build;
mod ci;
mod clients;
mod debian;
mod manifest;
mod run;
mod server;
mod suite;
mod tools;
mod up;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::LazyLock;

use anyhow::{Context, Result};

use crate::arguments::Command;

fn main() -> ExitCode {
    match arguments::parse(std::env::args_os().skip(1)).and_then(execute) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: Command) -> Result<()> {
    match command {
        Command::Up(options) => up::up(options),
        Command::Test(options) => suite::test(&options),
        Command::Bench(arguments) => bench::bench(arguments),
        Command::Build => build::everything(false),
        Command::Clients => clients::install(None),
        Command::Ci => ci::ci(),
        Command::Help(text) => say(text),
    }
}

/// The root of the workspace. Cargo says it when it runs us, too: a `target/` that was copied from
/// another checkout still has that one's path compiled in.
fn workspace() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let xtask = std::env::var_os("CARGO_MANIFEST_DIR");
        let xtask = xtask.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        xtask.parent().unwrap_or(&xtask).to_owned()
    });
    &ROOT
}

/// A file or folder below `target/`.
fn target(below: &str) -> PathBuf {
    workspace().join("target").join(below)
}

/// Prints what was asked for, lines and all, unlike progress, which goes to standard error.
fn say(text: &str) -> Result<()> {
    use std::io::Write;
    let mut out = std::io::stdout();
    write!(out, "{text}").and_then(|()| out.flush()).context("cannot print")
}
