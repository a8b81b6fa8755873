//! Plain data, no I/O: what the other rooms speak in.

pub mod batch;
pub mod completed;
pub mod manifest;
pub mod neutral;
pub mod order;
pub mod profile;
pub mod run;
pub mod schema;
pub mod value;
