//! The words and rules of the area. Knows neither HTTP nor SQL; what is refused is an
//! [`crate::error::Error`].

pub mod bodies;
pub mod callers;
pub mod filters;
pub mod metrics;
pub mod next;
pub mod orders;
pub mod pages;
pub mod passwords;
pub mod resources;
pub mod schedule;
#[cfg(test)]
mod schedule_properties;
pub mod schemas;
pub mod scripts;
pub mod signatures;
pub mod times;
pub mod uris;
