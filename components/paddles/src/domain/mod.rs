//! The words and rules of the area; knows neither HTTP nor SQL.

pub mod comparisons;
pub mod cursors;
pub mod expiry;
pub mod failures;
pub mod fields;
pub mod filters;
pub mod job_reports;
pub mod locks;
pub mod nodes;
pub mod numbers;
pub mod queues;
pub mod run_names;
pub mod statuses;
