//! Starts the host as a child process and ends it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::{scratch, workspace};

/// The host with its arguments, and the folder that holds its data.
#[derive(Debug)]
pub struct Launch {
    arguments: Vec<String>,
    state: PathBuf,
}

impl Launch {
    /// A launch with an empty store of its own.
    pub fn new(variables: &[(&str, &str)], flags: &[&str]) -> Self {
        let mut arguments: Vec<String> = flags.iter().map(|flag| (*flag).to_owned()).collect();
        for (name, value) in variables {
            arguments.extend(["--variable".to_owned(), format!("{name}={value}")]);
        }
        Self { arguments, state: scratch("app") }
    }

    /// Where the app's data lies.
    pub fn state(&self) -> &Path {
        &self.state
    }

    /// What the app writes to its standard error, over all its starts.
    pub fn log(&self) -> PathBuf {
        self.state.join("host.log")
    }

    /// Starts the host on a free port and waits until it listens. Gives its address with it.
    pub fn spawn(&self) -> (Child, String) {
        let log = File::options().create(true).append(true).open(self.log()).expect("a log");
        let program = program();
        // The host ends when its standard input does, so it never outlives the test program.
        let mut child = Command::new(&program)
            .args(["--listen", "127.0.0.1:0", "--check-plans", "--quiet", "--exit-with-stdin"])
            .arg("--manifest")
            .arg(workspace().join("spin.toml"))
            .arg("--state-dir")
            .arg(&self.state)
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap_or_else(|e| panic!("{}: {e}; `cargo xtask build` makes it", program.display()));
        match listening(&mut child) {
            Some(address) => (child, address),
            None => {
                let _ = child.kill();
                panic!(
                    "the host did not start:\n{}",
                    fs::read_to_string(self.log()).unwrap_or_default()
                )
            }
        }
    }
}

/// The host's program: `ASSAY_HOST`, or where cargo puts it.
pub fn program() -> PathBuf {
    match std::env::var_os("ASSAY_HOST") {
        Some(path) => path.into(),
        None => workspace().join("target/host/assay-host"),
    }
}

/// The address from the line that the host prints once it listens.
fn listening(child: &mut Child) -> Option<String> {
    let output = BufReader::new(child.stdout.take()?);
    let (found, address) = mpsc::channel();
    thread::spawn(move || {
        // Goes on to the end, so that the host never waits for somebody to read what it prints.
        for line in output.lines().map_while(Result::ok) {
            if let Some(address) = line.strip_prefix("listening on http://") {
                let _ = found.send(address.trim_end_matches('/').to_owned());
            }
        }
    });
    // Compiling the components takes some seconds the first time.
    address.recv_timeout(Duration::from_secs(120)).ok()
}
