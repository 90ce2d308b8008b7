//! A server for one task: on a free port with an empty store, ended with the task.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Stdio};

use anyhow::{Context, Result};

use crate::arguments::{Runtime, Up};
use crate::{target, up};

/// A running server.
pub struct Server {
    process: Child,
    state: PathBuf,
    /// Where it listens: `http://127.0.0.1:40000`.
    pub base_url: String,
}

impl Server {
    /// Starts what was built before with these variables; `manifest` is the application's or another
    /// one.
    pub fn start(
        runtime: Runtime,
        manifest: Option<PathBuf>,
        variables: Vec<String>,
    ) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let folder = format!("{}-server-{}", std::process::id(), address.port());
        let state = target("tests").join(folder);
        fs::create_dir_all(&state).with_context(|| state.display().to_string())?;
        let base_url = format!("http://{address}");
        let listen = address.to_string();
        let options = Up { runtime, listen, manifest, variables, ..Up::default() };
        let mut command = up::command(&options, state.clone());
        let mut process = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
        let output = process.stdout.take().context("no standard output")?;
        let server = Self { process, state, base_url };
        wait_for(&server.base_url, output)?;
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Its data goes away anyway, so it need not end in order.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.state);
    }
}

/// Reads until a line names the address; both servers print one when they are ready. Then goes on
/// reading.
fn wait_for(base_url: &str, output: impl std::io::Read + Send + 'static) -> Result<()> {
    let mut lines = BufReader::new(output).lines().map_while(Result::ok);
    lines.find(|line| line.contains(base_url)).context("the server ended before it was ready")?;
    std::thread::spawn(move || lines.for_each(drop));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::wait_for;

    #[test]
    fn a_server_is_ready_when_it_names_its_address() {
        let said: &[u8] = b"Logging\n\nServing http://127.0.0.1:4000\nAvailable Routes:\n";
        assert!(wait_for("http://127.0.0.1:4000", said).is_ok());
        assert!(wait_for("http://127.0.0.1:5000", said).is_err());
    }
}
