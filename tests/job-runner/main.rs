//! Job-runner over HTTP: one file for each group of URLs of the area; when and where jobs run is in
//! `scheduling`.

mod acceptance;
mod accounts;
mod administration;
mod authentication;
mod bad_input;
mod clients;
mod limits;
mod lists;
mod races;
mod returns;
mod rights;
mod runs;
mod scheduling;
mod visibility;
