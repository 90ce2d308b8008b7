//! One file per resource; functions are named by what they do.

pub mod answers;
pub mod binaries;
pub mod entries;
pub mod files;
pub mod packages;
pub mod pages;
pub mod reading;
pub mod resumable;
pub mod search;
pub mod upkeep;
pub mod uploads;
