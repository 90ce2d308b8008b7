//! The harness of the black-box tests: boots the app, speaks HTTP to it, checks every answer.
//!
//! ```no_run
//! use assay_tests::{App, areas, json, unique};
//!
//! let paddles = App::start().client(areas::PADDLES);
//! let run = unique("run");
//! paddles.post("/runs/", json!({ "name": run })).expect(200);
//! paddles.post("/runs/", json!({ "name": run })).refused(400, &format!("run with name {run} already exists"));
//! let runs = paddles.get("/runs/").expect(200).json();
//! assert_eq!(runs[&run]["status"], "pending");
//! ```
//!
//! [`App`] is the program under test, [`Client`] sends requests to it in the name of one area, and
//! each [`Answer`] has passed the rules that hold everywhere (`checks`) before a test sees it.
//! [`clients`] finds the real client programs.

mod answer;
mod app;
pub mod areas;
mod checks;
mod client;
pub mod clients;
mod launch;
mod names;
mod race;
mod wire;

pub use answer::Answer;
pub use app::App;
pub use areas::Area;
pub use client::{Body, Client, Request};
pub use launch::program as host_program;
pub use names::{scratch, segment, unique};
pub use race::race;
pub use serde_json::{Value, json};
pub use wire::{Connection, Reply};

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The root of the workspace. Cargo says it when it runs a test, too: a `target/` that was copied
/// from another checkout still has that one's path compiled in.
pub fn workspace() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let tests = std::env::var_os("CARGO_MANIFEST_DIR");
        let tests = tests.map_or_else(|| env!("CARGO_MANIFEST_DIR").into(), PathBuf::from);
        tests.parent().expect("the folder `tests` lies in the workspace").to_owned()
    });
    &ROOT
}
