//! The words and rules of the area. Knows neither HTTP nor SQL.

pub mod checks;
pub mod names;
pub mod places;
pub mod prefixes;
pub mod rules;
