//! The words and rules of the area. Knows neither HTTP nor SQL.

pub mod checks;
pub mod names;
pub mod places;
