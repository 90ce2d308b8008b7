//! The words and rules of the area; knows neither HTTP nor SQL.

pub mod confirmations;
pub mod dates;
pub mod deployments;
pub mod digests;
pub mod events;
pub mod facts;
pub mod fields;
pub mod image_verification;
pub mod images;
pub mod items;
pub mod layout;
pub mod listings;
pub mod lookups;
pub mod metrics;
pub mod reconciles;
pub mod reports;
pub mod services;
pub mod tables;
pub mod tenants;
pub mod uuids;
pub mod verdicts;
pub mod verification;
