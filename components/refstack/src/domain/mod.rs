//! The words and rules of the area; knows neither HTTP nor SQL.

pub mod clouds;
pub mod forms;
pub mod guidelines;
pub mod jwt;
pub mod keys;
pub mod meta;
pub mod miniconf;
pub mod pages;
pub mod parsed;
pub mod rows;
pub mod scores;
pub mod secrets;
