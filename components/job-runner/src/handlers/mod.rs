//! One file per kind of URL; functions are named by what they do. What all resources have in common is in [`objects`];
//! files named after a resource hold what is special about it.

pub mod accounts;
pub mod administration;
pub mod kill_requests;
pub mod objects;
pub mod pages;
pub mod run_logs;
pub mod runs;
