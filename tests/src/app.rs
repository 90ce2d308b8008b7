//! The program under test: our own host with an empty store, or whatever answers at `BASE_URL`.

use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use crate::launch::Launch;
use crate::{Area, Client};

/// A running app.
#[derive(Debug)]
pub struct App {
    address: String,
    own: Option<Own>,
}

/// What there is to know of an app that we started ourselves.
#[derive(Debug)]
struct Own {
    launch: Launch,
    process: Mutex<Child>,
}

impl App {
    /// The app that all tests of a program share: the one at `BASE_URL` if that is set, else
    /// started here.
    pub fn start() -> &'static Self {
        static SHARED: OnceLock<App> = OnceLock::new();
        SHARED.get_or_init(|| match std::env::var("BASE_URL") {
            Ok(url) if !url.is_empty() => Self { address: address_of(&url), own: None },
            _ => Self::with(&[], &[]),
        })
    }

    /// An app of one's own, always on our host, with these variables and flags. It ends when it is
    /// dropped.
    pub fn with(variables: &[(&str, &str)], flags: &[&str]) -> Self {
        let launch = Launch::new(variables, flags);
        let (process, address) = launch.spawn();
        Self { address, own: Some(Own { launch, process: Mutex::new(process) }) }
    }

    /// A client that holds the app to the promises of `area`.
    pub fn client(&self, area: Area) -> Client {
        let log = self.own.as_ref().map(|own| own.launch.log());
        Client::new(&self.address, area, log.as_deref())
    }

    /// Where the app listens: `http://127.0.0.1:3000`, without a slash at the end.
    pub fn base_url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Ends the app as a power cut would (SIGKILL).
    pub fn kill(&self) {
        let mut process = self.process();
        process.kill().expect("a process to kill");
        process.wait().expect("an end of the process");
    }

    /// Kills the app if it still runs and starts it again on the same data, at another address.
    pub fn restart(&mut self) {
        self.kill();
        let (process, address) = self.own().launch.spawn();
        *self.process() = process;
        self.address = address;
    }

    /// Sends a signal by its name: `TERM`, `INT`, ...
    pub fn signal(&self, name: &str) {
        let id = self.process().id().to_string();
        let sent =
            Command::new("kill").args(["-s", name, &id]).status().expect("the program `kill`");
        assert!(sent.success(), "kill -s {name} {id}: {sent}");
    }

    /// Waits until the app has ended by itself.
    pub fn wait(&self) -> ExitStatus {
        let mut process = self.process();
        // `Child::wait` would close it first, and that ends the app too.
        let held = process.stdin.take();
        let status = process.wait().expect("an end of the process");
        drop(held);
        status
    }

    /// Closes the app's standard input, as happens when a test program ends.
    pub fn close_stdin(&self) {
        drop(self.process().stdin.take());
    }

    /// The folder that holds the app's data.
    pub fn state_dir(&self) -> &Path {
        self.own().launch.state()
    }

    /// What the app has written to its standard error so far.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.own().launch.log()).expect("a log")
    }

    fn process(&self) -> MutexGuard<'_, Child> {
        self.own().process.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn own(&self) -> &Own {
        self.own.as_ref().expect("an app of our own, made by `App::with`")
    }
}

impl Drop for App {
    fn drop(&mut self) {
        if let Some(own) = &mut self.own {
            let process = own.process.get_mut().unwrap_or_else(PoisonError::into_inner);
            let _ = process.kill();
            let _ = process.wait();
            if !std::thread::panicking() {
                let _ = std::fs::remove_dir_all(own.launch.state());
            }
        }
    }
}

/// `http://host:port/` as `host:port`.
fn address_of(url: &str) -> String {
    let rest = url.strip_prefix("http://").expect("BASE_URL begins with http://");
    let address = rest.trim_end_matches('/');
    assert!(!address.contains('/'), "BASE_URL has no path: the areas have fixed roots");
    if address.contains(':') { address.to_owned() } else { format!("{address}:80") }
}

#[cfg(test)]
mod tests {
    use super::address_of;

    #[test]
    fn a_base_url_becomes_an_address() {
        assert_eq!(address_of("http://127.0.0.1:3000"), "127.0.0.1:3000");
        assert_eq!(address_of("http://lab.example/"), "lab.example:80");
    }

    #[test]
    #[should_panic(expected = "no path")]
    fn a_base_url_with_a_path_is_refused() {
        address_of("http://lab.example/results/");
    }
}
