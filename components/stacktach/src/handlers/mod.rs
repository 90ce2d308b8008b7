//! One file per resource; each function's first line is its method and URL.

pub mod deployments;
pub mod events;
pub mod intake;
pub mod kpi;
pub mod names;
pub mod notifications;
pub mod pages;
pub mod rejected;
pub mod timings;
pub mod usage;
