//! One file per resource; functions are named by what they do.

pub mod all_jobs;
pub mod badge;
pub mod events;
pub mod expiry;
pub mod filters;
pub mod history;
pub mod jobs;
pub mod junit;
pub mod lists;
pub mod metrics;
pub mod pages;
pub mod runs;
pub mod triage;
pub mod xml;
