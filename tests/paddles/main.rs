//! Paddles over HTTP: one file for each URL of the area.

mod clients;
mod crash;
mod events;
mod expire;
mod history;
mod metrics;
mod runs;
mod triage;

use assay_tests::{App, Client, areas};

/// A client of the app that all these tests share.
fn paddles() -> Client {
    App::start().client(areas::PADDLES)
}
