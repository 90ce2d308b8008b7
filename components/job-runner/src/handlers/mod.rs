//! One file per kind of URL; functions are named by what they do. What all resources have in common
//! is in [`objects`]; files named after a resource hold what is special about it.

pub mod accounts;
pub mod administration;
pub mod broadcasts;
pub mod claims;
pub mod kill_requests;
pub mod notifications;
pub mod objects;
pub mod outlooks;
pub mod pages;
pub mod planning;
pub mod run_logs;
pub mod runs;
pub mod webhooks;
