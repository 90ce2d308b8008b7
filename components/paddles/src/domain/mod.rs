//! The words and rules of the area; knows neither HTTP nor SQL.

pub mod cursors;
pub mod fields;
pub mod filters;
pub mod job_reports;
pub mod run_names;
pub mod statuses;
