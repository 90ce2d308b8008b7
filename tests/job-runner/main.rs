//! job-runner over HTTP: one file for each URL of the area, and one for each rule that holds for many of them.

mod claim;
mod heartbeat;
mod lab;
mod scheduling;
