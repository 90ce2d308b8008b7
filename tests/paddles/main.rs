//! Paddles over HTTP: one file for each URL of the area.

mod clients;
mod crash;
mod runs;

use assay_tests::{App, Client, areas};

/// A client of the app that all these tests share.
fn paddles() -> Client {
    App::start().client(areas::PADDLES)
}
