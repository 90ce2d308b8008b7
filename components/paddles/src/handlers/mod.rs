//! One file per resource; functions are named by what they do.

pub mod all_jobs;
pub mod filters;
pub mod jobs;
pub mod lists;
pub mod pages;
pub mod runs;
