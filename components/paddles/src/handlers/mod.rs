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
pub mod locks;
pub mod metrics;
pub mod node_jobs;
pub mod nodes;
pub mod pages;
pub mod queues;
pub mod runs;
pub mod triage;
