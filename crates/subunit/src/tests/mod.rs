//! What belongs to no single file: the reference's streams, and what holds for any bytes at all.

mod encode;
mod fixtures;
mod properties;
