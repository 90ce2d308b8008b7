//! The words and rules of the area. Knows neither HTTP nor SQL.

pub mod checks;
pub mod debs;
pub mod names;
pub mod places;
pub mod prefixes;
pub mod queries;
pub mod rpms;
pub mod rules;
pub mod tars;
