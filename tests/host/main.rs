//! Our native host as its operator sees it: starting, serving, stopping.

mod serve;
mod start;
mod stop;
mod traps;
