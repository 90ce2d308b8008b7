//! When and where jobs run: section 5.3 to 7 of the contract, one file for each URL or rule, in
//! labs of many workers.

mod broadcast;
mod claim;
mod crash;
mod fleet;
mod health_check;
mod heartbeat;
mod kept;
mod lab;
mod notifications;
mod returns;
mod stats;
mod upcoming;
