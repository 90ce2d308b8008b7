//! One file per resource; each function's first line is its method and URL.

pub mod confirm;
pub mod db_stats;
pub mod db_usage;
pub mod deployments;
pub mod events;
pub mod feed;
pub mod instances;
pub mod intake;
pub mod kpi;
pub mod maintenance;
pub mod names;
pub mod notifications;
pub mod pages;
pub mod reconciles;
pub mod rejected;
pub mod reports;
pub mod tenants;
pub mod timings;
pub mod usage;
pub mod verifier;
